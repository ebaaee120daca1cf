package monitor

import (
	"slices"
	"time"

	"driftwatch/rules"
	"driftwatch/stats"
)

// span says which panes a window is made of, of a stream that has closed up to an
// end: those in [end - lag - size, end - lag). In ms.
type span struct{ size, lag int64 }

// back is how long before the present window's end the span begins.
func (w span) back() int64 { return w.size + w.lag }

// own is the present window's, that of the monitor's own size: it has the samples
// that panes are kept with, as no other window has.
func (d *Deps) own() span { return span{size: milliseconds(d.Config.Window.Size)} }

// spans are the other windows that the rules look at: of other sizes, and of the
// past. They do not depend on the features.
func (d *Deps) spans() []span {
	engine, _ := rules.Compile(d.Config.Name, d.Rules, nil, nil, Statistics(d.Config))
	if engine == nil {
		return nil // compile says why
	}
	all := []span{d.own()}
	for _, of := range engine.Spans() {
		s := span{size: of.Size.Milliseconds(), lag: of.Lag.Milliseconds()}
		if s.size == 0 {
			s.size = d.own().size
		}
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all[1:]
}

// keeps is how long before a window's end the panes begin that rules look at.
func (d *Deps) keeps() int64 {
	keep := d.own().back()
	for _, w := range d.spans() {
		keep = max(keep, w.back())
	}
	return keep
}

// othersAreEmpty says that no other window has rows, or began before the counting,
// nor will have before there are new ones.
func (s *Stream) othersAreEmpty() bool {
	newest := max(s.progress.Origin, s.filled)
	return !slices.ContainsFunc(s.others, func(w *window) bool { return s.progress.Closed < newest+w.back() })
}

// at is the view of another window; nil where no rule looks at it.
func (v *view) at(of span) *view {
	root := v.root
	if of == root.of.span {
		return root
	}
	if root.others[of] == nil {
		i := slices.IndexFunc(v.s.others, func(w *window) bool { return w.span == of })
		if i < 0 {
			return nil
		}
		root.others[of] = v.s.viewOf(v.s.others[i], root)
	}
	return root.others[of]
}

// shortest is the view of the window that an alert's numbers are of.
func (v *view) shortest(r *rules.Rule) *view {
	if other := v.at(span{size: r.Shortest().Milliseconds()}); other != nil {
		return other
	}
	return v
}

// elsewhere gives a sample the same series in other windows.
func (v *view) elsewhere(sample rules.Sample, segment, feature int) rules.Sample {
	if len(v.s.others) == 0 {
		return sample
	}
	in := func(of span) *rules.Sample {
		other := v.at(of)
		if other == nil {
			return nil
		}
		there := other.sample(segment, feature)
		return &there
	}
	sample.Past = func(lag time.Duration) *rules.Sample { return in(span{v.of.size, lag.Milliseconds()}) }
	sample.In = func(size time.Duration) *rules.Sample { return in(span{size.Milliseconds(), v.of.lag}) }
	return sample
}

// base is what a feature is compared with. How much it varies by itself is known for
// windows of the monitor's own size.
func (v *view) base(segment, feature int) *stats.Base {
	base := v.s.ref.bases[segment][feature]
	if v.of.size == v.root.of.size {
		return base
	}
	other := *base
	other.Baseline = stats.Baseline{}
	return &other
}
