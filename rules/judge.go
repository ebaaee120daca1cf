package rules

import "slices"

// Verdict is what a rule's condition says of one series.
type Verdict struct {
	Series Series
	Holds  bool
	Known  bool // false: it cannot be said
}

// Judge evaluates the conditions on samples and changes no state.
func (e *Engine) Judge(samples []Sample) []Verdict {
	data := viewOf(samples)
	var all []Verdict
	for _, r := range e.rules {
		for i := range r.series {
			s := &r.series[i]
			t := r.breach(s, data)
			all = append(all, Verdict{s.Series, t == yes, t != unknown})
		}
	}
	return all
}

// Judged says of one rule in how many windows it could not be decided.
type Judged struct {
	Rule      string
	Windows   uint64 // that had rows and were not partial, of all there were since Compile
	Undecided uint64 // those of them in which when was unknown for every series
}

// count takes down a window that was just stepped through.
func (r *rule) count() {
	r.judged.Windows++
	if !slices.ContainsFunc(r.series, func(s series) bool { return s.known }) {
		r.judged.Undecided++
	}
}

// Judged tells it of all rules, so that "no alert" can be told from "nothing was
// judged". Windows without rows are not counted: many are never stepped over.
func (e *Engine) Judged() []Judged {
	all := make([]Judged, len(e.rules))
	for i, r := range e.rules {
		all[i] = Judged{r.Name, r.judged.Windows, r.judged.Undecided}
	}
	return all
}
