package rules_test

import (
	"math"
	"slices"
	"testing"

	"driftwatch/rules"
)

func withClock() []rules.Statistic {
	return append(known(),
		rules.Statistic{Name: "lag", Stream: true, Clock: true},
		rules.Statistic{Name: "freshness", Stream: true, Clock: true})
}

// A rule is judged by the clock or by windows, never by both.
func TestProblemsOfClockRules(t *testing.T) {
	none := 0
	for _, c := range []struct {
		name string
		rule rules.Rule
		want string
	}{
		{"good", rules.Rule{When: "lag > 1000 || freshness > 60", Clear: "lag < 10", Summary: "{{.Stats.lag}}"}, ""},
		{"its limit", rules.Rule{When: "lag > limit", Limits: map[string]float64{"default": 5}}, ""},
		{"mixed", rules.Rule{When: "psi > 0.1 && lag > 1000"}, "when:14: lag is judged by the clock and psi by windows, and one rule cannot be both; make two rules"},
		{"mixed the other way", rules.Rule{When: "lag > 1000 || rows == 0"}, "when:15: lag is judged by the clock and rows by windows, and one rule cannot be both; make two rules"},
		{"mixed in clear", rules.Rule{When: "lag > 1000", Clear: "rows > 0 && lag < 10"}, "clear:1: lag is judged by the clock and rows by windows, and one rule cannot be both; make two rules"},
		{"mixed in share", rules.Rule{When: "share(psi > 1 && lag > 1) > 0.5"}, "when:18: lag is judged by the clock and psi by windows, and one rule cannot be both; make two rules"},
		{"mixed in the summary", rules.Rule{When: "rows == 0", Summary: "{{.Stats.freshness}}"}, "summary: freshness is judged by the clock and rows by windows, and one rule cannot be both; make two rules"},
		{"share", rules.Rule{When: "share(lag > 1) > 0.5"}, "when:1: share is about features, and names no statistic of one"},
		{"delta", rules.Rule{When: "delta(lag, 1h) > 5"}, "when:7: delta looks back to an earlier window, and lag is judged by the clock, outside of windows"},
		{"features", rules.Rule{When: "lag > 1", Features: []string{"amount"}, Segments: []string{"*"}}, "features: lag is one number of the whole monitor, which has no features; remove the line\nsegments: lag is one number of the whole monitor, which has no segments; remove the line"},
		{"samples", rules.Rule{When: "lag > 1", MinSamples: &none, MinReferenceSamples: &none}, "min_samples: warning: lag is judged by the clock, outside of windows and their rows, so this does nothing\nmin_reference_samples: warning: lag is judged by the clock, outside of windows and their rows, so this does nothing"},
		{"limits", rules.Rule{When: "lag > limit", Limits: map[string]float64{"default": 5, "amount": 3}}, "limits.amount: warning: lag is one number of the whole monitor, so a limit for a feature does nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.rule.Name, c.rule.Monitor = "r", "payments"
			_, problems := rules.Compile("payments", []rules.Rule{{Monitor: "other"}, c.rule}, features(), []string{"country=DE"}, withClock())
			if got := lines(problems); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

// Each of the two engines steps its own rules, and a clock rule has one series.
func TestSplit(t *testing.T) {
	declared := []rules.Rule{
		{Name: "behind", Monitor: "payments", When: "lag > limit", Limits: map[string]float64{"default": 100}, For: minutes(1)},
		{Name: "drift", Monitor: "payments", When: "psi > 0.1", Segments: []string{"*"}},
		{Name: "old", Monitor: "payments", When: "freshness > 60"},
	}
	e, problems := rules.Compile("payments", declared, features(), []string{"country=DE"}, withClock())
	if e == nil {
		t.Fatal(problems)
	}
	windows, clock := e.Split()
	if got := windows.Names(); !slices.Equal(got, []string{"drift"}) {
		t.Errorf("windows are stepped for %v", got)
	}
	if got := clock.Names(); !slices.Equal(got, []string{"behind", "old"}) {
		t.Errorf("the clock is stepped for %v", got)
	}
	now := func(lag float64) []rules.Sample {
		return []rules.Sample{{Series: series("", ""), Stat: stats{"lag": lag, "freshness": math.NaN()}.stat}}
	}
	at := func(n int) rules.Window { return rules.Window{Start: minute(n), End: minute(n)} }
	got := describe(clock.Step(minute(0), at(0), now(101))) + describe(clock.Step(minute(1), at(1), now(101))) + describe(clock.Step(minute(2), at(2), now(99)))
	want := `10:05 payments/behind/-/-/2026-11-23T10:05:00Z ok=>pending "" since 10:05
10:06 payments/behind/-/-/2026-11-23T10:05:00Z pending=>firing "" since 10:05
10:07 payments/behind/-/-/2026-11-23T10:05:00Z firing=>ok "" since 10:05
`
	if got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}
