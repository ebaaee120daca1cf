package rules

import (
	"errors"
	"fmt"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
)

// NodeKind is what a part of an expression is.
type NodeKind uint8

// The kinds of a Node.
const (
	OtherNode    NodeKind = iota // what no language here has: a ? b : c, {a: 1}, let, ...
	NumberNode                   // Number
	TextNode                     // Text, without its quotes
	NameNode                     // Text; true, false and nil are names, too
	MemberNode                   // Parts[0].Text
	ElementNode                  // Parts[0][Parts[1]]
	CallNode                     // Text(Parts...)
	ListNode                     // [Parts...]
	OperatorNode                 // Text before its only part, or between two
)

// Node is a part of an expression that is read, and has no meaning yet: the syntax
// of when and clear for others that compile a small language to closures.
type Node struct {
	Kind   NodeKind
	Text   string
	Number float64
	Parts  []*Node
	Column int // in characters from 1

	source ast.Node
}

// String is the part as it could be written.
func (n *Node) String() string { return n.source.String() }

// ReadExpression reads the syntax of an expression. A chain of comparisons, a < b
// < c, is a < b && b < c, each with its own b.
func ReadExpression(text string) (*Node, *Problem) {
	if len(text) > maxExpressionBytes {
		return nil, &Problem{Message: fmt.Sprintf("the expression has %d bytes, more than %d; split it", len(text), maxExpressionBytes)}
	}
	tree, err := parser.ParseWithConfig(text, &conf.Config{MaxNodes: maxExpressionNodes, DisableIfOperator: true})
	if err != nil {
		return nil, unreadable(text, err)
	}
	var r nodeReader
	root := r.node(tree.Node)
	if r.nodes > maxExpressionNodes {
		return nil, tooManyParts()
	}
	return root, nil
}

func tooManyParts() *Problem {
	return &Problem{Message: fmt.Sprintf("the expression has more than %d parts; split it", maxExpressionNodes)}
}

// unreadable says what the parser stumbled over, which in other languages is
// often right.
func unreadable(text string, err error) *Problem {
	problem := &Problem{Message: "the expression cannot be read: " + err.Error()}
	var at *file.Error
	if !errors.As(err, &at) {
		return problem
	}
	problem.Column = at.From + 1
	problem.Message = "the expression cannot be read: " + at.Message
	switch {
	case strings.Contains(at.Message, "maximum allowed nodes"):
		return tooManyParts()
	case strings.HasSuffix(at.Message, `Operator("=")`):
		problem.Message = "= assigns, which an expression does not do; compare with =="
	case strings.HasSuffix(at.Message, `Operator("&")`):
		problem.Message = "& is written && in an expression"
	case strings.Contains(strings.ReplaceAll(text, "||", ""), "|"):
		problem.Message += "; or is written ||, not |"
	case strings.HasSuffix(at.Message, "token EOF"):
		problem.Message = "the expression ends too early"
	}
	return problem
}

// nodeReader counts the nodes it makes. The parser's limit does not bound them: it
// makes a chain's middle once and uses it twice, so that chains within chains
// double, and reading stops beyond the limit.
type nodeReader struct{ nodes int }

func (r *nodeReader) node(from ast.Node) *Node {
	n := &Node{Column: from.Location().From + 1, source: from}
	if r.nodes++; r.nodes > maxExpressionNodes {
		return n
	}
	switch f := from.(type) {
	case *ast.IntegerNode:
		n.Kind, n.Number = NumberNode, float64(f.Value)
	case *ast.FloatNode:
		n.Kind, n.Number = NumberNode, f.Value
	case *ast.StringNode:
		n.Kind, n.Text = TextNode, f.Value
	case *ast.BoolNode, *ast.NilNode:
		n.Kind, n.Text = NameNode, from.String()
	case *ast.IdentifierNode:
		n.Kind, n.Text = NameNode, f.Value
	case *ast.MemberNode:
		r.member(n, f)
	case *ast.CallNode:
		if callee, ok := f.Callee.(*ast.IdentifierNode); ok {
			n.Kind, n.Text, n.Parts = CallNode, callee.Value, r.all(f.Arguments...)
		}
	case *ast.ArrayNode:
		n.Kind, n.Parts = ListNode, r.all(f.Nodes...)
	case *ast.UnaryNode:
		n.Kind, n.Text, n.Parts = OperatorNode, f.Operator, r.all(f.Node)
	case *ast.BinaryNode:
		n.Kind, n.Text, n.Parts = OperatorNode, f.Operator, r.all(f.Left, f.Right)
	}
	return n
}

func (r *nodeReader) member(n *Node, from *ast.MemberNode) {
	name, ok := from.Property.(*ast.StringNode)
	switch {
	case from.Optional:
	case ok && from.Location() == name.Location(): // in a["b"] the member stands at the bracket
		n.Kind, n.Text, n.Parts = MemberNode, name.Value, r.all(from.Node)
	default:
		n.Kind, n.Parts = ElementNode, r.all(from.Node, from.Property)
	}
}

func (r *nodeReader) all(from ...ast.Node) []*Node {
	nodes := make([]*Node, len(from))
	for i, f := range from {
		nodes[i] = r.node(f)
	}
	return nodes
}
