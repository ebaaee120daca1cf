package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"driftwatch/rules"
)

func TestBounds(t *testing.T) {
	ten := 10
	for _, c := range []struct {
		rule rules.Rule
		want string
	}{
		{rules.Rule{When: "psi_lo > limit && psi > psi_noise", Limits: map[string]float64{"default": 0.1, "age": 0.2}, Features: []string{"amount", "age"}}, "amount psi_lo > 0.1 from 500; age psi_lo > 0.2 from 500"},
		{rules.Rule{When: "0.05 <= missing_rate || psi >= 0.3", Features: []string{"amount"}, MinSamples: &ten}, "amount missing_rate > 0.05 from 0; amount psi > 0.3 from 10"},
		{rules.Rule{When: "!(missing_rate > 0.1) && rows > 200", Features: []string{"amount"}}, "amount rows > 200 from 0"},
		{rules.Rule{When: "share(psi > 0.1) > 0.5"}, ""},
		{rules.Rule{When: "missing_rate < 0.5 && psi > 2 * 0.1", Features: []string{"amount"}}, ""},
	} {
		var got []string
		for _, b := range compile(t, c.rule).Bounds() {
			got = append(got, fmt.Sprintf("%s %s > %v from %d", b.Series.Feature, b.Statistic.Name, b.Limit, b.MinSamples))
		}
		if text := strings.Join(got, "; "); text != c.want {
			t.Errorf("%s: got %s, want %s", c.rule.When, text, c.want)
		}
	}
}
