package rules_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"driftwatch/rules"
)

// past gives a sample what it was some time ago.
func past(now rules.Sample, was map[time.Duration]rules.Sample) rules.Sample {
	now.Past = func(lag time.Duration) *rules.Sample {
		if s, ok := was[lag]; ok {
			return &s
		}
		return nil
	}
	return now
}

// A change over time is known from two known numbers and from nothing else.
func TestDelta(t *testing.T) {
	thin := sample("", "amount", stats{"psi": 0.1, "missing_rate": 0.1})
	thin.Rows = 3
	for _, c := range []struct {
		name, when string
		now        float64
		was        map[time.Duration]rules.Sample
		want       bool
	}{
		{"it rose", "delta(psi, 1h) > 0.2", 0.5, map[time.Duration]rules.Sample{time.Hour: sample("", "amount", stats{"psi": 0.1})}, true},
		{"not enough", "delta(psi, 1h) > 0.2", 0.25, map[time.Duration]rules.Sample{time.Hour: sample("", "amount", stats{"psi": 0.1})}, false},
		{"it fell", "delta(psi,7d) < -0.2", 0.1, map[time.Duration]rules.Sample{7 * 24 * time.Hour: sample("", "amount", stats{"psi": 0.5})}, true},
		{"of another time", "delta(psi, 1h) > 0.2", 0.5, map[time.Duration]rules.Sample{2 * time.Hour: sample("", "amount", stats{"psi": 0.1})}, false},
		{"unknown then", "delta(psi, 1h) > 0.2", 0.5, map[time.Duration]rules.Sample{time.Hour: sample("", "amount", stats{"psi": math.NaN()})}, false},
		{"unknown now", "delta(psi, 1h) > 0.2", math.NaN(), map[time.Duration]rules.Sample{time.Hour: sample("", "amount", stats{"psi": 0})}, false},
		{"too few rows then", "delta(psi, 1h) > 0.2", 0.5, map[time.Duration]rules.Sample{time.Hour: thin}, false},
		{"two times", "delta(psi, 1h) > 0.2 && delta(psi, 1h30m) > 0.3", 0.5, map[time.Duration]rules.Sample{time.Hour: sample("", "amount", stats{"psi": 0.1}), 90 * time.Minute: sample("", "amount", stats{"psi": 0.1})}, true},
		{"among all", "max(delta(psi, 1h)) > 0.2", 0.5, map[time.Duration]rules.Sample{time.Hour: sample("", "amount", stats{"psi": 0.1})}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := compile(t, rules.Rule{When: c.when, Features: []string{"amount"}})
			got := e.Step(epoch(), windowAt(epoch()), []rules.Sample{past(sample("", "amount", stats{"psi": c.now}), c.was)})
			if (len(got) > 0) != c.want {
				t.Fatalf("fires: %v, want %v", len(got) > 0, c.want)
			}
			if c.want && c.name != "among all" {
				name := c.when[:strings.Index(c.when, ")")+1]
				name = strings.Replace(name, ",7d", ", 7d", 1)
				if x, ok := got[0].Stats[name]; !ok || math.Abs(math.Abs(x)-0.4) > 1e-12 {
					t.Errorf("the numbers shown are %v, want 0.4 as %s", got[0].Stats, name)
				}
			}
		})
	}
}

func TestBadDeltas(t *testing.T) {
	for when, want := range map[string]string{
		"delta(psi) > 1":                "when:1: delta takes a statistic and a time, as in delta(psi, 1h)",
		"delta(psi, 3) > 1":             "when:1: delta takes a statistic and a time, as in delta(psi, 1h)",
		"delta(psi + 1, 1h) > 1":        "when:1: delta takes a statistic and a time, as in delta(psi, 1h)",
		"delta(limit, 1h) > 1":          "when:1: delta takes a statistic and a time, as in delta(psi, 1h)",
		"psi > 1 && delta(psi, 1y) > 1": "when:23: 1y is no time to look back; write one such as 1h or 7d",
		"Drift > 1":                     "when:1: there is no statistic \"Drift\"; `driftwatch stats` lists all",
		"delta(psi, Bh) > 1":            "when:1: delta takes a statistic and a time, as in delta(psi, 1h)",
		"count(rows > 1) > 1":           "when:1: count is about features, and names no statistic of one",
		"delta(psi, 0s) > 1":            "when:12: 0s is no time to look back; write one such as 1h or 7d",
		"delta(psy, 1h) > 1":            `when:7: there is no statistic "psy"; did you mean "psi"?`,
		"delta(psi, 1h)":                "when:1: delta(psi, 1h) is a number, and a yes or no is needed here; compare it, as in psi_lo > 0.1",
	} {
		_, problems := rules.Compile("payments", []rules.Rule{{Name: "r", Monitor: "payments", When: when}}, features(), nil, known())
		if got := strings.TrimPrefix(lines(problems), "rules[0]."); got != want {
			t.Errorf("%s: got\n%s, want\n%s", when, got, want)
		}
	}
}
