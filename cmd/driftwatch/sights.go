package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
	"driftwatch/stats"
)

// sights are the smallest changes that the rules of a monitor see in a window, at
// the reference's rate.
type sights struct {
	rows  uint64 // of a window; 0: not known
	rules []ruleSight
}

// ruleSight is what one rule sees: in all rows or, where it does not look at
// those, in its largest segment; of several windows in the shortest, whose rows are
// the fewest.
type ruleSight struct {
	name     string
	segment  string
	other    bool             // in windows of another size than the monitor's own
	rates    bool             // a rate: what is seen is the limit itself
	features map[string]sight // of psi_lo
}

// sight is the smallest change of one feature.
type sight struct {
	size    float64 // NaN: none
	numeric bool    // a shift in standard deviations, else a share of the rows
	tooFew  bool    // the window has fewer rows than min_samples
}

func (s sight) String() string {
	switch {
	case s.tooFew:
		return "too few rows"
	case math.IsNaN(s.size):
		return "nothing"
	case s.numeric:
		return fmt.Sprintf("a shift of %.2f sd", s.size)
	}
	return "a move of " + rules.Percent(s.size)
}

// sights finds them for the rules of a monitor whose reference is known.
func (c *Config) sights(m monitor.Config, ref *stats.Reference) *sights {
	size, found := sizes(m, ref), &sights{}
	windowRows := func(window time.Duration, segment string) uint64 {
		if size.Span <= 0 {
			return 0
		}
		return uint64(float64(size.Reference[segment]) * float64(window) / float64(size.Span))
	}
	found.rows = windowRows(size.Window, "")
	bounds := slices.DeleteFunc(c.windowRules(m, ref).Bounds(), func(b rules.Bound) bool { return b.Series.Feature == "" })
	slices.SortStableFunc(bounds, func(a, b rules.Bound) int {
		return cmp.Compare(size.Reference[b.Series.Segment], size.Reference[a.Series.Segment])
	})
	for _, b := range bounds {
		window := cmp.Or(b.Window, size.Window)
		r, rows := found.rule(b.Rule, b.Series.Segment), windowRows(window, b.Series.Segment)
		r.other = window != size.Window
		_, has := r.features[b.Series.Feature]
		switch {
		case r.segment != b.Series.Segment:
		case b.Statistic.Rowwise && !b.Statistic.Stream:
			r.rates = true
		case b.Statistic.Name == "psi_lo" && rows > 0 && !has:
			f := featureIndex(ref, b.Series.Feature)
			r.features[b.Series.Feature] = sight{
				size:    ref.Base(slices.Index(ref.Segments, r.segment)+1, f).Sees(rows, b.Limit),
				numeric: ref.Layout.Features[f].Kind == stats.Numeric,
				tooFew:  rows < b.MinSamples,
			}
		}
	}
	return found
}

// windowRules are the rules of a monitor that windows are stepped through.
// Whether they can be compiled has been seen before.
func (c *Config) windowRules(m monitor.Config, ref *stats.Reference) *rules.Engine {
	features, segments, _ := monitor.Watched(m, ref)
	engine, _ := rules.Compile(m.Name, c.Rules, features, segments, monitor.Statistics(m))
	windows, _ := engine.Split()
	return windows
}

// byClock names the rules of a monitor that the clock judges.
func (c *Config) byClock(m monitor.Config) []string {
	engine, _ := rules.Compile(m.Name, c.Rules, nil, nil, monitor.Statistics(m))
	_, clock := engine.Split()
	return clock.Names()
}

func featureIndex(ref *stats.Reference, name string) int {
	return slices.IndexFunc(ref.Layout.Features, func(e *stats.Edges) bool { return e.Name == name })
}

// rule finds what a rule sees, or begins it with the segment that it comes with.
func (s *sights) rule(name, segment string) *ruleSight {
	i := slices.IndexFunc(s.rules, func(r ruleSight) bool { return r.name == name })
	if i < 0 {
		i = len(s.rules)
		s.rules = append(s.rules, ruleSight{name: name, segment: segment, features: map[string]sight{}})
	}
	return &s.rules[i]
}

// rate is what the reference's rate makes of a window.
func (s *sights) rate() string {
	if s.rows == 0 {
		return ""
	}
	return fmt.Sprintf("; at that rate a window has %d", s.rows)
}

// mostColumns keeps the table of features on a screen.
const mostColumns = 3

// columns are the rules that see each feature differently.
func (s *sights) columns() (names []string) {
	for _, r := range s.rules {
		if r.segment == "" && !r.other && len(r.features) > 0 && len(names) < mostColumns {
			names = append(names, r.name)
		}
	}
	return names
}

func (s *sights) in(rule, feature string) string {
	if f, sees := s.rule(rule, "").features[feature]; sees {
		return f.String()
	}
	return "-"
}

// note says what the columns mean.
func (s *sights) note() string {
	if len(s.columns()) == 0 {
		return ""
	}
	return fmt.Sprintf("(the smallest shift of the mean, in the reference's standard deviations, and the smallest move of rows from the most\n"+
		"  frequent value to the others, that 9 of 10 windows of %d rows show; segments have fewer rows, and need more)", s.rows)
}

// of sums up what a rule sees.
func (s *sights) of(rule string) string {
	i := slices.IndexFunc(s.rules, func(r ruleSight) bool { return r.name == rule })
	if i < 0 {
		return ""
	}
	r := s.rules[i]
	var shifts, moves []float64
	tooFew := false
	for _, f := range r.features {
		tooFew = tooFew || f.tooFew
		switch {
		case math.IsNaN(f.size):
		case f.numeric:
			shifts = append(shifts, f.size)
		default:
			moves = append(moves, f.size)
		}
	}
	if tooFew {
		return "nothing: too few rows"
	}
	var parts []string
	if r.rates {
		parts = append(parts, "rates: the limit")
	}
	if len(shifts) > 0 {
		parts = append(parts, "shifts: "+between(shifts, func(x float64) string { return fmt.Sprintf("%.2f", x) })+" sd")
	}
	if len(moves) > 0 {
		parts = append(parts, "moves: "+between(moves, rules.Percent))
	}
	return strings.Join(parts, ", ")
}

// between gives the least and the greatest.
func between(xs []float64, text func(float64) string) string {
	least, most := text(slices.Min(xs)), text(slices.Max(xs))
	if least == most {
		return least
	}
	return least + "–" + most
}
