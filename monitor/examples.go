package monitor

import (
	"slices"

	"driftwatch/rules"
	"driftwatch/stats"
)

// maxExamples are enough to look at by hand.
const maxExamples = 3

// examples are sampled rows of the window that show what an alert is about or,
// where none does, any.
func (s *Stream) examples(tr rules.Transition, v *view) []*sampledRow {
	sample := v.sampled().rows
	var shows []*sampledRow
	if is := s.shows(tr, v); is != nil {
		for _, r := range sample {
			if is(r) && len(shows) < maxExamples {
				shows = append(shows, r)
			}
		}
	}
	if len(shows) == 0 {
		return sample[:min(len(sample), maxExamples)]
	}
	return shows
}

// shows tells the rows that show what the rule asks about a feature: those
// without a value, or that are not as declared, of the kind that it names first, or
// else in the bin that has grown most.
func (s *Stream) shows(tr rules.Transition, v *view) func(*sampledRow) bool {
	if i, asked := s.ref.tallies[tallied{tr.Measure.Name, tr.Series.Feature}]; asked {
		return func(r *sampledRow) bool { return r.cells[i] == s.plan.counted[i].offset+tallyNo }
	}
	f, found := findFeature(s.ref.Reference, tr.Series.Feature)
	if !found {
		return s.showsSchema(tr, v)
	}
	pf := &s.plan.features[f]
	is := showing(tr.Measure.Name, pf.edges)
	if is == nil {
		is = v.compare(0, f).Grown()
	}
	if is == nil {
		return nil
	}
	return func(r *sampledRow) bool { return r.cells[f] != uncounted && is(int(r.cells[f]-pf.offset)) }
}

// showsSchema tells the rows that have a field as it was not, of those changes
// that the rule names; one that lacks a field shows nothing to look at.
func (s *Stream) showsSchema(tr rules.Transition, v *view) func(*sampledRow) bool {
	if s.ref.schema == nil {
		return nil
	}
	var shows []func(*sampledRow) bool
	for _, c := range schemaChanges {
		if _, named := tr.Stats[c.statistic]; !named || !c.shown {
			continue
		}
		for _, f := range c.of(v.schema()) {
			shows = append(shows, s.ref.showing(f))
		}
	}
	return func(r *sampledRow) bool {
		return slices.ContainsFunc(shows, func(is func(*sampledRow) bool) bool { return is(r) })
	}
}

// showing tells the cells that a share of the rows counts; nil for any other
// statistic.
func showing(statistic string, e *stats.Edges) func(cell int) bool {
	only := func(cell int) func(int) bool { return func(c int) bool { return c == cell } }
	switch statistic {
	case "missing_rate":
		return e.Missing
	case "absent_rate":
		return only(stats.Absent)
	case "null_rate":
		return only(stats.Null)
	case "empty_rate":
		return only(stats.Empty)
	case "type_error_rate":
		return only(stats.WrongType)
	case "invalid_rate":
		return only(stats.Invalid)
	}
	return nil
}

// sampled is the sample of the window's rows.
func (v *view) sampled() *rowSample {
	return &v.sketch().rows
}
