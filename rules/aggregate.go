package rules

import (
	"math"
	"slices"

	"github.com/expr-lang/expr/ast"
)

// call compiles share(condition), count(condition) and max(number), which look
// at each of the rule's features in turn. All three are undefined where fewer
// than half of the features have a known answer, so that features which cannot
// be judged do not end an alert:
//
//	share = true / (true + false)    count = true    max = the largest
func (c *compiler) call(n *ast.CallNode) quantity {
	callee, _ := n.Callee.(*ast.IdentifierNode)
	if callee == nil {
		c.report(n, "methods cannot be called in a rule")
		return nil
	}
	var combine func(sum, top, known float64) float64
	switch callee.Value {
	case "share":
		combine = func(sum, _, known float64) float64 { return sum / known }
	case "count":
		combine = func(sum, _, _ float64) float64 { return sum }
	case "max":
		combine = func(_, top, _ float64) float64 { return top }
	case "delta":
		return c.delta(n)
	default:
		c.noFunction(n, callee.Value)
		return nil
	}
	if len(n.Arguments) != 1 {
		c.report(n, "%s takes one argument and has %d", callee.Value, len(n.Arguments))
		return nil
	}
	if c.inside {
		c.report(n, "%s cannot stand inside another share, count or max", callee.Value)
		return nil
	}
	before := len(c.uses)
	c.inside = true
	each := c.argument(callee.Value, n.Arguments[0])
	c.inside = false
	if !slices.ContainsFunc(c.uses[before:], func(u use) bool { return !u.limit && !u.Stream }) && len(c.problems) == 0 {
		c.report(n, "%s is about features, and names no statistic of one", callee.Value)
	}
	over := overMembers(each, combine)
	c.aggregates = append(c.aggregates, aggregate{text: c.shown(n), eval: over})
	return over
}

func (c *compiler) argument(function string, node ast.Node) quantity {
	if function == "max" {
		return c.quantity(node)
	}
	holds := c.condition(node)
	return func(s *scope) float64 { return holds(s).number() }
}

func overMembers(each quantity, combine func(sum, top, known float64) float64) quantity {
	return func(s *scope) float64 {
		sum, top, known := 0.0, math.Inf(-1), 0
		for _, m := range s.members {
			v := each(&scope{feature: m.source, stream: s.stream, limit: m.limit})
			if math.IsNaN(v) {
				continue
			}
			sum, top, known = sum+v, max(top, v), known+1
		}
		if known == 0 || 2*known < len(s.members) {
			return math.NaN()
		}
		return combine(sum, top, float64(known))
	}
}

func (c *compiler) noFunction(at ast.Node, name string) {
	c.report(at, "there is no function %s; there are share(condition), count(condition), max(number) and delta(statistic, time)", name)
}
