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
	of      *window
	root    *view          // of the present window, of the monitor's own size
	others  map[span]*view // of the root: the others, as they are asked for
	window  rules.Window
	start   int64
	partial bool
	samples []rules.Sample
	panes   []viewPane          // decoded when a series leaves ok
	err     error               // reading the panes failed
	cache   []*stats.Comparison // by segment and feature
	merged  *sketch             // of the root's window; nil: nobody has asked yet
	changes *stats.SchemaChanges
	parts   []rowPart // likewise
}

type viewPane struct {
	start  int64
	pane   *pane
	sketch func() *sketch // nil: it has none
}

// view prepares the window that was closed last.
func (s *Stream) view() *view {
	v := s.viewOf(s.window, nil)
	for segment := range s.window.sums {
		if !s.engine.Wants(s.segmentName(segment)) {
			continue
		}
		for f := -1; f < len(s.ref.Layout.Features); f++ { // its rows, then each feature
			v.samples = append(v.samples, v.sample(segment, f))
		}
	}
	return v
}

// viewOf is the view of a window, of the present one where root is nil.
func (s *Stream) viewOf(w *window, root *view) *view {
	end := s.progress.Closed - w.lag
	start, counted := end-w.size, max(s.progress.Origin, s.expired)
	v := &view{s: s, of: w, root: root, start: start, partial: start < counted, cache: make([]*stats.Comparison, len(w.sums)*len(s.ref.Layout.Features))}
	if root == nil {
		v.root, v.others = v, map[span]*view{}
	}
	v.window = rules.Window{Start: time.UnixMilli(start).UTC(), End: time.UnixMilli(end).UTC(), Counted: time.UnixMilli(counted).UTC()}
	return v
}

func (s *Stream) segmentName(segment int) string {
	if segment == 0 {
		return ""
	}
	return s.plan.segments.names[segment-1]
}

// sample is one series in the window, feature -1 being the rows.
func (v *view) sample(segment, feature int) rules.Sample {
	s := v.s
	sample := rules.Sample{
		Series: rules.Series{Monitor: s.d.Config.Name, Segment: s.segmentName(segment)},
		Rows:   v.of.sums[segment].Rows, ReferenceRows: s.ref.Counts[segment].Rows,
		Panes: func() []rules.PaneSample { return v.history(segment, feature) },
	}
	if feature < 0 {
		sample.Stat = s.ref.streamStat(v.of.sums[segment], v.traffic(segment))
	} else {
		sample.Series.Feature = s.ref.Layout.Features[feature].Name
		sample.Stat = func(name string) float64 { return v.statistic(segment, feature, name) }
	}
	if v == v.root {
		if feature < 0 {
			sample.What = func(names []string) string { return v.what(segment, names) }
		}
		sample = v.confined(sample, feature)
	}
	return v.elsewhere(sample, segment, feature)
}

func (v *view) traffic(segment int) *stats.Traffic {
	t := v.s.ref.traffic(segment, v.of.sums[segment], v.start, v.start+v.of.size, v.partial, v.sketches())
	if segment == 0 && v == v.root {
		t.Schema = v.schema
	}
	return t
}

// sketches is what the window's samples are asked of; nil: it has none.
func (v *view) sketches() func() *sketch {
	if v != v.root {
		return nil
	}
	return v.sketch
}

// sketch is that of the present window: to merge those of its panes takes time.
func (v *view) sketch() *sketch {
	root := v.root
	if root.merged == nil {
		root.merged = root.of.sketch(v.s.plan)
	}
	return root.merged
}

// profile is what the window counted of a feature.
func (v *view) profile(segment, feature int) stats.Profile {
	return v.s.plan.layout.Profile(v.of.sums[segment], feature)
}

func (v *view) statistic(segment, feature int, name string) float64 {
	sum := v.of.sums[segment]
	if x, asked := v.s.ref.asked(sum, name, v.s.ref.Layout.Features[feature].Name); asked {
		return x
	}
	if !whole(v.profile(segment, feature), sum) {
		return math.NaN()
	}
	return v.compare(segment, feature).Stat(name)
}

// compared gives the statistics of a feature of one pane, or of some rows, which
// have no sketch: of is nil.
func (s *Stream) compared(segment, feature int, c *stats.Counts, of func() *sketch) func(string) float64 {
	p := s.plan.layout.Profile(c, feature)
	stat := func(string) float64 { return math.NaN() }
	if whole(p, c) {
		stat = s.compareWith(s.ref.bases[segment][feature], segment, feature, p, of).Stat
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
func (s *Stream) compareWith(base *stats.Base, segment, feature int, p stats.Profile, of func() *sketch) *stats.Comparison {
	c := base.Compare(p)
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
	c := &v.cache[segment*len(v.s.ref.Layout.Features)+feature]
	if *c == nil {
		*c = v.s.compareWith(v.base(segment, feature), segment, feature, v.profile(segment, feature), v.sketches())
	}
	return *c
}

// history gives the panes of the window one by one, feature -1 being the rows.
func (v *view) history(segment, feature int) []rules.PaneSample {
	s := v.s
	if v.panes == nil && v.err == nil {
		for _, m := range v.of.members {
			p, err := s.pane(paneID{m.start, false})
			if err != nil {
				v.err = err
				return nil
			}
			of := viewPane{start: m.start, pane: p}
			if v == v.root {
				of.sketch = func() *sketch { return cmp.Or(m.sketch, newSketch(s.plan)) }
			}
			v.panes = append(v.panes, of)
		}
	}
	var samples []rules.PaneSample
	for _, p := range v.panes {
		c := p.pane.segments[segment]
		if c == nil {
			c = s.plan.layout.NewCounts()
		}
		traffic := s.ref.traffic(segment, c, p.start, p.start+s.plan.times.every, false, p.sketch)
		if segment == 0 && v == v.root && p.pane.sketch != nil {
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

// measure computes what the metrics show of the window that was closed last: once for
// each commit, as no more than that is seen.
func (s *Stream) measure() {
	v := s.unshown
	s.unshown = nil
	if v == nil || s.d.backtest {
		return
	}
	s.latest = v.series()
	s.latestAt = AlertWindow{Time{v.window.Start}, Time{v.window.End}, v.of.sums[0].Rows}
}

// series are the statistics that the metrics show of a window.
func (v *view) series() []SeriesStats {
	s := v.s
	names := append(slices.Clone(shown), s.engine.Statistics()...)
	slices.Sort(names)
	names = slices.Compact(names)
	sensitive, sayable := s.d.Config.sensitive(), slices.DeleteFunc(slices.Clone(names), inOwnUnit)
	ofRows := slices.Concat(names, s.ref.constraintsOf(""))
	of := make([][]string, len(s.ref.Layout.Features))
	for f, e := range s.ref.Layout.Features {
		said := names
		if slices.Contains(sensitive, e.Name) {
			said = sayable
		}
		of[f] = slices.Concat(said, s.ref.constraintsOf(e.Name))
	}
	all := make([]SeriesStats, 0, len(v.of.sums)*(1+len(of)))
	for segment, sum := range v.of.sums {
		name := s.segmentName(segment)
		all = append(all, SeriesStats{name, "", sum.Rows, defined(ofRows, s.ref.streamStat(sum, v.traffic(segment)))})
		for f, e := range s.ref.Layout.Features {
			all = append(all, SeriesStats{name, e.Name, sum.Rows, defined(of[f], func(n string) float64 { return v.statistic(segment, f, n) })})
		}
	}
	return all
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
