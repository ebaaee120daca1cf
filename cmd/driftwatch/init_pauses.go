package main

import (
	"fmt"
	"strconv"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// mostTicks bounds the memory of pauses: a tick is a second in up to 48 days.
const mostTicks = 1 << 22

// pauses finds the longest time without a record, in whatever order the partitions
// are read.
type pauses struct {
	from, tick int64 // ms
	seen       []bool
}

func newPauses(from, to int64) *pauses {
	tick := max(1000, (to-from)/mostTicks+1)
	return &pauses{from: from, tick: tick, seen: make([]bool, (to-from)/tick+1)}
}

// take notes a record's time; NoTime and what lies outside of the range is none.
func (p *pauses) take(at int64) {
	if at < p.from {
		return
	}
	if i := (at - p.from) / p.tick; i < int64(len(p.seen)) {
		p.seen[i] = true
	}
}

// longest lies between two records: how long there was none before the first one
// nobody knows.
func (p *pauses) longest() time.Duration {
	last, most := -1, 0
	for i, seen := range p.seen {
		if !seen {
			continue
		}
		if last >= 0 {
			most = max(most, i-last)
		}
		last = i
	}
	return time.Duration(int64(most)*p.tick) * time.Millisecond
}

// silences are the pauses of event times, and of the arrivals, which are other
// ones where records come in batches.
type silences struct{ events, arrivals *pauses }

func newSilences(from, to int64) *silences {
	return &silences{newPauses(from, to), newPauses(from, to)}
}

// over gives rows on and notes their times.
func (s *silences) over(rows monitor.Rows) monitor.Rows {
	return func(yield func(monitor.Row) error) error {
		return rows(func(r monitor.Row) error {
			s.events.take(r.Event)
			s.arrivals.take(r.Log)
			return yield(r)
		})
	}
}

func (s *silences) longest() time.Duration {
	return max(s.events.longest(), s.arrivals.longest())
}

// stale is the rule on a topic whose newest record is old. It is judged by the
// clock, and so pages long before a window of hours is empty.
func stale(d *draft, silence time.Duration) starterRule {
	const (
		least  = 10 * time.Minute // nobody is paged for less
		most   = 24 * time.Hour
		factor = 3 // times what was usual
	)
	usual := silence + time.Duration(max(0, d.time.Behind))*time.Millisecond
	said := rules.Duration(usual.Round(time.Second))
	if factor*usual > most {
		return starterRule{name: "stale", why: []string{fmt.Sprintf("not made: in the reference the newest record was up to %s old, so that an old one says nothing", said)}}
	}
	limit := atLeast(factor*usual, least)
	return starterRule{
		name: "stale", severity: "page", when: "freshness > " + strconv.Itoa(int(limit.Seconds())),
		why: []string{
			fmt.Sprintf("the newest event time is more than %s old; in the reference it was up to %s", rules.Duration(limit), said),
			"judged by the clock, long before a window is empty; it has no say in a backtest",
		},
	}
}
