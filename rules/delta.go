package rules

import (
	"cmp"
	"regexp"
	"time"

	"github.com/expr-lang/expr/ast"
)

// delta(statistic, 1h) is a statistic now less that of the window that ended so
// much earlier. It is undefined where either is: a change is known only from two
// numbers that are.

// A lag is no literal of the expression language. Before the text is parsed its
// first digit becomes a letter, which makes a name of it and leaves all columns as
// they are.
var (
	lagText  = regexp.MustCompile(`(,\s*)(\d)([\da-z]*[a-z])(\s*\))`)
	anyNames = regexp.MustCompile(`\b[A-J][\da-z]*[a-z]\b`)
)

// hideLags also returns what it has hidden, by the name.
func hideLags(text string) (string, map[string]string) {
	hidden := map[string]string{}
	return lagText.ReplaceAllStringFunc(text, func(m string) string {
		p := lagText.FindStringSubmatch(m)
		name := string(p[2][0]-'0'+'A') + p[3]
		hidden[name] = p[2] + p[3]
		return p[1] + name + p[4]
	}), hidden
}

// shown is a part of the expression as it was written.
func (e *expression) shown(n ast.Node) string { return e.unhide(n.String()) }

// unhide undoes hideLags.
func (e *expression) unhide(text string) string {
	return anyNames.ReplaceAllStringFunc(text, func(name string) string { return cmp.Or(e.hidden[name], name) })
}

// delta compiles the call.
func (c *compiler) delta(n *ast.CallNode) quantity {
	if len(n.Arguments) != 2 {
		c.report(n, "delta takes a statistic and a time, as in delta(psi, 1h)")
		return nil
	}
	name, ok := n.Arguments[0].(*ast.IdentifierNode)
	written, isName := n.Arguments[1].(*ast.IdentifierNode)
	if !ok || name.Value == limitName || !isName || c.hidden[written.Value] == "" {
		c.report(n, "delta takes a statistic and a time, as in delta(psi, 1h)")
		return nil
	}
	var lag Duration
	if err := lag.UnmarshalText([]byte(c.hidden[written.Value])); err != nil || lag == 0 {
		c.report(written, "%s is no time to look back; write one such as 1h or 7d", c.hidden[written.Value])
		return nil
	}
	st, ok := c.known[name.Value]
	if !ok {
		c.report(name, "%s", unknownStatistic(name.Value, c.nearest))
		return nil
	}
	now := c.statistic(st, name.Location().From+1)
	c.uses[len(c.uses)-1].lag = time.Duration(lag)
	change := func(s *scope) float64 { return now(s) - s.before(time.Duration(lag)).value(st) }
	if !c.inside {
		c.aggregates = append(c.aggregates, aggregate{text: c.shown(n), eval: change, delta: true})
	}
	return change
}

// before is the scope of the window that ended so much earlier.
func (s *scope) before(lag time.Duration) *scope {
	of := func(s source) source {
		if s.past == nil {
			return source{}
		}
		return s.past(lag)
	}
	return &scope{feature: of(s.feature), stream: of(s.stream), limit: s.limit}
}
