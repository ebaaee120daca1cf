package rules

import (
	"slices"
	"time"
)

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
	Rule      string `json:"rule"`
	Windows   uint64 `json:"windows"`   // that had rows and were not partial
	Undecided uint64 `json:"undecided"` // those of them in which when was unknown for every series
}

// Judged tells it of all rules, of all windows since Compile, so that "no alert" can
// be told from "nothing was judged". Windows without rows are not counted: many are
// never stepped over.
func (e *Engine) Judged() []Judged {
	all := make([]Judged, len(e.rules))
	for i, r := range e.rules {
		all[i] = r.judged
	}
	return all
}

// Day is how a rule is judged over 24 hours of event time, as it survives a
// restart. One follows the other.
type Day struct {
	Rule      string    `json:"rule"`
	Hash      string    `json:"hash"` // of what the rule asks
	Since     time.Time `json:"since"`
	Windows   uint64    `json:"windows"`   // as Judged has them, so far
	Undecided uint64    `json:"undecided"` // likewise
	// Before are those of the day before, if the rule was undecided in over half of
	// its windows then.
	Before *Judged `json:"before,omitempty"`
}

// turn begins the next day where one is over or, because time began anew, lies
// ahead.
func (d *Day) turn(at time.Time) {
	if d.Since.IsZero() || !at.Before(d.Since) && at.Sub(d.Since) < 24*time.Hour {
		return
	}
	if !at.Before(d.Since) {
		d.Before = nil
		if 2*d.Undecided > d.Windows {
			d.Before = &Judged{d.Rule, d.Windows, d.Undecided}
		}
	}
	d.Since, d.Windows, d.Undecided = time.Time{}, 0, 0
}

// count takes down a window that was just stepped through.
func (r *rule) count(at time.Time) {
	if r.day.Since.IsZero() {
		r.day.Since = at
	}
	r.judged.Windows++
	r.day.Windows++
	if !slices.ContainsFunc(r.series, func(s series) bool { return s.known }) {
		r.judged.Undecided++
		r.day.Undecided++
	}
}

// Undecided are the rules that were undecided in over half of their windows of the
// last 24 hours that are complete, with how many.
func (e *Engine) Undecided() []Judged {
	var all []Judged
	for _, r := range e.rules {
		if r.day.Before != nil {
			all = append(all, *r.day.Before)
		}
	}
	return all
}

// Days are those of all rules that have been judged.
func (e *Engine) Days() []Day {
	var all []Day
	for _, r := range e.rules {
		if !r.day.Since.IsZero() || r.day.Before != nil {
			all = append(all, r.day)
		}
	}
	return all
}

// RestoreDays takes up what Days gave, in an engine that has taken no step yet. The
// day of a rule that is gone, or asks something else now, is dropped.
func (e *Engine) RestoreDays(saved []Day) {
	for _, r := range e.rules {
		if i := slices.IndexFunc(saved, func(d Day) bool { return d.Rule == r.Name && d.Hash == r.hash }); i >= 0 {
			r.day = saved[i]
		}
	}
}
