package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"driftwatch/rules"
)

// outline is a node's kind, what it says, where it stands, and its parts.
func outline(n *rules.Node) string {
	kind := [...]string{"other", "number", "text", "name", "member", "element", "call", "list", "operator"}[n.Kind]
	said := n.Text
	if n.Kind == rules.NumberNode {
		said = fmt.Sprint(n.Number)
	}
	parts := make([]string, len(n.Parts))
	for i, p := range n.Parts {
		parts[i] = outline(p)
	}
	return fmt.Sprintf("%s:%s@%d(%s)", kind, said, n.Column, strings.Join(parts, " "))
}

func TestReadExpression(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`ä.b >= -1.5`, `operator:>=@5(member:b@3(name:ä@1()) operator:-@8(number:1.5@9()))`},
		{`not f("x", true) and nil`, `operator:and@18(operator:not@1(call:f@5(text:x@7() name:true@12())) name:nil@22())`},
		{`0 < a < 1`, `operator:&&@7(operator:<@3(number:0@1() name:a@5()) operator:<@7(name:a@5() number:1@9()))`},
		{`a not in [1]`, `operator:not@7(operator:in@7(name:a@1() list:@10(number:1@11())))`},
		{`a["b"]`, `element:@2(name:a@1() text:b@3())`},
		{`a?.b`, `other:@4()`},
		{`a.b()`, `other:@3()`},
		{`len(a)`, `other:@1()`},
		{`if`, `name:if@1()`},
	} {
		n, problem := rules.ReadExpression(c.text)
		if problem != nil {
			t.Errorf("%s: %s", c.text, problem.Message)
		} else if got := outline(n); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

// The parser makes a chain's middle once, so that what it makes of this is small.
func TestReadExpressionOfChainsInChains(t *testing.T) {
	text := strings.Repeat("a < (", 30) + "a" + strings.Repeat(") < a", 30)
	if _, problem := rules.ReadExpression(text); problem == nil || problem.Message != "the expression has more than 256 parts; split it" {
		t.Errorf("the problem is %v", problem)
	}
}
