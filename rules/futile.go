package rules

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/expr-lang/expr/ast"
)

// Futile names the rules whose when can never be true, whatever the numbers are,
// because it contradicts itself or asks for more than there can be; such a rule
// never fires. It warns of a part of a when that does nothing therefore, of a limit
// with which it is so, of a clear that can never be true, and of a when that always
// is.
func (e *Engine) Futile() []Problem {
	var problems []Problem
	for _, r := range e.rules {
		f := futile{rule: r, possible: r.possible()}
		f.whole()
		problems = append(problems, f.problems...)
	}
	return problems
}

// possible is what the rule's numbers can be.
func (r *rule) possible() possible {
	p := possible{known: map[string]Statistic{}, limit: anyNumber(), members: math.Inf(1)}
	for _, u := range r.uses() {
		if !u.limit {
			p.known[u.Name] = u.Statistic
		}
	}
	if len(r.members) > 0 {
		p.members = float64(len(r.members))
	}
	limits := slices.Collect(maps.Values(r.Limits))
	if len(r.members) > 0 {
		limits = nil
		for _, name := range r.members {
			limits = append(limits, r.limit(name))
		}
	}
	if len(limits) > 0 && !slices.ContainsFunc(limits, math.IsNaN) {
		p.limit = interval{lo: slices.Min(limits), hi: slices.Max(limits)}
	}
	return p
}

// futile looks at one rule.
type futile struct {
	rule *rule
	possible
	problems []Problem
}

func (f *futile) report(key string, at ast.Node, warning bool, format string, args ...any) {
	column := 0
	if at != nil {
		column = at.Location().From + 1
	}
	f.problems = append(f.problems, Problem{Path: f.rule.path + "." + key, Column: column, Warning: warning, Message: fmt.Sprintf(format, args...)})
}

func (f *futile) whole() {
	when := f.rule.when
	switch {
	case len(f.boxes(when.tree, true)) == 0:
		at, why := f.culprit(when, when.tree)
		f.report("when", at, false, "%s, so the rule never fires", why)
		return
	case len(f.boxes(when.tree, false)) == 0:
		f.report("when", when.tree, true, "it is true whatever the numbers are, so the rule fires all the time")
	}
	f.parts(when, when.tree)
	f.limits()
	if clear := f.rule.clear; clear.eval != nil && len(f.boxes(clear.tree, true)) == 0 {
		at, why := f.culprit(clear, clear.tree)
		f.report("clear", at, true, "%s, so it ends no alert", why)
	}
}

// culprit is the smallest part of an expression that is never true, of which that is
// so, and why.
func (f *futile) culprit(e expression, n ast.Node) (ast.Node, string) {
	of, ok := n.(*ast.BinaryNode)
	if !ok {
		return n, fmt.Sprintf("%s is never true", e.shown(n))
	}
	switch of.Operator {
	case "&&", "and":
		for _, side := range []ast.Node{of.Left, of.Right} {
			if len(f.boxes(side, true)) == 0 {
				return f.culprit(e, side)
			}
		}
		return n, fmt.Sprintf("%s and %s are never true at once", e.shown(of.Left), e.shown(of.Right))
	case "||", "or":
		return f.culprit(e, of.Left)
	}
	for _, side := range []ast.Node{of.Left, of.Right} {
		if named(side) {
			return n, fmt.Sprintf("%s is never true: %s is %s", e.shown(n), e.shown(side), f.value(side).text())
		}
	}
	return n, fmt.Sprintf("%s is never true", e.shown(n))
}

// parts warns of the sides of an or that are never true.
func (f *futile) parts(e expression, n ast.Node) {
	of, ok := n.(*ast.BinaryNode)
	if !ok {
		return
	}
	for _, side := range []ast.Node{of.Left, of.Right} {
		switch of.Operator {
		case "||", "or":
			if len(f.boxes(side, true)) == 0 {
				at, why := f.culprit(e, side)
				f.report("when", at, true, "%s, so this part of the rule does nothing", why)
				continue
			}
		case "&&", "and":
		default:
			return
		}
		f.parts(e, side)
	}
}

// limits warns of those with which the rule never fires for a feature.
func (f *futile) limits() {
	for _, name := range slices.Sorted(maps.Keys(f.rule.Limits)) {
		with := f.possible
		with.limit = point(f.rule.Limits[name])
		if len(with.boxes(f.rule.when.tree, true)) == 0 {
			f.report("limits."+name, nil, true, "with a limit of %s when can never be true, so the rule never fires for %s",
				with.limit.text(), cmp.Or(map[string]string{"default": "features without one of their own"}[name], name))
		}
	}
}
