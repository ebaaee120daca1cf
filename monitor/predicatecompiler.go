package monitor

import (
	"fmt"

	"github.com/expr-lang/expr/ast"
)

// partsOfPredicate is all that a predicate can be made of.
const partsOfPredicate = `a predicate is made of fields, field("any name"), numbers, "texts", true, false, null, < <= > >= == !=, in [...], + - * /, && || !, and parentheses`

// predicateCompiler makes closures of the parser's nodes. After a problem those
// it returns are not usable, and are never run.
type predicateCompiler struct {
	fields  []string
	problem *predicateError // the first one
}

func (c *predicateCompiler) report(at ast.Node, format string, args ...any) {
	if c.problem == nil {
		c.problem = &predicateError{Column: at.Location().From + 1, Message: fmt.Sprintf(format, args...)}
	}
}

// condition compiles what must be a yes or no.
func (c *predicateCompiler) condition(node ast.Node) condition {
	switch n := node.(type) {
	case *ast.BoolNode:
		always := answerOf(n.Value)
		return func([]Value, []int) answer { return always }
	case *ast.UnaryNode:
		if n.Operator == "!" || n.Operator == "not" {
			of := c.condition(n.Node)
			return func(row []Value, at []int) answer { return -of(row, at) }
		}
	case *ast.BinaryNode:
		switch n.Operator {
		case "&&", "and":
			return both(c.condition(n.Left), c.condition(n.Right))
		case "||", "or":
			return either(c.condition(n.Left), c.condition(n.Right))
		case "in":
			return c.membership(n)
		case "<", "<=", ">", ">=", "==", "!=":
			return c.comparison(n)
		}
	}
	o := c.operand(node)
	if o.kind != aField {
		c.report(node, "%s is %s, and a yes or no is needed here; compare it, as in amount > 0", node, o.kind)
	}
	return isTrue(o.field)
}

func both(left, right condition) condition {
	return func(row []Value, at []int) answer {
		a := left(row, at)
		if a == no {
			return no
		}
		return min(a, right(row, at))
	}
}

func either(left, right condition) condition {
	return func(row []Value, at []int) answer {
		a := left(row, at)
		if a == yes {
			return yes
		}
		return max(a, right(row, at))
	}
}

func isTrue(field int) condition {
	return func(row []Value, at []int) answer {
		v := &row[at[field]]
		if v.Type != Bool {
			return unknown
		}
		return answerOf(v.Num != 0)
	}
}
