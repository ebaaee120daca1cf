package rules

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/expr-lang/expr/ast"
)

// What an expression can be is found by going through the ways in which it can be
// true: each is a box, what every number that it names can be then. It is never
// said of an expression that it cannot be what it can: numbers are only taken to be
// bound by their ranges and by what they are compared with, and where there are more
// ways than mostBoxes, they can be anything.
type box map[string]interval

const mostBoxes = 64

// possible says of one rule what its expressions can be.
type possible struct {
	known   map[string]Statistic
	limit   interval
	members float64 // the most that count can be
}

// boxes are the ways in which n is true, or false; none: it never is.
func (p possible) boxes(n ast.Node, is bool) []box {
	switch n := n.(type) {
	case *ast.UnaryNode:
		return p.boxes(n.Node, !is)
	case *ast.BinaryNode:
		switch n.Operator {
		case "&&", "and":
			return p.join(n, is, is)
		case "||", "or":
			return p.join(n, is, !is)
		}
		return p.comparison(n, is)
	}
	return []box{{}}
}

// join takes both sides of n at once, or either.
func (p possible) join(n *ast.BinaryNode, is, both bool) []box {
	left, right := p.boxes(n.Left, is), p.boxes(n.Right, is)
	if !both {
		if all := slices.Concat(left, right); len(all) <= mostBoxes {
			return all
		}
		return []box{{}}
	}
	if len(left)*len(right) > mostBoxes {
		return []box{{}}
	}
	var all []box
	for _, a := range left {
		for _, b := range right {
			if at, ok := a.and(b); ok {
				all = append(all, at)
			}
		}
	}
	return all
}

// and is what is in both; false: nothing is.
func (a box) and(b box) (box, bool) {
	both := maps.Clone(a)
	for name, of := range b {
		if had, ok := both[name]; ok {
			of = of.and(had)
		}
		if of.empty() {
			return nil, false
		}
		both[name] = of
	}
	return both, true
}

func (p possible) comparison(n *ast.BinaryNode, is bool) []box {
	operator := n.Operator
	if !is {
		operator = map[string]string{"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}[operator]
	}
	turned := map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}[operator]
	left, right := p.value(n.Left), p.value(n.Right)
	left, right = left.where(operator, right), right.where(turned, left)
	if left.empty() || right.empty() {
		return nil
	}
	at := box{}
	for _, side := range []struct {
		node ast.Node
		in   interval
	}{{n.Left, left}, {n.Right, right}} {
		if named(side.node) {
			if had, ok := at[side.node.String()]; ok {
				side.in = side.in.and(had)
			}
			at[side.node.String()] = side.in
		}
	}
	return []box{at}
}

// named says that a side of a comparison is one number of the window.
func named(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return n.Value != limitName
	case *ast.MemberNode, *ast.CallNode:
		return true
	}
	return false
}

// value is what a number can be.
func (p possible) value(n ast.Node) interval {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return point(float64(n.Value))
	case *ast.FloatNode:
		return point(n.Value)
	case *ast.IdentifierNode:
		if n.Value == limitName {
			return p.limit
		}
		return p.known[n.Value].bounds()
	case *ast.MemberNode:
		return p.known[n.String()].bounds()
	case *ast.CallNode:
		return p.call(n)
	case *ast.UnaryNode:
		if n.Operator == "-" {
			return p.value(n.Node).minus()
		}
		return p.value(n.Node)
	case *ast.BinaryNode:
		left, right := p.value(n.Left), p.value(n.Right)
		switch n.Operator {
		case "+":
			return left.plus(right)
		case "-":
			return left.plus(right.minus())
		case "*":
			return left.times(right)
		case "/":
			return left.over(right)
		}
	}
	return anyNumber()
}

func (p possible) call(n *ast.CallNode) interval {
	of := n.Arguments[0]
	switch n.Callee.String() {
	case "delta":
		value := p.value(of)
		return value.plus(value.minus())
	case "max":
		return p.value(of)
	}
	all := map[string]float64{"share": 1, "count": p.members}[n.Callee.String()]
	if len(p.boxes(of, true)) == 0 {
		return point(0)
	}
	if len(p.boxes(of, false)) == 0 && n.Callee.String() == "share" {
		return point(all)
	}
	return interval{lo: 0, hi: all}
}

// bounds is what the statistic can be, as far as is known.
func (s Statistic) bounds() interval {
	if s.Min == 0 && s.Max == 0 {
		return anyNumber()
	}
	return interval{lo: s.Min, hi: s.Max}
}

// text writes an interval for people.
func (a interval) text() string {
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	switch {
	case math.IsInf(a.lo, -1) && math.IsInf(a.hi, 1):
		return "any number"
	case math.IsInf(a.hi, 1):
		return number(a.lo) + " or more"
	case math.IsInf(a.lo, -1):
		return number(a.hi) + " or less"
	case a.isPoint():
		return number(a.lo)
	}
	return fmt.Sprintf("%s to %s", number(a.lo), number(a.hi))
}
