package rules_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"driftwatch/rules"
)

// A feature drifts for four minutes under a rule that waits for two, while a
// window in between cannot be judged.
func Example() {
	engine, problems := rules.Compile("payments",
		[]rules.Rule{{Name: "feature-drift", Monitor: "payments", When: "psi_lo > limit", Limits: map[string]float64{"default": 0.1}, For: rules.Duration(2 * time.Minute)}},
		[]rules.Feature{{Name: "amount", Kind: "numeric"}}, nil,
		[]rules.Statistic{{Name: "psi_lo"}})
	if engine == nil {
		fmt.Println(problems)
		return
	}
	end := time.Date(2026, 11, 23, 10, 5, 0, 0, time.UTC)
	for _, window := range []struct {
		rows uint64
		psi  float64
	}{{900, 0.02}, {900, 0.31}, {40, 0.31}, {900, 0.28}, {900, 0.25}, {900, 0.01}} {
		changes := engine.Step(end, rules.Window{Start: end.Add(-5 * time.Minute), End: end}, []rules.Sample{{
			Series: rules.Series{Monitor: "payments", Feature: "amount"},
			Rows:   window.rows, ReferenceRows: 20_000,
			Stat: func(string) float64 { return window.psi },
		}})
		for _, c := range changes {
			fmt.Printf("%s %s => %s: %s\n", c.Time.Format("15:04"), c.Previous, c.State, c.Summary)
		}
		end = end.Add(time.Minute)
	}
	// Output:
	// 10:06 ok => pending: amount of payments: psi_lo > limit (psi_lo 0.31, limit 0.1)
	// 10:08 pending => firing: amount of payments: psi_lo > limit (psi_lo 0.28, limit 0.1)
	// 10:10 firing => ok: amount of payments: no longer psi_lo > limit (psi_lo 0.01, limit 0.1)
}

// Compile reports everything that is wrong, with the column in the expression.
func ExampleCompile_problems() {
	_, problems := rules.Compile("payments",
		[]rules.Rule{{Name: "drift", Monitor: "payments", When: "psi_low > 0.1 && rows"}},
		[]rules.Feature{{Name: "amount", Kind: "numeric"}}, nil,
		[]rules.Statistic{{Name: "psi_lo"}, {Name: "rows", Stream: true}})
	for _, p := range problems {
		fmt.Printf("%s:%d: %s\n", p.Path, p.Column, p.Message)
	}
	// Output:
	// rules[0].when:1: there is no statistic "psi_low"; did you mean "psi_lo"?
	// rules[0].when:18: rows is a number, and a yes or no is needed here; compare it, as in psi_lo > 0.1
}

// Share, count and max look at all features of a rule together; delta looks back.
func Example_families() {
	now := map[string]float64{"amount": 0.30, "age": 0.02, "channel": 0.25}
	engine, _ := rules.Compile("payments",
		[]rules.Rule{
			{Name: "half moved", Monitor: "payments", When: "share(psi_lo > 0.1) > 0.5"},
			{Name: "two moved", Monitor: "payments", When: "count(psi_lo > 0.1) >= 2"},
			{Name: "any moved", Monitor: "payments", When: "max(psi_lo) > 0.4"},
			{Name: "moved lately", Monitor: "payments", When: "delta(psi_lo, 1h) > 0.2"},
		},
		[]rules.Feature{{Name: "amount", Kind: "numeric"}, {Name: "age", Kind: "numeric"}, {Name: "channel", Kind: "categorical"}}, nil,
		[]rules.Statistic{{Name: "psi_lo"}})
	var samples []rules.Sample
	for name, lo := range now {
		stat := func(x float64) func(string) float64 { return func(string) float64 { return x } }
		samples = append(samples, rules.Sample{
			Series: rules.Series{Monitor: "payments", Feature: name}, Rows: 5000, ReferenceRows: 50_000, Stat: stat(lo),
			Past: func(time.Duration) *rules.Sample { // an hour ago all was well
				return &rules.Sample{Rows: 5000, ReferenceRows: 50_000, Stat: stat(0.03)}
			},
		})
	}
	at := time.Date(2026, 11, 23, 10, 5, 0, 0, time.UTC)
	for _, t := range engine.Step(at, rules.Window{Start: at.Add(-5 * time.Minute), End: at}, samples) {
		if t.State == rules.Firing {
			fmt.Printf("%s, %s:", t.Rule.Name, cmp.Or(t.Series.Feature, "all"))
			for _, name := range slices.Sorted(maps.Keys(t.Stats)) {
				fmt.Printf(" %s = %.2f", name, t.Stats[name])
			}
			fmt.Println()
		}
	}
	// Output:
	// half moved, all: share(psi_lo > 0.1) = 0.67
	// two moved, all: count(psi_lo > 0.1) = 2.00
	// moved lately, amount: delta(psi_lo, 1h) = 0.27 psi_lo = 0.30
	// moved lately, channel: delta(psi_lo, 1h) = 0.22 psi_lo = 0.25
}
