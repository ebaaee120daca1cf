package monitor

import (
	"math"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
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
func (c *predicateCompiler) operand(node ast.Node) operand {
	switch n := node.(type) {
	case *ast.IntegerNode:
		return operand{kind: aNumber, number: float64(n.Value)}
	case *ast.FloatNode:
		return operand{kind: aNumber, number: n.Value}
	case *ast.StringNode:
		return operand{kind: aText, text: n.Value}
	case *ast.BoolNode:
		return operand{kind: aBoolean, truth: n.Value}
	case *ast.NilNode:
		c.report(n, `nil is written null in a predicate; if it is a field's name, write field("nil")`)
		return operand{}
	case *ast.IdentifierNode:
		if n.Value == "null" {
			return operand{kind: aNull}
		}
	case *ast.UnaryNode:
		return c.sign(n)
	case *ast.BinaryNode:
		return c.arithmetic(n)
	}
	return c.read(c.path(node))
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

// path is the path of the field that a node names. Inside a name the parser
// allows neither '.' nor '\', so nothing has to be escaped.
func (c *predicateCompiler) path(node ast.Node) string {
	switch n := node.(type) {
	case *ast.IdentifierNode:
		return n.Value
	case *ast.MemberNode:
		// In a["b"] the member stands at the bracket, not at the name.
		name, ok := n.Property.(*ast.StringNode)
		if ok && !n.Optional && n.Location() == name.Location() {
			return c.path(n.Node) + "." + name.Value
		}
		c.report(n, `a field inside an object is written card.type, or field("card.any name"); there is no other way into a value`)
		return ""
	case *ast.CallNode:
		if callee, ok := n.Callee.(*ast.IdentifierNode); ok && callee.Value == "field" {
			return c.named(n)
		}
	}
	c.report(node, "%s cannot stand here; %s", node, partsOfPredicate)
	return ""
}

// named is the path in field("path").
func (c *predicateCompiler) named(n *ast.CallNode) string {
	if len(n.Arguments) == 1 {
		if path, ok := n.Arguments[0].(*ast.StringNode); ok && path.Value != "" {
			if strings.Contains(pathEscapes.Replace(path.Value), `\`) {
				c.report(path, `field %q has a '\' that escapes nothing: inside a key write \. for '.' and \\ for '\', and each '\' twice within quotes`, path.Value)
			}
			return path.Value
		}
	}
	c.report(n, `field takes the name of one field in quotes, as in field("total price")`)
	return ""
}

// pathEscapes takes all that is well escaped out of a path.
var pathEscapes = strings.NewReplacer(`\\`, "", `\.`, "")

func (c *predicateCompiler) sign(n *ast.UnaryNode) operand {
	o := c.operand(n.Node)
	switch n.Operator {
	case "+":
		if o.kind == aNumber {
			return o
		}
		return operand{kind: aResult, result: c.quantity(n.Node, o)}
	case "-":
		if o.kind == aNumber {
			return operand{kind: aNumber, number: -o.number}
		}
		of := c.quantity(n.Node, o)
		return operand{kind: aResult, result: func(row []Value, at []int) float64 { return -of(row, at) }}
	}
	c.report(n, "%s is a yes or no, and a value is needed here; ! and not take the nearest operand only, so write !(a == b)", n)
	return operand{}
}

func (c *predicateCompiler) arithmetic(n *ast.BinaryNode) operand {
	switch n.Operator {
	case "+", "-", "*", "/":
	case "&&", "and", "||", "or", "<", "<=", ">", ">=", "==", "!=", "in":
		c.report(n, "%s is a yes or no, and a value is needed here; put conditions together with && || !", n)
		return operand{}
	default:
		c.report(n, "there is no operator %s here; %s", n.Operator, partsOfPredicate)
		return operand{}
	}
	left, right := c.operand(n.Left), c.operand(n.Right)
	if n.Operator == "/" && right.kind == aNumber && right.number == 0 {
		c.report(n, "%s divides by zero, which has no result", n)
	}
	result := calculation(n.Operator, c.quantity(n.Left, left), c.quantity(n.Right, right))
	if c.problem != nil || left.kind != aNumber || right.kind != aNumber {
		return operand{kind: aResult, result: result}
	}
	number := result(nil, nil)
	if math.IsNaN(number) {
		c.report(n, "%s has no result", n)
	}
	return operand{kind: aNumber, number: number}
}

// quantity is an operand, made of node, as a number.
func (c *predicateCompiler) quantity(node ast.Node, o operand) quantity {
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
	c.report(node, "%s is %s, and a number is needed here", node, o.kind)
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
