package rules_test

import (
	"testing"
	"time"

	"driftwatch/rules"
)

// A rule whose statistics are known nowhere that it looks never fires; one that
// may be decided by others is only warned of.
func TestUndefined(t *testing.T) {
	const (
		noKey   = "duplicate_rate needs the monitor's key, which is not declared, so it is never known here"
		key     = "; write key: FIELD at the monitor, or ask for something else"
		outside = "late_rate is known of all rows together only, and the rule's segments leave those out, so it is never known here"
		add     = `; add "-" to segments, or ask for something else`
		never   = " and the rule never fires"
	)
	segment := []string{"country=DE"}
	for _, c := range []struct {
		name string
		rule rules.Rule
		want string
	}{
		{"known", rules.Rule{When: "late_rate > 0.1"}, ""},
		{"known in one", rules.Rule{When: "late_rate > 0.1", Segments: []string{"-", "country=DE"}}, ""},
		{"no key", rules.Rule{When: "duplicate_rate > 0.1"}, "rules[0].when:1: " + noKey + never + key},
		{"a limit decides nothing", rules.Rule{When: "duplicate_rate > limit", Limits: map[string]float64{"default": 1}}, "rules[0].when:1: " + noKey + never + key},
		{"said once", rules.Rule{When: "duplicate_rate > 1 || duplicate_rate < 0"}, "rules[0].when:1: " + noKey + never + key},
		{"segments", rules.Rule{When: "late_rate > 0.1", Segments: segment}, "rules[0].when:1: " + outside + never + add},
		{"or something else", rules.Rule{When: "rows < 1 || late_rate > 0.1", Segments: segment}, "rules[0].when:13: warning: " + outside + add},
		{"to clear", rules.Rule{When: "rows < 1", Clear: "late_rate > 0.1", Segments: segment}, "rules[0].clear:1: warning: " + outside + add},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.rule.Name, c.rule.Monitor = "r", "payments"
			known := append(known(),
				rules.Statistic{Name: "late_rate", Stream: true, Rowwise: true, OverallOnly: true},
				rules.Statistic{Name: "duplicate_rate", Stream: true, Rowwise: true, OverallOnly: true, Lacks: "key"})
			e, problems := rules.Compile("payments", []rules.Rule{c.rule}, features(), []string{"country=DE"}, known)
			if e == nil {
				t.Fatal(problems)
			}
			if got := lines(e.Undefined(5 * time.Minute)); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}
