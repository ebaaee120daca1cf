package rules_test

import (
	"strings"
	"testing"

	"driftwatch/rules"
)

// The parser makes the middle of a chain once and uses it twice: chains within
// chains double with each level, and would take years to compile.
func TestChainsWithinChains(t *testing.T) {
	when := "psi"
	for range 40 {
		when = "(psi < " + when + " < psi)"
	}
	r := rules.Rule{Name: "r", Monitor: "m", When: when}
	_, problems := rules.Compile("m", []rules.Rule{r}, nil, nil, []rules.Statistic{{Name: "psi"}})
	if len(problems) != 1 || !strings.Contains(problems[0].Message, "more than 256 parts") {
		t.Errorf("problems %v", problems)
	}
}
