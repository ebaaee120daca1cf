package rules_test

import (
	"math"
	"slices"
	"testing"

	"driftwatch/rules"
)

// A rule is undecided in a window with rows where none of its series is known.
func TestJudged(t *testing.T) {
	declared := []rules.Rule{
		{Name: "drift", Monitor: "payments", When: "psi > 1", Features: []string{"amount", "age"}},
		{Name: "gone", Monitor: "payments", When: "rows < 1"},
	}
	e, problems := rules.Compile("payments", declared, features(), nil, known())
	if e == nil {
		t.Fatal(problems)
	}
	window := func(n int, rows uint64, psi float64) {
		var samples []rules.Sample
		for _, feature := range []string{"", "amount"} { // of age nothing is known
			samples = append(samples, rules.Sample{
				Series: rules.Series{Monitor: "payments", Feature: feature}, Rows: rows, ReferenceRows: 5000,
				Stat: func(name string) float64 {
					return map[string]float64{"psi": psi, "rows": float64(rows)}[name]
				},
			})
		}
		e.Step(minute(n), windowAt(minute(n)), samples)
	}
	window(1, 600, 0.1)
	window(2, 600, math.NaN())
	window(3, 400, 0.1) // below min_samples
	window(4, 0, math.NaN())
	want := []rules.Judged{{Rule: "drift", Windows: 3, Undecided: 2}, {Rule: "gone", Windows: 3}}
	if got := e.Judged(); !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
