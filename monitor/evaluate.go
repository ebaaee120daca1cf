package monitor

import (
	"cmp"
	"math"
	"slices"
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
	// layout is what windows are counted in: the features of the reference come first.
	layout  *stats.Layout
	tallies map[tallied]int // index in layout of the tally of each constraint
	schema  *stats.Schema   // nil: the reference does not know its fields
}

// newReference prepares r for the windows of a configuration. How much the
// reference's own windows vary is known for those of one size only.
func newReference(r *stats.Reference, name, hash string, c Config) (*reference, error) {
	layout, constraints, err := c.layout(r)
	if err != nil {
		return nil, err
	}
	ref := &reference{Reference: r, name: name, hash: hash, layout: layout, tallies: map[tallied]int{}, schema: stats.NewSchema(r)}
	for i, k := range constraints {
		ref.tallies[tallied{k.statistic, k.feature}] = len(r.Layout.Features) + i
	}
	size := milliseconds(c.Window.Size)
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
	return ref, nil
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
	merged  *sketch // of the window; nil: nobody has asked yet
	changes *stats.SchemaChanges
	parts   []rowPart // likewise
}

type viewPane struct {
	start  int64
	pane   *pane
	sketch func() *sketch
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
	v.samples = append(v.samples, v.confined(rules.Sample{
		Series: series, Rows: sum.Rows, ReferenceRows: reference,
		Stat:  s.ref.streamStat(sum, v.traffic(segment)),
		Panes: func() []rules.PaneSample { return v.history(segment, -1) },
		Past:  v.past(segment, -1),
		What:  func(names []string) string { return v.what(segment, names) },
	}, -1))
	for f, e := range s.ref.Layout.Features {
		series.Feature = e.Name
		v.samples = append(v.samples, v.confined(rules.Sample{
			Series: series, Rows: sum.Rows, ReferenceRows: reference,
			Stat:  func(name string) float64 { return v.statistic(segment, f, name) },
			Panes: func() []rules.PaneSample { return v.history(segment, f) },
			Past:  v.past(segment, f),
		}, f))
	}
}

func (v *view) traffic(segment int) *stats.Traffic {
	s := v.s
	t := s.ref.traffic(segment, s.window.sums[segment], v.start, v.start+s.plan.times.size, v.partial, v.sketch)
	if segment == 0 {
		t.Schema = v.schema
	}
	return t
}

// sketch is that of the window: to merge those of its panes takes time.
func (v *view) sketch() *sketch {
	if v.merged == nil {
		v.merged = v.s.window.sketch(v.s.plan)
	}
	return v.merged
}

func (v *view) statistic(segment, feature int, name string) float64 {
	sum := v.s.window.sums[segment]
	if x, asked := v.s.ref.asked(sum, name, v.s.ref.Layout.Features[feature].Name); asked {
		return x
	}
	if !whole(v.s.profile(segment, feature), sum) {
		return math.NaN()
	}
	return v.compare(segment, feature).Stat(name)
}

// compared gives the statistics of a feature of one pane or of a window of the
// past, which has no sketch: of is nil.
func (s *Stream) compared(segment, feature int, c *stats.Counts, of func() *sketch) func(string) float64 {
	p := s.plan.layout.Profile(c, feature)
	stat := func(string) float64 { return math.NaN() }
	if whole(p, c) {
		stat = s.compareWith(segment, feature, p, of).Stat
	}
	return func(name string) float64 {
		if x, asked := s.ref.asked(c, name, s.ref.Layout.Features[feature].Name); asked {
			return x
		}
		return stat(name)
	}
}

// compareWith sets a profile against the reference, with samples of its values
// where they are of all rows together.
func (s *Stream) compareWith(segment, feature int, p stats.Profile, of func() *sketch) *stats.Comparison {
	c := s.ref.bases[segment][feature].Compare(p)
	if segment == 0 && of != nil {
		c.Samples = s.plan.valuesOf(of, feature)
	}
	return c
}

// whole says that every row was counted under these edges of the feature. In a
// window that holds panes of before they were chosen it is not so, and nothing
// can be said of the feature.
func whole(p stats.Profile, all *stats.Counts) bool { return p.Rows() == all.Rows }

func (v *view) compare(segment, feature int) *stats.Comparison {
	key := [2]int{segment, feature}
	c := v.cache[key]
	if c == nil {
		c = v.s.compareWith(segment, feature, v.s.profile(segment, feature), v.sketch)
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
			v.panes = append(v.panes, viewPane{m.start, p, func() *sketch { return cmp.Or(m.sketch, newSketch(s.plan)) }})
		}
	}
	var samples []rules.PaneSample
	for _, p := range v.panes {
		c := p.pane.segments[segment]
		if c == nil {
			c = s.plan.layout.NewCounts()
		}
		traffic := s.ref.traffic(segment, c, p.start, p.start+s.plan.times.every, false, p.sketch)
		if segment == 0 && p.pane.sketch != nil {
			traffic.Schema = func() *stats.SchemaChanges { return s.ref.changes(&p.pane.sketch.rows, c, partRows) }
		}
		stat := s.ref.streamStat(c, traffic)
		if feature >= 0 {
			stat = s.compared(segment, feature, c, p.sketch)
		}
		samples = append(samples, rules.PaneSample{Start: time.UnixMilli(p.start).UTC(), Rows: c.Rows, Stat: stat})
	}
	return samples
}

// shown are the statistics that the metrics always have, beside those that a
// rule names.
var shown = []string{"psi", "psi_lo", "ks", "missing_rate", "record_rate", "rate_ratio", "malformed_rate", "rejected_rate", "late_rate", "duplicate_rate"}

// measure computes what the metrics show of the latest closed window.
func (s *Stream) measure() {
	if s.d.backtest {
		return
	}
	end := s.progress.Closed
	v := s.view(end)
	names := append(slices.Clone(shown), s.engine.Statistics()...)
	s.latestAt = AlertWindow{UnixMilli(v.start), UnixMilli(end), s.window.rows()}
	s.latest = nil
	for segment, sum := range s.window.sums {
		name := s.segmentName(segment)
		stream := s.ref.streamStat(sum, v.traffic(segment))
		s.latest = append(s.latest, SeriesStats{name, "", sum.Rows, defined(append(slices.Clone(names), s.ref.constraintsOf("")...), stream)})
		for f, e := range s.ref.Layout.Features {
			stat := func(n string) float64 { return v.statistic(segment, f, n) }
			s.latest = append(s.latest, SeriesStats{name, e.Name, sum.Rows, defined(append(slices.Clone(names), s.ref.constraintsOf(e.Name)...), stat)})
		}
	}
}

// defined are those of the statistics that can be said.
func defined(names []string, stat func(string) float64) map[string]float64 {
	known := map[string]float64{}
	for _, name := range names {
		if x := stat(name); !math.IsNaN(x) {
			known[name] = x
		}
	}
	return known
}
