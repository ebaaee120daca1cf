package monitor

import (
	"math"
	"time"

	"driftwatch/rules"
	"driftwatch/stats"
)

// reference is what windows are compared with, prepared for comparing.
type reference struct {
	*stats.Reference
	name  string
	hash  string
	bases [][]*stats.Base // by segment (0 overall), feature
}

// newReference prepares r for windows of a size, in milliseconds. How much the
// reference's own windows vary is known for those of one size only.
func newReference(r *stats.Reference, name, hash string, size int64) *reference {
	ref := &reference{Reference: r, name: name, hash: hash}
	for i := range r.Counts {
		bases := make([]*stats.Base, len(r.Layout.Features))
		for f := range bases {
			bases[f] = r.Base(i, f)
			if bases[f].Baseline.Window != size {
				bases[f].Baseline = stats.Baseline{}
			}
		}
		ref.bases = append(ref.bases, bases)
	}
	return ref
}

// stored is the reference as it is kept; nil while there is none.
func (r *reference) stored() *stats.Reference {
	if r == nil {
		return nil
	}
	return r.Reference
}

// view is one closed window as the rules see it. Statistics are computed when
// they are asked for, once.
type view struct {
	s       *Stream
	window  rules.Window
	start   int64
	partial bool
	samples []rules.Sample
	panes   []viewPane // decoded when a series leaves ok
	err     error      // reading the panes failed
	cache   map[[2]int]*stats.Comparison
}

type viewPane struct {
	start int64
	pane  *pane
}

// view prepares the window that ends at end.
func (s *Stream) view(end int64) *view {
	start := end - s.plan.times.size
	v := &view{s: s, start: start, partial: start < max(s.progress.Origin, s.expired), cache: map[[2]int]*stats.Comparison{}}
	v.window = rules.Window{Start: time.UnixMilli(start).UTC(), End: time.UnixMilli(end).UTC(), Partial: v.partial}
	for segment := range s.window.sums {
		if s.engine.Wants(s.segmentName(segment)) {
			v.sample(segment)
		}
	}
	return v
}

func (s *Stream) segmentName(segment int) string {
	if segment == 0 {
		return ""
	}
	return s.plan.segments.names[segment-1]
}

// sample adds the samples of one segment: its rows, then each feature.
func (v *view) sample(segment int) {
	s := v.s
	series := rules.Series{Monitor: s.d.Config.Name, Segment: s.segmentName(segment)}
	sum := s.window.sums[segment]
	reference := s.ref.Counts[segment].Rows
	v.samples = append(v.samples, rules.Sample{
		Series: series, Rows: sum.Rows, ReferenceRows: reference,
		Stat:  func(name string) float64 { return rowsStatistic(name, sum.Rows, v.partial) },
		Panes: func() []rules.PaneSample { return v.history(segment, -1) },
		Past:  v.past(segment, -1),
	})
	for f, e := range s.plan.layout.Features {
		series.Feature = e.Name
		v.samples = append(v.samples, rules.Sample{
			Series: series, Rows: sum.Rows, ReferenceRows: reference,
			Stat:  func(name string) float64 { return v.statistic(segment, f, name) },
			Panes: func() []rules.PaneSample { return v.history(segment, f) },
			Past:  v.past(segment, f),
		})
	}
}

// rowsStatistic is a statistic of the rows themselves. A window that began
// before the counting did cannot say how many rows it has.
func rowsStatistic(name string, rows uint64, partial bool) float64 {
	if name != "rows" || partial {
		return math.NaN()
	}
	return float64(rows)
}

func (v *view) statistic(segment, feature int, name string) float64 {
	if name == "rows" {
		return rowsStatistic(name, v.s.window.sums[segment].Rows, v.partial)
	}
	if !whole(v.s.profile(segment, feature), v.s.window.sums[segment]) {
		return math.NaN()
	}
	return v.compare(segment, feature).Stat(name)
}

// compared gives the statistics of a feature of one pane.
func (s *Stream) compared(segment, feature int, c *stats.Counts) func(string) float64 {
	p := s.plan.layout.Profile(c, feature)
	if !whole(p, c) {
		return func(string) float64 { return math.NaN() }
	}
	return s.ref.bases[segment][feature].Compare(p).Stat
}

// whole says that every row was counted under these edges of the feature. In a
// window that holds panes of before they were chosen it is not so, and nothing
// can be said of the feature.
func whole(p stats.Profile, all *stats.Counts) bool { return p.Rows() == all.Rows }

func (v *view) compare(segment, feature int) *stats.Comparison {
	key := [2]int{segment, feature}
	c := v.cache[key]
	if c == nil {
		c = v.s.ref.bases[segment][feature].Compare(v.s.profile(segment, feature))
		v.cache[key] = c
	}
	return c
}

// history gives the panes of the window one by one, feature -1 being the rows.
func (v *view) history(segment, feature int) []rules.PaneSample {
	s := v.s
	if v.panes == nil && v.err == nil {
		for _, m := range s.window.members {
			p, err := s.pane(paneID{m.start, false})
			if err != nil {
				v.err = err
				return nil
			}
			v.panes = append(v.panes, viewPane{m.start, p})
		}
	}
	var samples []rules.PaneSample
	for _, p := range v.panes {
		c := p.pane.segments[segment]
		if c == nil {
			c = s.plan.layout.NewCounts()
		}
		stat := func(name string) float64 { return rowsStatistic(name, c.Rows, false) }
		if feature >= 0 {
			stat = s.compared(segment, feature, c)
		}
		samples = append(samples, rules.PaneSample{Start: time.UnixMilli(p.start).UTC(), Rows: c.Rows, Stat: stat})
	}
	return samples
}

// shown are the statistics that the metrics always have, beside those that a
// rule names.
var shown = []string{"psi", "psi_lo", "ks", "missing_rate"}

// measure computes what the metrics show of the latest closed window.
func (s *Stream) measure() {
	if s.d.backtest {
		return
	}
	end := s.progress.Closed
	v := s.view(end)
	names := append([]string(nil), shown...)
	for _, name := range s.engine.Statistics() {
		if _, known := stats.Lookup(name); known && name != "rows" {
			names = append(names, name)
		}
	}
	s.latestAt = AlertWindow{UnixMilli(v.start), UnixMilli(end), s.window.rows()}
	s.latest = nil
	for segment, sum := range s.window.sums {
		name := s.segmentName(segment)
		s.latest = append(s.latest, SeriesStats{Segment: name, Rows: sum.Rows})
		for f, e := range s.plan.layout.Features {
			series := SeriesStats{Segment: name, Feature: e.Name, Rows: sum.Rows, Stats: map[string]float64{}}
			for _, n := range names {
				if x := v.statistic(segment, f, n); !math.IsNaN(x) {
					series.Stats[n] = x
				}
			}
			s.latest = append(s.latest, series)
		}
	}
}

// Statistics is the vocabulary of the rules' conditions.
func Statistics() []rules.Statistic {
	var known []rules.Statistic
	for _, st := range stats.Table() {
		clock := st.Scope == stats.Clock
		if st.Compute == nil && !clock {
			continue
		}
		r := rules.Statistic{Name: st.Name, Stream: clock || st.Scope == stats.Stream, Rowwise: rowwise[st.Name], Clock: clock}
		for _, k := range []stats.Kind{stats.Numeric, stats.Categorical, stats.Boolean, stats.Text} {
			if st.Kinds&k != 0 {
				r.Kinds = append(r.Kinds, k.String())
			}
		}
		known = append(known, r)
	}
	return known
}

// rowwise statistics are shares of the rows and mean something at any number
// of them.
var rowwise = map[string]bool{
	"rows": true, "missing_rate": true, "absent_rate": true, "null_rate": true,
	"empty_rate": true, "type_error_rate": true, "invalid_rate": true,
	"zero_rate": true, "negative_rate": true,
}
