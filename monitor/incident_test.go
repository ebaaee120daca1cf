package monitor_test

import (
	"slices"
	"testing"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// An alert fires in the first window that holds some bad rows. Its incident goes
// on to the worst window: no revision but the first and the last tells less
// than a fifth more than the one before, and the end keeps the worst numbers.
// Transitions are not touched by it.
func TestAnIncidentTellsOfTheWorstWindow(t *testing.T) {
	e := events{seed: 1, start: t0, step: 100 * time.Millisecond, n: 36000, shiftFrom: 30 * time.Minute, shiftTo: 40 * time.Minute}
	d := deps(t, config(), &logSource{parts: [][]monitor.Record{e.records()}, cut: func() int { return 500 }},
		rules.Rule{Name: "missing", Monitor: "m", Features: []string{"note"}, When: "missing_rate > 0.1"})
	kept := &keeping{Store: d.Store}
	d.Store = kept
	lines, _ := backtest(t, d)
	if len(lines) != 2 {
		t.Fatalf("%d transitions, want 2:\n%s", len(lines), lines)
	}
	var rates []float64
	windows := map[string]bool{}
	for _, i := range kept.incidents {
		a := i.Alerts[0]
		if n := len(rates); i.State == "firing" && n > 0 && rates[n-1] == float64(a.Stats["missing_rate"]) {
			continue // it says where the rate is going
		}
		rates = append(rates, float64(a.Stats["missing_rate"]))
		if i.State == "firing" {
			windows[a.Window.End.String()] = true
		}
		if want := t0.Add(31 * time.Minute); i.State == "firing" && (!a.Time.Equal(want) || a.Previous != "ok") {
			t.Errorf("a revision says that the alert fired at %s out of %s, want %s out of ok", a.Time, a.Previous, want)
		}
	}
	if want := []float64{0.2, 0.4, 0.6, 0.8, 1, 1}; !slices.Equal(rates, want) {
		t.Errorf("the revisions tell of %v, want %v", rates, want)
	}
	if len(windows) != 5 {
		t.Errorf("the revisions are of %d windows, want 5", len(windows))
	}
	end := kept.incidents[len(kept.incidents)-1]
	if a := end.Alerts[0]; end.State != "resolved" || a.State != "ok" || !a.Window.End.Equal(t0.Add(35*time.Minute)) {
		t.Errorf("the end is %s and tells of the window to %s, want the first with bad rows only, to 10:35", end.State, a.Window.End)
	}
}

// What is a little worse makes no revision of its own, and is told with the next
// one.
func TestALittleWorseWaits(t *testing.T) {
	e := events{seed: 1, start: t0, step: 100 * time.Millisecond, n: 36000, shiftFrom: 30 * time.Minute, shiftTo: 40 * time.Minute}
	c := config()
	c.Window.Every = dur("30s")
	d := deps(t, c, &logSource{parts: [][]monitor.Record{e.records()}, cut: func() int { return 500 }},
		rules.Rule{Name: "missing", Monitor: "m", Features: []string{"note"}, When: "missing_rate > 0.85"})
	kept := &keeping{Store: d.Store}
	d.Store = kept
	backtest(t, d)
	var rates []float64
	for _, i := range kept.incidents {
		rates = append(rates, float64(i.Alerts[0].Stats["missing_rate"]))
	}
	if want := []float64{0.9, 1}; !slices.Equal(slices.Compact(rates), want) {
		t.Errorf("the revisions tell of %v, want %v: when it fired, and when it was over", rates, want)
	}
}
