package monitor

import "maps"

// lane judges the event times of one partition, record after record. What it
// decides depends on that partition's log alone, so every replay agrees.
type lane struct {
	clock                      // of the event times
	first   int64              // the first running maximum; NoTime: none yet
	arrived clock              // of the times at which rejected records would have happened
	delay   int64              // of the last record with an event time: its log time less that; NoTime: not known
	last    map[string]float64 // value of each monotonic feature in the last record that had one
	done    bool               // the range that was asked for is at its end
}

// clock is a running maximum of times.
type clock struct {
	max  int64 // NoTime: none yet
	step int64 // the last time, where it made an unconfirmed step; else NoTime
}

func newLane(p PartitionProgress) *lane {
	return &lane{
		clock: clock{p.Max, p.Step}, first: p.First,
		arrived: clock{p.Arrived, p.ArrivedStep}, delay: p.Delay,
		last: maps.Clone(p.Last),
	}
}

// lasts is a copy that outlives the next record.
func (l *lane) lasts() map[string]float64 { return maps.Clone(l.last) }

// times are a monitor's settings of event time, in milliseconds.
type times struct {
	every, size, lateness int64
	maxFuture, maxPast    int64
	maxAhead, retention   int64
	independent           bool // the event time is a field, not the log's own timestamp
}

// open is how many panes are open where no partition is more than max_ahead past the
// watermark: one is being filled, one closes, and one is for times that are too far ahead.
func (t *times) open() int { return int((t.lateness+t.maxAhead)/t.every) + 3 }

// together is how many panes that are on time are in one delta, at most: those that are
// on time at one moment, and where these are few, some that follow each other.
func (t *times) together() int { return int(min(max(t.lateness/t.every+2, wholePanes), manyPanes)) }

// implausible is how far a partition's first record must lie behind the log's own
// time to be taken for a clock that was not set (1970) and not for history: 20
// years. A second such record makes it history.
const implausible = 20 * 365 * 24 * 3600 * 1000

// placement is where a record belongs.
type placement struct {
	reject reason
	start  int64 // of its pane, or Ancient or Distant
	late   bool
}

// judge places a record with event time e and log time k (NoTime: none), and
// advances the running maximum.
func (l *lane) judge(e, k int64, t *times) placement {
	at := l.place(e, k, t)
	if k != NoTime && at.reject == accepted && !at.late {
		l.delay = k - e
	}
	return at
}

func (l *lane) place(e, k int64, t *times) placement {
	if t.independent && k != NoTime {
		if e > k+t.maxFuture {
			return placement{reject: future}
		}
		if t.maxPast > 0 && e < k-t.maxPast {
			return placement{reject: past}
		}
		if l.max == NoTime && l.step == NoTime && e < k-implausible {
			l.step = e
			return placement{start: Ancient, late: true}
		}
		l.max, l.step = max(l.max, min(e, k)), NoTime
	} else {
		l.advance(e, t.maxFuture)
	}
	if l.first == NoTime {
		l.first = l.max
	}
	start := floor(e, t.every)
	switch {
	case l.max == NoTime:
		return placement{start: start}
	case e < l.max-t.retention:
		return placement{start: Ancient, late: true}
	case e > l.max+t.maxAhead:
		return placement{start: Distant}
	default:
		return placement{start: start, late: l.max >= start+t.every+t.lateness}
	}
}

// present is the start of the pane in which a record with log time k arrives that
// is not counted in one of its own; NoTime: it is not known. A record that cannot
// be read has no event time: it is taken to have happened as long before it was
// written as the last one that could be read.
func (l *lane) present(k int64, t *times) int64 {
	if k != NoTime && l.delay != NoTime {
		l.arrived.advance(k-l.delay, t.maxFuture)
	}
	now := max(l.max, l.arrived.max)
	if now == NoTime {
		return NoTime
	}
	return floor(now, t.every)
}

// advance moves the running maximum where nothing but the event times
// themselves tells a wrong one: a step of more than maxFuture (the first record
// makes one) is taken when two consecutive records make it, to the smaller.
func (c *clock) advance(e, maxFuture int64) {
	if c.max != NoTime && e <= c.max+maxFuture {
		c.max, c.step = max(c.max, e), NoTime
		return
	}
	if c.step != NoTime {
		c.max = min(c.step, e)
	}
	c.step = e
	if c.max != NoTime && e <= c.max+maxFuture {
		c.step = NoTime
	}
}

// floor rounds down to a multiple of every, for times before 1970 too.
func floor(t, every int64) int64 {
	r := t % every
	if r < 0 {
		r += every
	}
	return t - r
}

// ceil rounds up.
func ceil(t, every int64) int64 { return floor(t+every-1, every) }

// reason is why a record was rejected.
type reason uint8

const (
	accepted reason = iota
	malformed
	tooLarge
	tombstone
	timestampMissing
	timestampInvalid
	future
	past
	corrupt
	reasons
)

var reasonNames = [reasons]string{
	malformed: "malformed", tooLarge: "too_large", tombstone: "tombstone",
	timestampMissing: "timestamp_missing", timestampInvalid: "timestamp_invalid",
	future: "future", past: "past", corrupt: "corrupt",
}
