package monitor_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// hourly has windows and panes of an hour, so that days of records are few of them.
func hourly() monitor.Config {
	c := config()
	c.Window.Size, c.Window.Every, c.Window.MaxAhead = dur("1h"), dur("1h"), dur("20d")
	c.Reference = monitor.ReferenceConfig{Profile: "test.profile"}
	return c
}

// hoursOf writes records of so many hours from a time on.
func (l *live) hoursOf(from time.Time, hours, rows int) {
	for h := range hours {
		for i := range rows {
			at := from.Add(time.Duration(h)*time.Hour + time.Duration(i)*time.Second)
			l.raw(at, map[string]any{"ts": at.UnixMilli(), "x": float64(i * 37 % 100), "kind": string(rune('a' + i%3))})
		}
	}
}

// A rule that is unknown for a day is told of once, over restarts, and is over with
// a day in which it is known; a partial window is nothing to judge by.
func TestARuleThatIsUndecidedIsToldOfOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		l.rules = []rules.Rule{{Name: "thin", Monitor: "m", When: "psi_lo > 5"}}
		begin := time.Now().Truncate(time.Hour).Add(-20 * 24 * time.Hour)
		at := begin
		run := func(hours, rows int) {
			stop := l.startConfig(hourly(), l)
			l.hoursOf(at, hours, rows)
			at = at.Add(time.Duration(hours) * time.Hour)
			time.Sleep(20 * time.Second)
			if err := stop(); err != nil {
				t.Error(err)
			}
		}
		told := func() (states []string) {
			for line := range strings.Lines(l.told()) {
				if strings.Contains(line, "driftwatch-undecided") {
					states = append(states, strings.TrimSpace(line[strings.LastIndex(line, " "):]))
				}
			}
			return states
		}
		run(23, 10)
		if got := told(); len(got) > 0 {
			t.Errorf("before a day is over: %v", got)
		}
		for range 8 { // six hours each
			run(6, 10)
		}
		if got := told(); len(got) != 1 || got[0] != "ok->firing" {
			t.Errorf("after two days: %v", got)
		}
		a, _ := l.find("driftwatch-undecided", "firing")
		for _, want := range []string{"rule all in 24 of 24 windows", "rule thin in 24 of 24 windows"} {
			if !strings.Contains(a.Summary, want) {
				t.Errorf("%q is not in %s", want, a.Summary)
			}
		}
		if a.Severity != "warn" || a.Monitor != "m" || a.Stats["undecided"] != 2 {
			t.Errorf("the alert is %+v", a)
		}
		run(60, 600)
		if got := told(); len(got) != 2 || got[1] != "firing->ok" {
			t.Errorf("after two days more: %v", got)
		}
		run(2, 10)
		l.balance()
	})
}

// One that is gone, or asks something else, is undecided no more.
func TestAnUndecidedRuleThatChanges(t *testing.T) {
	many := 10_000
	for name, change := range map[string][]rules.Rule{
		"gone":    {},
		"changed": {{Name: "thin", Monitor: "m", When: "psi_lo > 6", MinSamples: &many}},
		"kept":    {{Name: "thin", Monitor: "m", When: "psi_lo > 5", MinSamples: &many, Severity: "page", Description: "x"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := newLive(t, 1)
			l.rules = []rules.Rule{{Name: "thin", Monitor: "m", When: "psi_lo > 5", MinSamples: &many}}
			stop := l.startConfig(hourly(), l)
			l.hoursOf(time.Now().Truncate(time.Hour).Add(-10*24*time.Hour), 30, 600)
			time.Sleep(20 * time.Second)
			_ = stop()
			if _, ok := l.find("driftwatch-undecided", "firing"); !ok {
				t.Fatalf("%s: it did not fire", name)
			}
			l.rules = change
			stop = l.startConfig(hourly(), l)
			time.Sleep(20 * time.Second)
			_ = stop()
			if _, over := l.find("driftwatch-undecided", "ok"); over != (name != "kept") {
				t.Errorf("%s: it is over: %t\n%s", name, over, l.told())
			}
		})
	}
}
