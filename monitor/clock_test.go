package monitor_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
)

var clockRules = []rules.Rule{
	{Name: "behind", Monitor: "m", When: "lag > 1000", For: dur("1m")},
	{Name: "old", Monitor: "m", When: "freshness > 60", For: dur("10m"), Summary: `{{ printf "%.0f" .Stats.freshness }} s old`},
	{Name: "half-blind", Monitor: "m", When: "blind / partitions >= 0.5", Severity: "page"},
}

// A partition that cannot be read holds the other one back: the lag grows, and
// ends when both are read again.
func TestALagRuleFiresWhileReadingIsBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 2)
		l.rules = clockRules
		stop := l.startWith(monitor.ReferenceConfig{Profile: "test.profile"}, l)
		l.flow(5*time.Minute, 0, 1)
		if told := l.told(); told != "" {
			t.Errorf("alerts while all is well:\n%s", told)
		}
		dark := func(is bool) {
			l.src.mu.Lock()
			defer l.src.mu.Unlock()
			l.src.dark[1] = is
		}
		dark(true)
		began := time.Now()
		l.flow(30*time.Minute, 0)
		a, ok := l.find("behind", "firing")
		if lag := float64(a.Stats["lag"]); !ok || lag <= 1000 || lag > 2500 || a.When != "lag > 1000" {
			t.Errorf("it fires at lag %v\n%s", lag, l.told())
		}
		if b, ok := l.find("half-blind", "firing"); !ok || b.Time.Sub(began) > 35*time.Second || b.Severity != "page" {
			t.Errorf("half-blind: %+v, want it %v after %v\n%s", b.Time, 30*time.Second, began, l.told())
		}
		dark(false)
		l.flow(2*time.Minute, 0, 1)
		for _, rule := range []string{"behind", "half-blind"} {
			if _, ok := l.find(rule, "ok"); !ok {
				t.Errorf("%s did not end:\n%s", rule, l.told())
			}
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// The age of the data goes by event time, it is known while the reference is
// being learned, and the clock of `for` goes on over a restart.
func TestAFreshnessRuleSurvivesARestart(t *testing.T) {
	for name, ref := range map[string]monitor.ReferenceConfig{"profile": {Profile: "test.profile"}, "learning": {Learn: dur("2h")}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLive(t, 1)
				l.rules = clockRules
				stop := l.startWith(ref, l)
				time.Sleep(10 * time.Minute)
				if told := l.told(); strings.Contains(told, "/old/") {
					t.Errorf("data that has never been is old:\n%s", told)
				}
				l.flow(5*time.Minute, 0)
				last := time.Now().Add(-time.Second)
				time.Sleep(5 * time.Minute)
				if err := stop(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				stop = l.startWith(ref, l)
				time.Sleep(10 * time.Minute)
				a, ok := l.find("old", "firing")
				if after := a.Time.Sub(last); !ok || after < 11*time.Minute || after > 11*time.Minute+2*time.Second || !strings.HasSuffix(a.Summary, " s old") {
					t.Errorf("%q fires %v after the last record, want 11m\n%s", a.Summary, after, l.told())
				}
				l.flow(time.Minute, 0)
				if _, ok := l.find("old", "ok"); !ok {
					t.Errorf("it did not end:\n%s", l.told())
				}
				if err := stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// A rule that asks something else, or is gone, ends, also where the other kind
// of engine would judge it now.
func TestAChangedClockRuleEnds(t *testing.T) {
	for name, now := range map[string][]rules.Rule{
		"gone":       nil,
		"other":      {{Name: "old", Monitor: "m", When: "freshness > 90"}},
		"by windows": {{Name: "old", Monitor: "m", When: "rows < -1"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLive(t, 1)
				l.rules = []rules.Rule{{Name: "old", Monitor: "m", When: "freshness > 60"}}
				stop := l.startWith(monitor.ReferenceConfig{Profile: "test.profile"}, l)
				l.flow(time.Minute, 0)
				time.Sleep(2 * time.Minute)
				if err := stop(); err != nil {
					t.Fatal(err)
				}
				l.rules = now
				stop = l.startWith(monitor.ReferenceConfig{Profile: "test.profile"}, l)
				time.Sleep(5 * time.Second)
				if a, ok := l.find("old", "ok"); !ok || a.Reason != rules.ReasonRuleChanged {
					t.Errorf("it ends as %q\n%s", a.Reason, l.told())
				}
				if err := stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// What the clock judges has no say in a backtest, which has no clock.
func TestABacktestLeavesClockRulesOut(t *testing.T) {
	c := config()
	var lines []monitor.Record
	for i := range 4000 {
		at := t0.Add(time.Duration(i) * time.Second).UnixMilli()
		b, _ := json.Marshal(map[string]any{"ts": at, "x": i % 7, "kind": fmt.Sprint(i % 3)})
		lines = append(lines, monitor.Record{Offset: int64(i), Time: at, Value: b})
	}
	source := func() monitor.Source {
		return &logSource{parts: [][]monitor.Record{lines}, id: "one", cut: func() int { return 100 }}
	}
	with, result := backtest(t, deps(t, c, source(), append(slices.Clone(clockRules), rules.Rule{Name: "any", Monitor: "m", When: "rows > 0"})...))
	if want := []string{"behind", "old", "half-blind"}; !slices.Equal(result.ByClock, want) {
		t.Errorf("%q have no say, want %q", result.ByClock, want)
	}
	if len(result.Judged) != 1 || result.Judged[0].Rule != "any" {
		t.Errorf("judged: %+v, want the other rule only", result.Judged)
	}
	without, result := backtest(t, deps(t, c, source(), rules.Rule{Name: "any", Monitor: "m", When: "rows > 0"}))
	if !slices.Equal(with, without) || len(without) == 0 || len(result.ByClock) > 0 {
		t.Errorf("%d transitions with them, %d without; %q", len(with), len(without), result.ByClock)
	}
}
