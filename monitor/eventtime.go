package monitor

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// EventTime is where a topic's records have their time, as found out from a
// sample, and how that time behaves.
type EventTime struct {
	Timestamp Timestamp
	Why       string   // for people
	Others    []string // other fields that hold times
	First     int64    // the span of event times, without the odd ones of a wrong clock
	Last      int64
	Disorder  int64 // by how many ms all but 1 in 1,000 records lie behind the running maximum of their partition
	Behind    int64 // the median of the record's own time less the event time, in ms; 0 where there is no such time
}

// What makes a field that reads as a time the time of the event.
const (
	hasTime  = 0.99 // of the records it has a time in this share ...
	notAhead = 0.99 // ... of this share it is not ahead of the record's own time by more than max_future ...
	inOrder  = 0.10 // ... and it rises along the log: it falls back by less than this share of its span
)

// layouts are how times are written that are neither RFC 3339 nor Unix times.
// Where day and month can be taken for each other, the one that rises along the
// log is right.
var layouts = []string{
	"01/02/2006 15:04:05", "02/01/2006 15:04:05", "02.01.2006 15:04:05", "2006/01/02 15:04:05",
	"01/02/2006 03:04:05 PM", "20060102150405", "20060102T150405Z", "Mon, 02 Jan 2006 15:04:05 MST", "Mon, 02 Jan 2006 15:04:05 -0700",
	"Mon Jan _2 15:04:05 2006", "02 Jan 2006 15:04:05",
}

// candidate is one way to read the time of the records of a sample.
type candidate struct {
	EventTime
	share float64 // of the records that have it
	ahead float64 // share that is ahead of the record's own time
	rises bool
	apart float64 // ms between it and the record's own time, the median; NaN: that has none
}

// FindTime chooses the time of the records: of the fields that read as times and
// rise along the log the one nearest to the record's own time; where that tells
// nothing, as in a file or a topic that was filled at once, the one that rises
// most steadily. Without such a field it is the record's own time. Asked, unless
// "", is the field to take. Ok is false where there is no time at all.
func (s *Sample) FindTime(format Format, asked string, maxFuture int64) (t EventTime, ok bool, err error) {
	own := s.judge(&timeReader{}, Timestamp{}, maxFuture)
	var found []candidate
	names := []string{asked}
	if asked == "" {
		if names, err = s.timeFields(format); err != nil {
			return t, false, err
		}
	}
	var others []string
	for _, name := range names {
		best, err := s.bestReading(format, name, maxFuture)
		if err != nil {
			return t, false, err
		}
		if best.share >= hasTime && (asked != "" || best.rises && best.ahead <= 1-notAhead) {
			found = append(found, best)
		} else if best.share > 0 {
			others = append(others, name)
		}
	}
	if len(found) == 0 {
		own.Others = others
		own.Why = "the record's own time: no field reads as a time and rises along the log"
		return own.EventTime, asked == "" && own.share >= hasTime && own.rises, nil
	}
	slices.SortStableFunc(found, nearest(own))
	t = found[0].EventTime
	t.Why = "rises along the log"
	if !math.IsNaN(found[0].apart) {
		t.Why += ", and lies nearest to the record's own time"
	}
	for _, c := range found[1:] {
		t.Others = append(t.Others, c.Timestamp.Field)
	}
	t.Others = append(t.Others, others...)
	return t, true, nil
}

// bestReading tries a field's ways to be read, RFC 3339 and Unix times first.
func (s *Sample) bestReading(format Format, field string, maxFuture int64) (best candidate, err error) {
	for _, layout := range append([]string{""}, layouts...) {
		ts := Timestamp{Field: field, Layout: layout}
		c, err := newTimeReader(format, ts)
		if err != nil {
			return best, err
		}
		if j := s.judge(c, ts, maxFuture); better(j, best) {
			best = j
		}
		if best.share >= hasTime && best.rises {
			break
		}
	}
	return best, nil
}

func better(a, b candidate) bool {
	if a.share < hasTime || b.share < hasTime {
		return a.share > b.share
	}
	return a.rises && !b.rises
}

// nearest orders candidates, the best first.
func nearest(own candidate) func(a, b candidate) int {
	usual := func(c candidate) int {
		name := strings.ToLower(c.Timestamp.Field)
		for rank, part := range []string{"event", "occurred", "timestamp", "ts", "time", "created"} {
			if strings.Contains(name, part) {
				return rank
			}
		}
		return math.MaxInt
	}
	return func(a, b candidate) int {
		span := max(a.Last-a.First, b.Last-b.First)
		// Where all was written at once the record's own time is that of the copying.
		if !math.IsNaN(a.apart) && 2*(own.Last-own.First) >= span {
			const alike = 1000 // ms: what a producer takes between the two
			if d := a.apart - b.apart; math.Abs(d) > alike {
				return cmp.Compare(a.apart, b.apart)
			}
		} else if a.Disorder != b.Disorder {
			return cmp.Compare(a.Disorder, b.Disorder)
		}
		return cmp.Compare(usual(a), usual(b))
	}
}

// judge reads the time of every record one way.
func (s *Sample) judge(c *timeReader, ts Timestamp, maxFuture int64) candidate {
	out := candidate{EventTime: EventTime{Timestamp: ts}, apart: math.NaN()}
	var times, behind, disorder, lags []int64
	n, ahead := 0, 0
	middles := map[int][]int64{}
	for _, sl := range s.slices {
		highest := int64(NoTime)
		for _, r := range sl.records {
			if len(r.Value) == 0 {
				continue
			}
			n++
			at, ok := c.read(r)
			if !ok {
				continue
			}
			times = append(times, at)
			middles[sl.place] = append(middles[sl.place], at)
			if highest != NoTime {
				disorder = append(disorder, max(0, highest-at))
			}
			highest = max(highest, at)
			if r.Time != NoTime {
				behind = append(behind, r.Time-at)
				lags = append(lags, max(r.Time-at, at-r.Time))
				if at > r.Time+maxFuture {
					ahead++
				}
			}
		}
	}
	if len(times) == 0 {
		return out
	}
	out.share, out.ahead = float64(len(times))/float64(n), float64(ahead)/float64(len(times))
	out.First, out.Last = bulk(times)
	out.Disorder = quantileOf(disorder, 0.999)
	if len(behind) > 0 {
		out.Behind, out.apart = quantileOf(behind, 0.5), float64(quantileOf(lags, 0.5))
	}
	out.rises = rising(middles) && float64(quantileOf(disorder, 0.99)) <= inOrder*float64(out.Last-out.First)
	return out
}

// bulk is the span of times without those far outside of what 998 in 1,000 have.
func bulk(times []int64) (first, last int64) {
	lo, hi := quantileOf(times, 0.001), quantileOf(times, 0.999)
	room := max((hi-lo)/50, 60_000)
	first, last = hi, lo
	for _, t := range times {
		if t >= lo-room && t <= hi+room {
			first, last = min(first, t), max(last, t)
		}
	}
	return first, last
}

// rising says that the slices' median times rise with their place in the log, in
// most steps and as a whole.
func rising(at map[int][]int64) bool {
	var medians []int64
	for place := range sliceCount {
		if len(at[place]) > 0 {
			medians = append(medians, quantileOf(at[place], 0.5))
		}
	}
	rises, falls := 0, 0
	for i := 1; i < len(medians); i++ {
		switch {
		case medians[i] > medians[i-1]:
			rises++
		case medians[i] < medians[i-1]:
			falls++
		}
	}
	return len(medians) > 1 && medians[len(medians)-1] > medians[0] && rises >= 4*falls
}

// quantileOf sorts xs.
func quantileOf(xs []int64, q float64) int64 {
	if len(xs) == 0 {
		return 0
	}
	slices.Sort(xs)
	return xs[int(q*float64(len(xs)-1))]
}

// timeFields are the fields of which most values look like times.
func (s *Sample) timeFields(format Format) ([]string, error) {
	in := newInference(Default())
	if err := in.read(format, s.every()); err != nil {
		return nil, err
	}
	var names []string
	for _, c := range in.columns() {
		numbers := c.types[Number] > 0 && len(c.values) > 0 && unixTimes(slices.Min(c.values), slices.Max(c.values))
		texts := c.types[String] > 0 && (float64(c.times) > timestampShare*float64(c.types[String]) ||
			c.numerals == c.types[String] && unixTimes(c.least, c.most))
		if numbers || texts {
			names = append(names, c.name)
		}
	}
	return names, nil
}

// every gives all records that have something in them, without event times.
func (s *Sample) every() Rows {
	return func(yield func(Row) error) error {
		for _, sl := range s.slices {
			for _, r := range sl.records {
				if len(r.Value) == 0 {
					continue
				}
				if err := yield(Row{NoTime, r.Time, r.Value}); err != nil {
					return err
				}
			}
		}
		return nil
	}
}
