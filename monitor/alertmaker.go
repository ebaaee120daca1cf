package monitor

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"driftwatch/rules"
	"driftwatch/stats"
)

const (
	shownBins     = 5  // in an alert: enough to see where it moved
	shownSegments = 5  // likewise
	namedRows     = 20 // a category or a segment with fewer reference rows is not named
	namedValues   = 200
)

// alert makes the public object of a transition.
func (s *Stream) alert(tr rules.Transition, v *view) Alert {
	a := Alert{
		ID: tr.ID, Time: Time{tr.Time}, State: string(tr.State), Previous: string(tr.Previous), Reason: tr.Reason,
		Rule: tr.Rule.Name, Severity: tr.Rule.Severity, Monitor: tr.Series.Monitor, Segment: tr.Series.Segment, Feature: tr.Series.Feature,
		Since: Time{tr.Since}, Stats: map[string]Float{}, When: tr.Rule.When, Summary: tr.Summary, Description: tr.Description, Runbook: tr.Rule.Runbook,
		Labels: mergeLabels(s.d.Config.Labels, tr.Rule.Labels),
		Bins:   []AlertBin{}, Segments: []AlertSegment{}, Examples: []Example{},
	}
	for _, p := range tr.Only {
		a.Only = append(a.Only, AlertPart{p.Dimension, p.Value})
	}
	for name, x := range tr.Stats {
		a.Stats[name] = Float(x)
	}
	if v == nil {
		a.Window = AlertWindow{a.Time, a.Time, 0}
		return a
	}
	v = v.shortest(tr.Rule)
	a.Reference = s.ref.view(v.window.End.UnixMilli())
	segment := slices.Index(s.plan.segments.names, tr.Series.Segment) + 1
	a.Window = AlertWindow{Time{v.window.Start}, Time{v.window.End}, v.of.sums[segment].Rows}
	if tr.State == rules.Firing {
		a.Story = s.story(tr, v, segment)
	}
	if segment == 0 { // those that are kept need not be of a segment
		for _, r := range s.examples(tr, v) {
			a.Examples = append(a.Examples, Example{s.d.Config.Topic, r.place.partition, r.place.offset})
		}
	}
	f, found := findFeature(s.ref.Reference, tr.Series.Feature)
	if !found {
		return a
	}
	bins := s.bins(v, segment, f)
	a.Bins = mostMoved(bins)
	if a.Story != nil {
		a.Story.Distribution = bins[:min(len(bins), chartedBins)]
	}
	if segment == 0 {
		a.Segments = s.movedSegments(v, f)
	}
	return a
}

func (r *reference) view(at int64) AlertReference {
	v := AlertReference{Name: r.name, Hash: r.hash}
	if r.To != 0 && at > r.To {
		v.AgeDays = int((at - r.To) / (24 * 3600 * 1000))
	}
	return v
}

// bins are those of the comparison that are known, named as far as privacy lets.
func (s *Stream) bins(v *view, segment, feature int) (bins []AlertBin) {
	named, sensitive := s.namedCategories(feature), s.hides(feature)
	for n, b := range v.compare(segment, feature).Bins() {
		if math.IsNaN(b.PSI) {
			continue
		}
		label := b.Label
		switch {
		case sensitive && label != "(missing)" && label != "(other)":
			label = fmt.Sprintf("(bin %d)", n+1)
		case named != nil && !named[label]:
			label = "(not shown)"
		}
		bins = append(bins, AlertBin{label, Float(b.Reference), Float(b.Current), Float(b.PSI)})
	}
	return bins
}

// hides says that a feature is sensitive.
func (s *Stream) hides(feature int) bool {
	return slices.Contains(s.d.Config.sensitive(), s.plan.layout.Features[feature].Name)
}

// mostMoved are the bins with the largest terms of the PSI.
func mostMoved(bins []AlertBin) []AlertBin {
	moved := slices.DeleteFunc(slices.Clone(bins), func(b AlertBin) bool { return b.PSI == 0 })
	slices.SortStableFunc(moved, func(a, b AlertBin) int { return cmp.Compare(b.PSI, a.PSI) })
	return append([]AlertBin{}, moved[:min(len(moved), shownBins)]...)
}

// namedCategories are the labels that privacy lets appear; nil: all.
func (s *Stream) namedCategories(feature int) map[string]bool {
	e := s.plan.layout.Features[feature]
	if e.Kind != stats.Categorical {
		return nil
	}
	named := map[string]bool{}
	values := stats.NoValues + len(e.Values)
	for cell := range e.Width() {
		if cell < stats.NoValues || cell >= values {
			named[e.Label(cell)] = true
		}
	}
	named["(missing)"], named["(other)"] = true, true
	if len(e.Values)+len(e.Rare) > namedValues {
		return named
	}
	p := s.ref.Layout.Profile(s.ref.Counts[0], feature)
	for cell := stats.NoValues; cell < values; cell++ {
		if p.Cells[cell] >= namedRows {
			named[e.Label(cell)] = true
		}
	}
	return named
}

// movedSegments are the segments with the largest part in the overall PSI,
// over the first declared set of dimensions.
func (s *Stream) movedSegments(v *view, feature int) []AlertSegment {
	all := []AlertSegment{}
	if len(s.plan.segments.sets) == 0 {
		return all
	}
	at := s.plan.segments.sets[0].all
	var ref, cur []stats.Profile
	for _, i := range at {
		ref = append(ref, s.ref.Layout.Profile(s.ref.Counts[i], feature))
		cur = append(cur, v.profile(int(i), feature))
	}
	overall := v.compare(0, feature)
	psi := 0.0
	parts := stats.Attribute(overall, ref, cur)
	for _, p := range parts {
		psi += p.PSI
	}
	slices.SortStableFunc(parts, func(a, b stats.Contribution) int { return cmp.Compare(b.PSI, a.PSI) })
	for _, p := range parts {
		i := int(at[p.Segment])
		if len(all) == shownSegments || psi <= 0 || p.PSI <= 0 {
			continue
		}
		kind := "within"
		if math.Abs(p.Mix) > math.Abs(p.Within) {
			kind = "mix"
		}
		rows := Float(float64(v.of.sums[i].Rows) / float64(v.of.rows()))
		all = append(all, AlertSegment{s.segmentName(i), Float(p.PSI / psi), rows, kind})
	}
	return all
}

func mergeLabels(monitor, rule map[string]string) map[string]string {
	if len(monitor)+len(rule) == 0 {
		return nil
	}
	all := map[string]string{}
	for k, v := range monitor {
		all[k] = v
	}
	for k, v := range rule {
		all[k] = v
	}
	return all
}
