package rules_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"driftwatch/rules"
)

// epoch is the end of the first window in tests; windows are five minutes long
// and close every minute.
func epoch() time.Time { return time.Date(2026, 11, 23, 10, 5, 0, 0, time.UTC) }

func minute(n int) time.Time { return epoch().Add(time.Duration(n) * time.Minute) }

func minutes(n int) rules.Duration { return rules.Duration(time.Duration(n) * time.Minute) }

func windowAt(at time.Time) rules.Window {
	return rules.Window{Start: at.Add(-5 * time.Minute), End: at}
}

func known() []rules.Statistic {
	numeric := []string{"numeric"}
	counted := []string{"numeric", "categorical", "boolean"}
	return []rules.Statistic{
		{Name: "psi", Kinds: counted},
		{Name: "psi_noise", Kinds: counted},
		{Name: "psi_lo", Kinds: counted},
		{Name: "mean_shift", Kinds: numeric},
		{Name: "missing_rate", Rowwise: true},
		{Name: "rows", Kinds: numeric, Stream: true, Rowwise: true},
		{Name: "record_rate", Stream: true},
	}
}

func features() []rules.Feature {
	return []rules.Feature{
		{Name: "amount", Kind: "numeric"},
		{Name: "age", Kind: "numeric"},
		{Name: "card.type", Kind: "categorical"},
		{Name: "note", Kind: "text"},
	}
}

// tester is what testing and rapid have in common.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// compile fails the test on any problem but warnings.
func compile(t tester, declared ...rules.Rule) *rules.Engine {
	t.Helper()
	for i := range declared {
		declared[i].Monitor = "payments"
		if declared[i].Name == "" {
			declared[i].Name = fmt.Sprintf("rule-%d", i)
		}
	}
	e, problems := rules.Compile("payments", declared, features(), []string{"country=DE", "country=FR"}, known())
	if e == nil {
		t.Fatalf("Compile: %v", problems)
	}
	return e
}

type stats map[string]float64

func (s stats) stat(name string) float64 {
	if v, ok := s[name]; ok {
		return v
	}
	return math.NaN()
}

func series(segment, feature string) rules.Series {
	return rules.Series{Monitor: "payments", Segment: segment, Feature: feature}
}

// sample has rows enough for every rule.
func sample(segment, feature string, values stats) rules.Sample {
	return rules.Sample{Series: series(segment, feature), Rows: 10_000, ReferenceRows: 100_000, Stat: values.stat}
}

func pane(at time.Time, values stats) rules.PaneSample {
	return rules.PaneSample{Start: at, Rows: 100, Stat: values.stat}
}

// describe is one line a transition.
func describe(changes []rules.Transition) string {
	var b strings.Builder
	for _, c := range changes {
		fmt.Fprintf(&b, "%s %s %s=>%s %q since %s\n", c.Time.Format("15:04"), c.ID, c.Previous, c.State, c.Reason, c.Since.Format("15:04"))
	}
	return b.String()
}

func number(t tester, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func minuteOf(n int) time.Duration { return time.Duration(n) * time.Minute }
