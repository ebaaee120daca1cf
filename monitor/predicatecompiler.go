package monitor

import (
	"fmt"

	"driftwatch/rules"
)

// partsOfPredicate is all that a predicate can be made of.
const partsOfPredicate = `a predicate is made of fields, field("any name"), numbers, "texts", true, false, null, < <= > >= == !=, in [...], + - * /, && || !, and parentheses`

// predicateCompiler makes closures of the parser's nodes. After a problem those
// it returns are not usable, and are never run.
type predicateCompiler struct {
	fields  []string
	problem *predicateError // the first one
}

func (c *predicateCompiler) report(at *rules.Node, format string, args ...any) {
	if c.problem == nil {
		c.problem = &predicateError{Column: at.Column, Message: fmt.Sprintf(format, args...)}
	}
}

// condition compiles what must be a yes or no.
func (c *predicateCompiler) condition(n *rules.Node) condition {
	switch {
	case n.Kind == rules.NameNode && (n.Text == "true" || n.Text == "false"):
		always := answerOf(n.Text == "true")
		return func([]Value, []int) answer { return always }
	case n.Kind == rules.OperatorNode:
		switch n.Text {
		case "!", "not":
			of := c.condition(n.Parts[0])
			return func(row []Value, at []int) answer { return -of(row, at) }
		case "&&", "and":
			return both(c.condition(n.Parts[0]), c.condition(n.Parts[1]))
		case "||", "or":
			return either(c.condition(n.Parts[0]), c.condition(n.Parts[1]))
		case "in":
			return c.membership(n)
		case "<", "<=", ">", ">=", "==", "!=":
			return c.comparison(n)
		}
	}
	o := c.operand(n)
	if o.kind != aField {
		c.report(n, "%s is %s, and a yes or no is needed here; compare it, as in amount > 0", n, o.kind)
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
