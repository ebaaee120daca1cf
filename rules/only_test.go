package rules_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"driftwatch/rules"
)

// split makes a sample of rows of which each part has its own number; the one of
// the other rows is the mean of theirs.
func split(s rules.Sample, name string, parts map[string]float64, differs string) rules.Sample {
	s.Parts = func() []rules.Part {
		var all []rules.Part
		for _, value := range []string{"0", "1", "2"} {
			if _, is := parts[value]; is {
				all = append(all, rules.Part{Dimension: "_partition", Value: value})
			}
		}
		return all
	}
	s.Split = func(of rules.Part, inside bool) func(string) float64 {
		x, n := parts[of.Value], 1.0
		if !inside {
			x, n = -x, float64(len(parts)-1)
			for _, y := range parts {
				x += y
			}
		}
		return func(asked string) float64 {
			if asked != name {
				return math.NaN()
			}
			return x / n
		}
	}
	s.Differs = func(p rules.Part) bool { return strings.Contains(differs, p.Value) }
	return s
}

// A part is named if the condition holds there and nowhere else.
func TestOnly(t *testing.T) {
	for _, c := range []struct {
		name, when string
		parts      map[string]float64
		differs    string
		want       string
	}{
		{"in one", "missing_rate > 0.1", map[string]float64{"0": 0, "1": 0.9, "2": 0}, "1", "[{_partition 1}]"},
		{"everywhere", "missing_rate > 0.1", map[string]float64{"0": 0.3, "1": 0.3, "2": 0.3}, "", "[]"},
		{"in two", "missing_rate > 0.3", map[string]float64{"0": 0, "1": 0.5, "2": 0.5}, "12", "[]"},
		{"by chance", "missing_rate > 0.1", map[string]float64{"0": 0, "1": 0.9, "2": 0}, "0", "[]"},
		{"not known of the others", "missing_rate > 0.1", map[string]float64{"0": math.NaN(), "1": 0.9, "2": 0}, "1", "[]"},
		{"with what is not known of a part", "missing_rate > 0.1 && psi > 0.1", map[string]float64{"0": 0, "1": 0.9, "2": 0}, "1", "[]"},
		{"with what is asked of all rows", "missing_rate > 0.1 && rows > 5", map[string]float64{"0": 0, "1": 0.9, "2": 0}, "1", "[{_partition 1}]"},
		{"over features", "share(missing_rate > 0.1) > 0.5", map[string]float64{"0": 0, "1": 0.9, "2": 0}, "1", "[{_partition 1}]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := compile(t, rules.Rule{When: c.when, Features: []string{"amount"}})
			seen := stats{"missing_rate": 0.4, "psi": 1, "rows": 1000}
			samples := []rules.Sample{
				split(sample("", "", seen), "", c.parts, ""), split(sample("", "amount", seen), "missing_rate", c.parts, c.differs),
			}
			changes := e.Step(epoch(), windowAt(epoch()), samples)
			if len(changes) != 1 || fmt.Sprint(changes[0].Only) != c.want {
				t.Fatalf("%+v, want %s", changes, c.want)
			}
			if strings.HasSuffix(changes[0].Summary, ", only partition 1") != (c.want != "[]") {
				t.Errorf("summary %q", changes[0].Summary)
			}
		})
	}
}

// What changed is the summary of a rule that has none, and a word of one that has.
func TestWhat(t *testing.T) {
	for summary, want := range map[string]string{
		"":                       "`x`: new, only partition 1",
		"{{ .Rule }}: {{.What}}": "r: `x`: new, only partition 1",
	} {
		e := compile(t, rules.Rule{Name: "r", When: "rows > 1", Summary: summary})
		s := split(sample("", "", stats{"rows": 2}), "rows", map[string]float64{"0": 0, "1": 2}, "1")
		s.What = func(names []string) string { return map[bool]string{true: "`x`: new"}[fmt.Sprint(names) == "[rows]"] }
		changes := e.Step(epoch(), windowAt(epoch()), []rules.Sample{s})
		if len(changes) != 1 || changes[0].Summary != want {
			t.Fatalf("%+v, want %q", changes, want)
		}
		s = sample("", "", stats{"rows": 0})
		if over := e.Step(minute(1), windowAt(minute(1)), []rules.Sample{s}); len(over) != 1 || strings.Contains(over[0].Summary, "new") {
			t.Errorf("%+v", over)
		}
	}
}
