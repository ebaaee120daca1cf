package rules

import (
	"fmt"
	"slices"
	"time"
)

// Undefined names the statistics that a rule asks for and that are never known
// where it looks, with the monitor's own size of windows. It is no warning where all
// that when names is so: such a rule never fires. Where when names others too, they
// may decide it.
func (e *Engine) Undefined(own time.Duration) []Problem {
	var problems []Problem
	for _, r := range e.rules {
		for _, asked := range r.asks() {
			at := outlook{outside: !globs(r.Segments).match(overall)}
			for _, size := range r.sizes() {
				if size != 0 && size != own && (asked.key == "when" || size == r.Shortest()) {
					at.other = size
				}
			}
			idle := asked.key == "when" && !slices.ContainsFunc(asked.uses, func(u use) bool { return !u.limit && at.unknown(u) == "" })
			told := map[string]bool{}
			for _, u := range asked.uses {
				if u.limit || told[u.Name] {
					continue
				}
				if why := at.unknown(u); why != "" {
					so := "is never known here"
					if idle {
						so = "is never known here and the rule never fires"
					}
					told[u.Name] = true
					problems = append(problems, Problem{Path: r.path + "." + asked.key, Column: u.column, Warning: !idle, Message: fmt.Sprintf(why, so)})
				}
			}
		}
	}
	return problems
}

// outlook is where an expression is asked.
type outlook struct {
	outside bool          // of segments only, never of all rows together
	other   time.Duration // of a window of this size, which is not the monitor's own; 0: of none
}

// unknown is why a statistic is never known there, with a %s for what that means;
// "": it is.
func (o outlook) unknown(u use) string {
	switch {
	case u.Lacks != "":
		return fmt.Sprintf("%s needs the monitor's %s, which is not declared, so it %%s; write %s: FIELD at the monitor, or ask for something else", u.Name, u.Lacks, u.Lacks)
	case u.OverallOnly && o.outside:
		return fmt.Sprintf("%s is known of all rows together only, and the rule's segments leave those out, so it %%s; add %q to segments, or ask for something else", u.Name, overall)
	case u.Sampled && o.other > 0:
		return fmt.Sprintf("%s is made of a sample that only windows of the monitor's own size have, and the rule's windows have %s, so it %%s; leave windows out, or ask for something else", u.Name, Duration(o.other))
	case u.Sampled && u.lag > 0:
		return fmt.Sprintf("%s is made of a sample that windows of the past do not have any more, so its delta %%s; ask for something else", u.Name)
	}
	return ""
}
