package monitor

import (
	"slices"
	"time"

	"driftwatch/rules"
)

// lagged is a window that ends some time before the present one, for rules that
// ask for a change over that time.
type lagged struct {
	*window
	lag int64 // ms
}

// lags are the times that the rules look back, in milliseconds, ascending. They
// do not depend on the features.
func (d *Deps) lags() []int64 {
	engine, _ := rules.Compile(d.Config.Name, d.Rules, nil, nil, Statistics(d.Config))
	if engine == nil {
		return nil // compile says why
	}
	var all []int64
	for _, lag := range engine.Lags() {
		all = append(all, lag.Milliseconds())
	}
	return all
}

// keeps is how long before a window's end its panes and those that rules look
// back to begin.
func (d *Deps) keeps() int64 {
	keep := milliseconds(d.Config.Window.Size)
	if lags := d.lags(); len(lags) > 0 {
		keep += lags[len(lags)-1]
	}
	return keep
}

// resumePast rebuilds the windows of the past from the store.
func (s *Stream) resumePast(closed int64) error {
	for _, lag := range s.d.lags() {
		w := lagged{newWindow(s.plan.layout, len(s.plan.segments.names)+1), lag}
		s.past = append(s.past, w)
		if closed == NoTime {
			continue
		}
		stored, err := s.load(closed-lag-s.plan.times.size, closed-lag)
		if err != nil {
			return err
		}
		var starts []int64
		for id := range stored {
			if !id.late {
				starts = append(starts, id.start)
			}
		}
		slices.Sort(starts)
		for _, start := range starts {
			w.add(start, stored[paneID{start, false}])
		}
		w.refresh()
	}
	return nil
}

// pastIsEmpty says that no window of the past has rows, nor will have before
// there are new ones.
func (s *Stream) pastIsEmpty() bool {
	if len(s.past) == 0 {
		return true
	}
	longest := s.past[len(s.past)-1].lag
	return s.progress.Highest == NoTime || s.progress.Closed > s.progress.Highest+longest+s.plan.times.size
}

// past gives the samples of a series, feature -1 being the rows, in the windows
// that ended before v; nil where no rule looks back.
func (v *view) past(segment, feature int) func(lag time.Duration) *rules.Sample {
	s := v.s
	if len(s.past) == 0 {
		return nil
	}
	return func(lag time.Duration) *rules.Sample {
		i := slices.IndexFunc(s.past, func(w lagged) bool { return w.lag == lag.Milliseconds() })
		if i < 0 {
			return nil
		}
		sum := s.past[i].sums[segment]
		partial := v.start-s.past[i].lag < max(s.progress.Origin, s.expired)
		start := v.start - s.past[i].lag
		stat := s.ref.streamStat(sum, s.ref.traffic(segment, sum, start, start+s.plan.times.size, partial, nil))
		if feature >= 0 {
			stat = s.compared(segment, feature, sum, nil)
		}
		return &rules.Sample{Rows: sum.Rows, ReferenceRows: s.ref.Counts[segment].Rows, Stat: stat}
	}
}
