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
	c.bound(n)
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
	name, limit := above(n)
	noise, ok := c.known["psi_noise"]
	if !ok || name == nil || name.Value != "psi" {
		return func(*scope) bool { return false }
	}
	level, bound := c.statistic(noise, name.Location().From+1), c.quantity(limit)
	return func(s *scope) bool { return level(s) > bound(s) }
}

// above gives the sides of a comparison that asks whether a name is larger than
// a number or limit; nil: it asks something else.
func above(n *ast.BinaryNode) (name *ast.IdentifierNode, limit ast.Node) {
	larger, smaller := n.Left, n.Right
	switch n.Operator {
	case ">", ">=":
	case "<", "<=":
		larger, smaller = smaller, larger
	default:
		return nil, nil
	}
	name, ok := larger.(*ast.IdentifierNode)
	if !ok || !isBound(smaller) {
		return nil, nil
	}
	return name, smaller
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
