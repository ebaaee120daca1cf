package rules

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
			t := r.when.eval(r.scopeOf(s, data))
			all = append(all, Verdict{s.Series, t == yes, t != unknown})
		}
	}
	return all
}
