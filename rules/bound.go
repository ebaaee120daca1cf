package rules

import (
	"time"

	"github.com/expr-lang/expr/ast"
)

// Bound is a part of a rule's when that asks of one series whether a statistic
// is above a number. With an && beside it the rule asks for more than that.
type Bound struct {
	Rule       string
	Series     Series
	Statistic  Statistic
	Limit      float64
	Window     time.Duration // size of the rule's shortest window, which has the fewest rows; 0: the monitor's own
	MinSamples uint64        // rows of a window below which it is unknown
}

// bound is a Bound before the series are known.
type bound struct {
	statistic Statistic
	limit     quantity
}

// bound takes down a comparison that is a Bound: not under a !, and not about
// each of several features.
func (c *compiler) bound(n *ast.BinaryNode) {
	name, limit := above(n)
	if name == nil || c.negated || c.inside {
		return
	}
	if st, known := c.known[name.Value]; known {
		c.bounds = append(c.bounds, bound{st, c.quantity(limit)})
	}
}

// Bounds lists them by rule, series and place in when.
func (e *Engine) Bounds() []Bound {
	var all []Bound
	for _, r := range e.rules {
		for _, s := range r.series {
			for _, b := range r.when.bounds {
				found := Bound{Rule: r.Name, Series: s.Series, Statistic: b.statistic, Limit: b.limit(&scope{limit: s.limit}), Window: r.Shortest()}
				if !b.statistic.Rowwise && !b.statistic.Stream {
					found.MinSamples = uint64(*r.MinSamples)
				}
				all = append(all, found)
			}
		}
	}
	return all
}
