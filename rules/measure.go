package rules

import (
	"cmp"
	"math"
	"time"

	"github.com/expr-lang/expr/ast"
)

// Measure says by which of its numbers one window of a series is worse than
// another: the first statistic, or share, count or max, that when compares. One
// about a feature goes before one about the stream: "rows > 500 && psi > 0.2" is
// about psi. The zero Measure knows none.
type Measure struct {
	Name string // in Transition.Stats
	Less bool   // less of it is worse
}

// Worse compares the measure as it is with what it was. A number is worse than
// none.
func (m Measure) Worse(is, was float64) bool {
	switch {
	case m.Name == "" || math.IsNaN(is):
		return false
	case math.IsNaN(was):
		return true
	case m.Less:
		return is < was
	}
	return is > was
}

// Firing tells of those series that fire, as Step tells of those that change, of
// which wanted says so by their numbers in a window that Step has judged.
func (e *Engine) Firing(at time.Time, samples []Sample, wanted func(Transition) bool) []Transition {
	data := viewOf(samples)
	var all []Transition
	for _, r := range e.rules {
		for i := range r.series {
			s := &r.series[i]
			if s.alert.state != Firing {
				continue
			}
			t := r.transition(s, at, s.alert, "")
			if t.Stats = r.values(r.scopeOf(s, data)); wanted(t) {
				all = append(all, r.tell(t, s, data))
			}
		}
	}
	return all
}

// measures takes down what a comparison says about being worse. Inside share,
// count and max it is about another feature each time.
func (c *compiler) measures(n *ast.BinaryNode) {
	if c.inside || n.Operator == "==" || n.Operator == "!=" {
		return
	}
	m := Measure{Less: n.Operator == "<" || n.Operator == "<="}
	stream, ok := false, false
	if m.Name, stream, ok = c.measured(n.Left); !ok {
		m.Name, stream, ok = c.measured(n.Right)
		m.Less = !m.Less
	}
	m.Less = m.Less != c.negated
	if first := c.measure.Name == ""; ok && (first || c.ofStream && !stream) {
		c.measure, c.ofStream = m, stream
	}
}

// measured names the number that a side of a comparison is.
func (c *compiler) measured(side ast.Node) (name string, stream, ok bool) {
	switch n := side.(type) {
	case *ast.IdentifierNode:
		st, known := c.known[n.Value]
		return cmp.Or(st.Measure, n.Value), st.Stream, known && n.Value != limitName
	case *ast.MemberNode:
		st, known := c.known[n.String()]
		return n.String(), st.Stream, known
	case *ast.CallNode:
		return c.shown(n), false, true
	}
	return "", false, false
}
