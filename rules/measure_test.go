package rules_test

import (
	"math"
	"testing"

	"driftwatch/rules"
)

func TestMeasure(t *testing.T) {
	low := stats{"rows": 0, "psi_lo": 0, "missing_rate": 0, "psi_noise": 0}
	high := stats{"rows": 501, "psi_lo": 2, "missing_rate": 1, "psi_noise": 0}
	for _, c := range []struct {
		when  string
		fires stats
		want  rules.Measure
	}{
		{"psi_lo > limit", high, rules.Measure{Name: "psi_lo"}},
		{"rows < 10", low, rules.Measure{Name: "rows", Less: true}},
		{"10 >= rows", low, rules.Measure{Name: "rows", Less: true}},
		{"!(psi_lo < 1)", high, rules.Measure{Name: "psi_lo"}},
		{"!(rows == 7 || rows > 9)", low, rules.Measure{Name: "rows", Less: true}},
		{"!!(psi_lo > 1)", high, rules.Measure{Name: "psi_lo"}},
		{"rows > 500 && psi_lo > 1 && missing_rate > 0", high, rules.Measure{Name: "psi_lo"}},
		{"share(psi_lo < 1) > 0.5", low, rules.Measure{Name: "share(psi_lo < 1)"}},
		{"rows == 0", low, rules.Measure{}},
		{"psi_lo - psi_noise > 1", high, rules.Measure{}},
	} {
		e := compile(t, rules.Rule{When: c.when, Features: []string{"amount"}, Limits: map[string]float64{"default": 1}})
		changes := e.Step(epoch(), windowAt(epoch()), []rules.Sample{sample("", "", c.fires), sample("", "amount", c.fires)})
		if len(changes) != 1 || changes[0].Measure != c.want {
			t.Errorf("%s: %+v, want one with the measure %+v", c.when, changes, c.want)
		}
		if _, ok := changes[0].Stats[c.want.Name]; !ok && c.want.Name != "" {
			t.Errorf("%s: the measure %s is not among %v", c.when, c.want.Name, changes[0].Stats)
		}
	}
}

func TestWorse(t *testing.T) {
	more, less := rules.Measure{Name: "psi"}, rules.Measure{Name: "rows", Less: true}
	for _, c := range []struct {
		m       rules.Measure
		is, was float64
		want    bool
	}{
		{more, 2, 1, true},
		{more, 1, 1, false},
		{more, 1, 2, false},
		{less, 1, 2, true},
		{less, 2, 1, false},
		{more, math.NaN(), 1, false},
		{more, 1, math.NaN(), true},
		{less, math.NaN(), math.NaN(), false},
		{rules.Measure{}, 2, 1, false},
	} {
		if got := c.m.Worse(c.is, c.was); got != c.want {
			t.Errorf("%+v: %g worse than %g: %v, want %v", c.m, c.is, c.was, got, c.want)
		}
	}
}

// What fires is told of with the numbers of the window, and nothing changes.
func TestFiring(t *testing.T) {
	e := compile(t, rules.Rule{When: "psi_lo > 1", For: minutes(1), Features: []string{"amount", "age"}, Summary: "{{ .Feature }} {{ .Stats.psi_lo }}"})
	step := func(n int, amount, age float64) []rules.Sample {
		samples := []rules.Sample{sample("", "amount", stats{"psi_lo": amount}), sample("", "age", stats{"psi_lo": age})}
		e.Step(minute(n), windowAt(minute(n)), samples)
		return samples
	}
	all := func(rules.Transition) bool { return true }
	if fires := e.Firing(minute(0), step(0, 2, 0), all); len(fires) != 0 {
		t.Errorf("pending is not firing: %s", describe(fires))
	}
	step(1, 2, 0)
	samples := step(2, 3, 2)
	for range 2 {
		fires := e.Firing(minute(2), samples, all)
		if len(fires) != 1 || fires[0].Summary != "amount 3" || fires[0].State != rules.Firing || fires[0].Previous != rules.Firing || fires[0].Stats["psi_lo"] != 3 {
			t.Errorf("got %+v, want amount with 3", fires)
		}
	}
}
