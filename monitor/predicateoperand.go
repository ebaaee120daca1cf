package monitor

import (
	"math"
	"slices"
	"strings"

	"driftwatch/rules"
)

// operandKind is what can be known of an operand before there is a record. The
// order is that of comparison: what has to be read stands before the constants.
type operandKind uint8

const (
	aField operandKind = iota
	aResult
	aNumber
	aText
	aBoolean
	aNull
)

func (k operandKind) String() string {
	return [...]string{"a field", "a number", "a number", "a text", "a yes or no", "null"}[k]
}

// operand is one side of a comparison or calculation.
type operand struct {
	kind   operandKind
	field  int      // of aField: its place among the predicate's fields
	result quantity // of aResult
	number float64  // of aNumber
	text   string   // of aText
	truth  bool     // of aBoolean
}

// quantity is a number from a row, or NaN where that is not known.
type quantity func(row []Value, at []int) float64

// operand compiles what must be a value.
func (c *predicateCompiler) operand(n *rules.Node) operand {
	switch n.Kind {
	case rules.NumberNode:
		return operand{kind: aNumber, number: n.Number}
	case rules.TextNode:
		return operand{kind: aText, text: n.Text}
	case rules.NameNode:
		switch n.Text {
		case "true", "false":
			return operand{kind: aBoolean, truth: n.Text == "true"}
		case "null":
			return operand{kind: aNull}
		}
	case rules.OperatorNode:
		if len(n.Parts) == 1 {
			return c.sign(n)
		}
		return c.arithmetic(n)
	}
	return c.read(c.path(n))
}

func (c *predicateCompiler) read(path string) operand {
	if c.problem != nil {
		return operand{}
	}
	i := slices.Index(c.fields, path)
	if i < 0 {
		i = len(c.fields)
		c.fields = append(c.fields, path)
	}
	return operand{kind: aField, field: i}
}

// path is the path of the field that a node names. Inside a name there is neither
// '.' nor '\', so nothing has to be escaped.
func (c *predicateCompiler) path(n *rules.Node) string {
	switch {
	case n.Kind == rules.NameNode && n.Text == "nil":
		c.report(n, `nil is written null in a predicate; if it is a field's name, write field("nil")`)
	case n.Kind == rules.NameNode:
		return n.Text
	case n.Kind == rules.MemberNode:
		return c.path(n.Parts[0]) + "." + n.Text
	case n.Kind == rules.CallNode && n.Text == "field":
		return c.named(n)
	case n.Kind == rules.ElementNode:
		c.report(n, `a field inside an object is written card.type, or field("card.any name"); there is no other way into a value`)
	default:
		c.report(n, "%s cannot stand here; %s", n, partsOfPredicate)
	}
	return ""
}

// named is the path in field("path").
func (c *predicateCompiler) named(n *rules.Node) string {
	if len(n.Parts) != 1 || n.Parts[0].Kind != rules.TextNode || n.Parts[0].Text == "" {
		c.report(n, `field takes the name of one field in quotes, as in field("total price")`)
		return ""
	}
	path := n.Parts[0].Text
	if strings.Contains(pathEscapes.Replace(path), `\`) {
		c.report(n.Parts[0], `field %q has a '\' that escapes nothing: inside a key write \. for '.' and \\ for '\', and each '\' twice within quotes`, path)
	}
	return path
}

// pathEscapes takes all that is well escaped out of a path.
var pathEscapes = strings.NewReplacer(`\\`, "", `\.`, "")

func (c *predicateCompiler) sign(n *rules.Node) operand {
	o := c.operand(n.Parts[0])
	switch n.Text {
	case "+":
		if o.kind == aNumber {
			return o
		}
		return operand{kind: aResult, result: c.quantity(n.Parts[0], o)}
	case "-":
		if o.kind == aNumber {
			return operand{kind: aNumber, number: -o.number}
		}
		of := c.quantity(n.Parts[0], o)
		return operand{kind: aResult, result: func(row []Value, at []int) float64 { return -of(row, at) }}
	}
	c.report(n, "%s is a yes or no, and a value is needed here; ! and not take the nearest operand only, so write !(a == b)", n)
	return operand{}
}

func (c *predicateCompiler) arithmetic(n *rules.Node) operand {
	switch n.Text {
	case "+", "-", "*", "/":
	case "&&", "and", "||", "or", "<", "<=", ">", ">=", "==", "!=", "in":
		c.report(n, "%s is a yes or no, and a value is needed here; put conditions together with && || !", n)
		return operand{}
	default:
		c.report(n, "there is no operator %s here; %s", n.Text, partsOfPredicate)
		return operand{}
	}
	left, right := c.operand(n.Parts[0]), c.operand(n.Parts[1])
	if n.Text == "/" && right.kind == aNumber && right.number == 0 {
		c.report(n, "%s divides by zero, which has no result", n)
	}
	result := calculation(n.Text, c.quantity(n.Parts[0], left), c.quantity(n.Parts[1], right))
	if c.problem != nil || left.kind != aNumber || right.kind != aNumber {
		return operand{kind: aResult, result: result}
	}
	number := result(nil, nil)
	if math.IsNaN(number) {
		c.report(n, "%s has no result", n)
	}
	return operand{kind: aNumber, number: number}
}

// quantity is an operand, made of n, as a number.
func (c *predicateCompiler) quantity(n *rules.Node, o operand) quantity {
	switch o.kind {
	case aField:
		return func(row []Value, at []int) float64 {
			v := &row[at[o.field]]
			if v.Type != Number {
				return math.NaN()
			}
			return v.Num
		}
	case aResult:
		return o.result
	case aNumber:
		return func([]Value, []int) float64 { return o.number }
	}
	c.report(n, "%s is %s, and a number is needed here", n, o.kind)
	return nil
}

func calculation(operator string, left, right quantity) quantity {
	switch operator {
	case "+":
		return func(row []Value, at []int) float64 { return left(row, at) + right(row, at) }
	case "-":
		return func(row []Value, at []int) float64 { return left(row, at) - right(row, at) }
	case "*":
		return func(row []Value, at []int) float64 { return left(row, at) * right(row, at) }
	}
	return func(row []Value, at []int) float64 {
		by := right(row, at)
		if by == 0 {
			return math.NaN()
		}
		return left(row, at) / by
	}
}
