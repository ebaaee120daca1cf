package rules_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"driftwatch/rules"
)

// A rule is undecided for a day where it was so in over half of the day's windows
// with rows, until a later day is over in which it was not.
func TestUndecidedDays(t *testing.T) {
	declared := []rules.Rule{
		{Name: "drift", Monitor: "payments", When: "psi_lo > 1", Features: []string{"amount"}},
		{Name: "rows", Monitor: "payments", When: "rows == 0"},
	}
	engine := func(saved []rules.Day) *rules.Engine {
		e, problems := rules.Compile("payments", declared, features(), nil, known())
		if e == nil {
			t.Fatal(problems)
		}
		e.RestoreDays(saved)
		return e
	}
	e := engine(nil)
	at := epoch()
	window := func(known, rows bool) {
		amount, stream := sample("", "amount", stats{}), sample("", "", stats{"rows": 1})
		if known {
			amount = sample("", "amount", stats{"psi_lo": 0})
		}
		if !rows {
			amount.Rows, stream.Rows = 0, 0
		}
		e.Step(at, rules.Window{Start: at.Add(-time.Hour), End: at}, []rules.Sample{stream, amount})
		// What is saved each hour goes on as well as the engine itself.
		text, err := json.Marshal(e.Days())
		if err != nil {
			t.Fatal(err)
		}
		var saved []rules.Day
		if err := json.Unmarshal(text, &saved); err != nil {
			t.Fatal(err)
		}
		e = engine(saved)
		at = at.Add(time.Hour)
	}
	day := func(unknown, empty int) {
		for i := range 24 {
			window(i >= unknown, i < 24-empty)
		}
	}
	for i, c := range []struct {
		unknown, empty int            // hours at the day's begin, and at its end
		want           []rules.Judged // of the days before
	}{
		{13, 0, nil}, // 13 of 24
		{12, 0, []rules.Judged{{Rule: "drift", Windows: 24, Undecided: 13}}}, // half is not over half
		{5, 10, nil},
		{8, 10, nil}, // 5 of 14
		{24, 0, []rules.Judged{{Rule: "drift", Windows: 14, Undecided: 8}}},
		{0, 24, []rules.Judged{{Rule: "drift", Windows: 24, Undecided: 24}}},
		{0, 0, []rules.Judged{{Rule: "drift", Windows: 24, Undecided: 24}}}, // a day without rows decides nothing
		{0, 0, nil},
	} {
		window(i%2 == 0, false) // the first hour of a day turns to it; without rows nobody asks
		at = at.Add(-time.Hour)
		if got := e.Undecided(); !slices.Equal(got, c.want) {
			t.Errorf("day %d: %+v, want %+v", i, got, c.want)
		}
		day(c.unknown, c.empty)
	}
}

// The day of a rule that asks something else now begins anew, and so does that of
// one whose time does.
func TestDaysBeginAnew(t *testing.T) {
	run := func(when string, at time.Time, saved []rules.Day) *rules.Engine {
		e := compile(t, rules.Rule{Name: "drift", When: when, Features: []string{"amount"}})
		e.RestoreDays(saved)
		for i := range 30 {
			at := at.Add(time.Duration(i) * time.Hour)
			e.Step(at, windowAt(at), []rules.Sample{sample("", "amount", stats{})})
		}
		return e
	}
	saved := run("psi_lo > 1", epoch(), nil).Days()
	if len(saved) != 1 || saved[0].Before == nil || saved[0].Before.Undecided != 24 || saved[0].Windows != 6 || !saved[0].Since.Equal(epoch().Add(24*time.Hour)) {
		t.Fatalf("got %+v", saved)
	}
	e := compile(t, rules.Rule{Name: "drift", When: "psi_lo > 2", Features: []string{"amount"}})
	if e.RestoreDays(saved); len(e.Days())+len(e.Undecided()) > 0 {
		t.Errorf("another question: %+v", e.Days())
	}
	again := run("psi_lo > 1", epoch().Add(-100*time.Hour), saved).Days()
	if !again[0].Since.Equal(epoch().Add(-76*time.Hour)) || again[0].Windows != 6 {
		t.Errorf("an earlier time: %+v", again)
	}
}

// While a window began before the counting, that it cannot be said counts for
// nothing; and a day takes as long in event time, not in windows.
func TestPartialWindowsAreNotJudged(t *testing.T) {
	e := compile(t, rules.Rule{Name: "drift", When: "psi_lo > 1", Features: []string{"amount"}})
	for i := range 10 {
		w := windowAt(minute(i))
		w.Counted = epoch()
		e.Step(minute(i), w, []rules.Sample{sample("", "amount", stats{})})
	}
	if got := e.Days(); len(got) != 1 || got[0].Windows != 5 || !got[0].Since.Equal(minute(5)) {
		t.Errorf("got %+v", got)
	}
	if got := e.Judged(); got[0].Windows != 5 || got[0].Undecided != 5 {
		t.Errorf("got %+v", got)
	}
}
