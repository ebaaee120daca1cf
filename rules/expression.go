package rules

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
)

// An expression is checked and run in time bounded by these. The length also
// bounds the parser's recursion: parentheses are not nodes.
const (
	maxExpressionBytes = 4096
	maxExpressionNodes = 256
)

// limitName is the name that stands for the rule's limit for a feature.
const limitName = "limit"

// percentSign is a percent sign that stands for hundredths.
var percentSign = regexp.MustCompile(`\d\s*%\s*($|[^\s\w(.])`)

type (
	condition func(*scope) truth
	quantity  func(*scope) float64
)

// expression is a compiled when or clear. Expr's own parser reads it; its
// checker and virtual machine are left out, because a comparison there is true
// or false also where a side is NaN, and its builtins mean something else by
// max and count. Only a small language is left, so closures over the few node
// kinds are all it takes, and three-valued logic is in their very types.
type expression struct {
	eval       condition
	tree       ast.Node
	hidden     map[string]string // the times in tree, by the names that stand for them
	uses       []use
	aggregates []aggregate
	measure    Measure
	bounds     []bound
}

// use is a name in an expression.
type use struct {
	Statistic
	limit  bool          // it is the name limit, not a statistic
	inside bool          // in share, count or max: about each feature in turn
	lag    time.Duration // in delta: how far back; else 0
	column int
}

// aggregate is one share, count, max or delta, with its text as it is shown.
type aggregate struct {
	text  string
	eval  quantity
	delta bool
}

// compiler compiles one expression; problems are collected, not the first only.
type compiler struct {
	path     string
	known    map[string]Statistic
	nearest  func(string) string
	inside   bool
	negated  bool // under an odd number of !
	ofStream bool // the measure is about the stream
	problems []Problem
	expression
}

func (c *compiler) compile(text string) {
	if len(text) > maxExpressionBytes {
		c.problems = append(c.problems, Problem{Path: c.path, Message: fmt.Sprintf("the expression has %d bytes, more than %d; split the rule", len(text), maxExpressionBytes)})
		return
	}
	// Without this the parser takes count's argument for a list and a predicate.
	own := conf.FunctionsTable{"share": &builtin.Function{}, "count": &builtin.Function{}, "max": &builtin.Function{}}
	var parsed string
	parsed, c.hidden = hideLags(text)
	tree, err := parser.ParseWithConfig(parsed, &conf.Config{MaxNodes: maxExpressionNodes, Functions: own})
	if err != nil {
		c.syntax(text, err)
		return
	}
	var parts nodeReader // what is compiled, chains within chains unfolded
	if parts.node(tree.Node); parts.nodes > maxExpressionNodes {
		c.tooMany()
		return
	}
	c.tree = tree.Node
	c.eval = c.condition(tree.Node)
	if len(c.uses) == 0 && len(c.problems) == 0 {
		c.report(tree.Node, "the expression names no statistic, so its answer never changes")
	}
}

func (c *compiler) tooMany() {
	problem := tooManyParts()
	problem.Path = c.path
	c.problems = append(c.problems, *problem)
}

func (c *compiler) syntax(text string, err error) {
	problem := Problem{Path: c.path, Message: "the expression cannot be read: " + err.Error()}
	var at *file.Error
	if errors.As(err, &at) {
		if strings.Contains(at.Message, "maximum allowed nodes") {
			c.tooMany()
			return
		}
		problem.Column = at.From + 1
		problem.Message = "the expression cannot be read: " + at.Message
		if at.From < len(text) && text[at.From] == '=' {
			problem.Message = "= assigns, which a rule does not do; compare with =="
		}
	}
	if percentSign.MatchString(text) {
		problem.Message = "the expression cannot be read: shares are written as numbers, 0.05 for 5 %"
	}
	c.problems = append(c.problems, problem)
}

func (c *compiler) report(at ast.Node, format string, args ...any) {
	c.problems = append(c.problems, Problem{Path: c.path, Column: at.Location().From + 1, Message: c.unhide(fmt.Sprintf(format, args...))})
}

// condition compiles what must be a yes or no. After a problem the closures it
// returns are not usable; they are never run.
func (c *compiler) condition(node ast.Node) condition {
	switch n := node.(type) {
	case *ast.UnaryNode:
		if n.Operator == "!" || n.Operator == "not" {
			c.negated = !c.negated
			of := c.condition(n.Node)
			c.negated = !c.negated
			return func(s *scope) truth { return -of(s) }
		}
	case *ast.BinaryNode:
		switch n.Operator {
		case "&&", "and":
			left, right := c.condition(n.Left), c.condition(n.Right)
			return func(s *scope) truth { return min(left(s), right(s)) }
		case "||", "or":
			left, right := c.condition(n.Left), c.condition(n.Right)
			return func(s *scope) truth { return max(left(s), right(s)) }
		case "<", "<=", ">", ">=", "==", "!=":
			return c.comparison(n)
		}
	}
	before := len(c.problems)
	if c.quantity(node); len(c.problems) == before {
		c.report(node, "%s is a number, and a yes or no is needed here; compare it, as in psi_lo > 0.1", node)
	}
	return nil
}

// quantity compiles what must be a number.
func (c *compiler) quantity(node ast.Node) quantity {
	switch n := node.(type) {
	case *ast.IntegerNode:
		return func(*scope) float64 { return float64(n.Value) }
	case *ast.FloatNode:
		return func(*scope) float64 { return n.Value }
	case *ast.IdentifierNode:
		return c.name(n, n.Value)
	case *ast.MemberNode: // check_rate.NAME
		return c.name(n, n.String())
	case *ast.CallNode:
		return c.call(n)
	case *ast.BuiltinNode:
		c.noFunction(n, n.Name)
		return nil
	case *ast.UnaryNode:
		return c.sign(n)
	case *ast.BinaryNode:
		return c.arithmetic(n)
	}
	c.report(node, "%s cannot stand here; a rule is made of statistics, limit, numbers, + - * /, comparisons, && || !, parentheses, and share, count, max, delta", node)
	return nil
}

func (c *compiler) sign(n *ast.UnaryNode) quantity {
	switch n.Operator {
	case "-":
		of := c.quantity(n.Node)
		return func(s *scope) float64 { return -of(s) }
	case "+":
		return c.quantity(n.Node)
	}
	c.notNumber(n)
	return nil
}

func (c *compiler) arithmetic(n *ast.BinaryNode) quantity {
	var apply func(a, b float64) float64
	switch n.Operator {
	case "+":
		apply = func(a, b float64) float64 { return a + b }
	case "-":
		apply = func(a, b float64) float64 { return a - b }
	case "*":
		apply = func(a, b float64) float64 { return a * b }
	case "/":
		apply = divide
	case "&&", "and", "||", "or", "<", "<=", ">", ">=", "==", "!=":
		c.notNumber(n)
		return nil
	default:
		c.report(n, "there is no operator %s here; use + - * /, < <= > >= == !=, && || !", n.Operator)
		return nil
	}
	left, right := c.quantity(n.Left), c.quantity(n.Right)
	return func(s *scope) float64 { return apply(left(s), right(s)) }
}

func (c *compiler) notNumber(n ast.Node) {
	c.report(n, "%s is a yes or no, and a number is needed here", n)
}

// divide says nothing about a part of nothing: with +Inf instead, a ratio over
// an empty window would fire.
func divide(a, b float64) float64 {
	if b == 0 {
		return math.NaN()
	}
	return a / b
}

// name compiles a statistic, or limit.
func (c *compiler) name(n ast.Node, name string) quantity {
	if name == limitName {
		c.uses = append(c.uses, use{limit: true, inside: c.inside, column: n.Location().From + 1})
		return func(s *scope) float64 { return s.limit }
	}
	st, ok := c.known[name]
	if !ok {
		c.report(n, "%s", unknownStatistic(name, c.nearest))
		return nil
	}
	return c.statistic(st, n.Location().From+1)
}

func (c *compiler) statistic(st Statistic, column int) quantity {
	c.uses = append(c.uses, use{Statistic: st, inside: c.inside, column: column})
	return func(s *scope) float64 { return s.value(st) }
}

// unknownStatistic says so, with the nearest known name where there is one.
func unknownStatistic(name string, nearest func(string) string) string {
	if near := nearest(name); near != "" {
		return fmt.Sprintf("there is no statistic %q; did you mean %q?", name, near)
	}
	return fmt.Sprintf("there is no statistic %q; `driftwatch stats` lists all", name)
}
