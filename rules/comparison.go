package rules

import (
	"math"

	"github.com/expr-lang/expr/ast"
)

// comparison compiles a comparison of two numbers: unknown where one is NaN.
func (c *compiler) comparison(n *ast.BinaryNode) condition {
	left, right, tooNoisy := c.quantity(n.Left), c.quantity(n.Right), c.tooNoisy(n)
	holds := relation(n.Operator)
	c.measures(n)
	return func(s *scope) truth {
		a, b := left(s), right(s)
		if math.IsNaN(a) || math.IsNaN(b) || tooNoisy(s) {
			return unknown
		}
		return truthOf(holds(a, b))
	}
}

func relation(operator string) func(a, b float64) bool {
	switch operator {
	case "<":
		return func(a, b float64) bool { return a < b }
	case "<=":
		return func(a, b float64) bool { return a <= b }
	case ">":
		return func(a, b float64) bool { return a > b }
	case ">=":
		return func(a, b float64) bool { return a >= b }
	case "==":
		return func(a, b float64) bool { return a == b }
	}
	return func(a, b float64) bool { return a != b }
}

// tooNoisy compiles the one question of sufficiency a comparison asks by
// itself. PSI has no fixed scale: without any drift it is psi_noise large in
// one window of a hundred. So psi > c, for a c that is a number or limit, is
// unknown where psi_noise > c. Nothing else is inferred.
func (c *compiler) tooNoisy(n *ast.BinaryNode) func(*scope) bool {
	never := func(*scope) bool { return false }
	larger, smaller := n.Left, n.Right
	switch n.Operator {
	case ">", ">=":
	case "<", "<=":
		larger, smaller = smaller, larger
	default:
		return never
	}
	noise, ok := c.known["psi_noise"]
	if name, isName := larger.(*ast.IdentifierNode); !ok || !isName || name.Value != "psi" || !isBound(smaller) {
		return never
	}
	level, bound := c.statistic(noise, larger.Location().From+1), c.quantity(smaller)
	return func(s *scope) bool { return level(s) > bound(s) }
}

func isBound(node ast.Node) bool {
	switch n := node.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		return true
	case *ast.IdentifierNode:
		return n.Value == limitName
	}
	return false
}
