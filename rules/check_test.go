package rules_test

import (
	"testing"
	"time"

	"driftwatch/rules"
)

// A rule that looks at nothing never fires, and one that sees too little is
// never decided: both are said beforehand.
func TestCheck(t *testing.T) {
	few := 50
	for _, c := range []struct {
		name string
		rule rules.Rule
		want string
	}{
		{"all well", rules.Rule{When: "psi > 1"}, ""},
		{"no feature", rules.Rule{When: "missing_rate > 1", Features: []string{"amont"}}, "rules[0].features: no feature is left for this rule, so it never fires\n"},
		{"no feature of all", rules.Rule{When: "share(missing_rate > 1) > 0", Features: []string{"amont"}}, "rules[0].features: no feature is left for this rule, so it never fires\n"},
		{"no segment", rules.Rule{When: "rows > 1", Segments: []string{"country=XX"}}, "rules[0].segments: no segment is left for this rule, so it never fires\n"},
		{"a short for", rules.Rule{When: "rows > 1", For: rules.Duration(time.Minute)}, "rules[0].for: warning: for is 1m and the window is 5m: the same rows are still in the window then, so it debounces nothing; use 0 or at least 5m\n"},
		{"small segments", rules.Rule{When: "psi > 1", Segments: []string{"*"}}, "rules[0].when: warning: in 1 of its 2 segments (all rows together count as one) the reference has less than min_reference_samples (1000) rows, so that it is never decided there; build the reference from more, or lower it\n" +
			"rules[0].when: warning: in 1 of its 2 segments (all rows together count as one) a window has less than min_samples (500) rows at the reference's rate, so that it is not decided there as a rule; make the window longer, or lower it\n"},
		{"small segments that suffice", rules.Rule{When: "psi > 1", Segments: []string{"*"}, MinSamples: &few, MinReferenceSamples: &few}, ""},
		{"rates need no distribution", rules.Rule{When: "missing_rate > 0.1 && rows > 5", Segments: []string{"*"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.rule.Name, c.rule.Monitor = "r", "payments"
			e, problems := rules.Compile("payments", []rules.Rule{c.rule}, features(), []string{"country=DE"}, known())
			if e == nil {
				t.Fatal(problems)
			}
			sizes := rules.Sizes{Window: 5 * time.Minute, Span: time.Hour, Reference: map[string]uint64{"": 12_000, "country=DE": 900}}
			got := ""
			for _, p := range append(e.Check(sizes), e.Idle()...) {
				got += p.Path + ": "
				if p.Warning {
					got += "warning: "
				}
				got += p.Message + "\n"
			}
			if got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
			if p := e.Check(rules.Sizes{Window: time.Second}); len(p) > 0 {
				t.Errorf("while nothing is known of the reference: %v", p)
			}
		})
	}
}
