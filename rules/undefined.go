package rules

import (
	"fmt"
	"slices"
)

// Undefined names the statistics that a rule asks for and that are never known
// where it looks. It is no warning where all that when names is so: such a rule
// never fires. Where when names others too, they may decide it.
func (e *Engine) Undefined() []Problem {
	var problems []Problem
	for _, r := range e.rules {
		outside := !globs(r.Segments).match(overall)
		for _, asked := range r.asks() {
			idle := asked.key == "when" && !slices.ContainsFunc(asked.uses, func(u use) bool { return !u.limit && !u.undefined(outside) })
			told := map[string]bool{}
			for _, u := range asked.uses {
				if u.limit || !u.undefined(outside) || told[u.Name] {
					continue
				}
				told[u.Name] = true
				problems = append(problems, Problem{Path: r.path + "." + asked.key, Column: u.column, Warning: !idle, Message: u.whyUndefined(idle)})
			}
		}
	}
	return problems
}

// undefined is for a rule that looks at segments only, outside of all rows
// together, or not.
func (s Statistic) undefined(outside bool) bool { return s.Lacks != "" || s.OverallOnly && outside }

func (s Statistic) whyUndefined(idle bool) string {
	so := "is never known here"
	if idle {
		so = "is never known here and the rule never fires"
	}
	if s.Lacks != "" {
		return fmt.Sprintf("%s needs the monitor's %s, which is not declared, so it %s; write %s: FIELD at the monitor, or ask for something else", s.Name, s.Lacks, so, s.Lacks)
	}
	return fmt.Sprintf("%s is known of all rows together only, and the rule's segments leave those out, so it %s; add %q to segments, or ask for something else", s.Name, so, overall)
}
