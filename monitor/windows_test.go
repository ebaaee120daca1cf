package monitor_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// windowsRule asks of two sizes that are not the monitor's own, 5 m.
var windowsRule = rules.Rule{Name: "both", Monitor: "m", When: "missing_rate > 0.3 || rows == 0", Windows: []rules.Duration{dur("20m"), dur("3m")}}

// windowed is the configuration of a monitor whose reference is reference's.
func windowed(size string) monitor.Config {
	c := config()
	c.Window.Size, c.Window.MaxAhead = dur(size), dur("1h")
	c.Reference = monitor.ReferenceConfig{Profile: "test.profile"}
	return c
}

// gone is a log whose numbers are missing in bursts, and that is silent for long.
func gone(t testing.TB) []monitor.Record {
	var all []monitor.Record
	at := t0
	for i := range 9000 {
		if at = at.Add(time.Second); i == 6000 {
			at = at.Add(50 * time.Hour)
		}
		var x any = float64(i % 100)
		if burst := i / 400 % 5; burst == 2 || i > 3000 && i < 4500 && i%2 == 0 {
			x = nil
		}
		b, err := json.Marshal(map[string]any{"ts": at.UnixMilli(), "x": x, "kind": string(rune('a' + i%3))})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, monitor.Record{Offset: int64(i), Time: at.UnixMilli(), Value: b})
	}
	return all
}

// plainWindow counts what a log has in [from, to), the plain way.
func plainWindow(t testing.TB, log []monitor.Record, from, to time.Time) (rows, missing, least float64) {
	t.Helper()
	least = math.Inf(1)
	at := func(r monitor.Record, bound time.Time) int { return int(r.Time - bound.UnixMilli()) }
	first, _ := slices.BinarySearchFunc(log, from, at)
	last, _ := slices.BinarySearchFunc(log, to, at)
	for _, r := range log[first:last] {
		var e struct{ X *float64 }
		if err := json.Unmarshal(r.Value, &e); err != nil {
			t.Fatal(err)
		}
		rows++
		if e.X == nil {
			missing++
		} else {
			least = min(least, *e.X)
		}
	}
	return rows, missing, least
}

func oneLog(t testing.TB, c monitor.Config, log []monitor.Record, rs ...rules.Rule) monitor.Deps {
	d := deps(t, c, &logSource{parts: [][]monitor.Record{log}, cut: func() int { return 1 + rand.IntN(500) }}, rs...)
	d.Profile = reference(t)
	return d
}

// Each window is what the records in it say, and the rule fires while both hold,
// counted the plain way; so is what a silence of days skips.
func TestWindowsAgainstTheRecords(t *testing.T) {
	log := gone(t)
	rule := windowsRule
	rule.Features = []string{"x"}
	var want, got []string
	firing, windows := false, 0
	o := monitor.BacktestOptions{From: monitor.NoTime, To: monitor.NoTime}
	o.Closed = func(w rules.Window, samples []rules.Sample) {
		x := samples[slices.IndexFunc(samples, func(s rules.Sample) bool { return s.Series.Feature == "x" })]
		for _, size := range []time.Duration{3 * time.Minute, 5 * time.Minute, 20 * time.Minute} {
			rows, missing, least := plainWindow(t, log, w.End.Add(-size), w.End)
			s := x.In(size)
			if s == nil || float64(s.Rows) != rows || s.Stat("missing_rate") != missing/rows && rows > 0 || s.Stat("min") != least && missing < rows {
				t.Errorf("the %s until %s have %g rows, %g missing, at least %g; it says %+v", size, w.End, rows, missing, least, s)
			}
		}
		if x.In(time.Hour) != nil {
			t.Error("a window that no rule looks at")
		}
		windows++
	}
	o.Emit = func(a monitor.Alert) error {
		got = append(got, a.Time.Format(time.RFC3339)+" "+a.State)
		if rows, _, _ := plainWindow(t, log, a.Window.Start.Time, a.Window.End.Time); a.Window.End.Sub(a.Window.Start.Time) != 3*time.Minute || float64(a.Window.Rows) != rows {
			t.Errorf("the alert's window is %+v, with %g rows", a.Window, rows)
		}
		return nil
	}
	if _, err := monitor.Backtest(context.Background(), oneLog(t, windowed("5m"), log, rule), o); err != nil {
		t.Fatal(err)
	}
	last := time.UnixMilli(log[len(log)-1].Time).UTC()
	for end := t0.Add(time.Minute); !end.After(last.Add(-30 * time.Second)); end = end.Add(time.Minute) {
		all := true
		for _, size := range []time.Duration{3 * time.Minute, 20 * time.Minute} {
			rows, missing, _ := plainWindow(t, log, end.Add(-size), end)
			partial := end.Add(-size).Before(t0)
			all = all && (rows > 0 && missing > 0.3*rows || rows == 0 && !partial)
		}
		if all != firing {
			firing = all
			state := map[bool][]string{true: {"firing"}, false: {"ok"}}[all]
			for _, s := range state {
				want = append(want, end.Format(time.RFC3339)+" "+s)
			}
		}
	}
	if !slices.Equal(got, want) || len(want) < 6 {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if windows > 400 {
		t.Errorf("%d windows were stepped through: a silence is not skipped", windows)
	}
}

// A window beside the monitor's own says all that it would say if that were the
// monitor's own size, but for what only the own one has samples or a baseline for.
func TestWindowsAreWhatTheirSizeSays(t *testing.T) {
	parts := logs()[:3]
	said := func(own, size string) []string {
		var all []string
		c := windowed(own)
		c.Reference = monitor.ReferenceConfig{From: t0.Format(time.RFC3339), To: t0.Add(20 * time.Minute).Format(time.RFC3339)}
		c.Segments = [][]string{{"country"}}
		d := deps(t, c, &logSource{parts: parts, cut: func() int { return 200 }}, rules.Rule{Name: "r", Monitor: "m", When: "psi > 1 || delta(psi, 4m) > 1", Segments: []string{"*"}, Windows: []rules.Duration{dur(size)}})
		known := slices.DeleteFunc(monitor.Statistics(c), func(st rules.Statistic) bool {
			return st.Sampled || st.Name == "psi_baseline"
		})
		_, err := monitor.Backtest(context.Background(), d, monitor.BacktestOptions{From: monitor.NoTime, To: monitor.NoTime, Closed: func(w rules.Window, samples []rules.Sample) {
			for _, s := range samples {
				in := s.In(time.Duration(dur(size)))
				line := fmt.Sprintf("%s %v %d", w.End, s.Series, in.Rows)
				for _, st := range known {
					line += fmt.Sprintf(" %s %v before %v", st.Name, in.Stat(st.Name), in.Past(4*time.Minute).Stat(st.Name))
				}
				all = append(all, line)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	for _, size := range []string{"2m", "15m"} {
		want, got := said(size, size), said("5m", size)
		if len(want) < 100 || !slices.Equal(got, want) {
			t.Errorf("%s, of %d:\n%s", size, len(want), firstDifference(got, want))
		}
	}
}

// A rule whose only window is of the monitor's own size is the rule without it, to
// the byte.
func TestAWindowOfTheOwnSizeIsTheRule(t *testing.T) {
	parts := logs()
	for _, size := range []string{"1m", "5m", "12m"} {
		run := func(windows []rules.Duration) []string {
			c := config()
			c.Window.Size = dur(size)
			c.Segments = [][]string{{"country"}}
			few := 50
			var declared []rules.Rule
			for _, r := range append(slices.Clone(driftRules), jumpRule, rules.Rule{
				Name: "most", Monitor: "m", When: "share(psi_lo > 0.05) > 0.3", Clear: "max(psi) < 0.1", Segments: []string{"*"}, MinSamples: &few, NoData: "ok",
			}) {
				r.Windows = windows
				declared = append(declared, r)
			}
			got, _ := backtest(t, deps(t, c, &logSource{parts: parts, cut: func() int { return 300 }}, declared...))
			return got
		}
		without, with := run(nil), run([]rules.Duration{dur(size)})
		if len(without) < 4 || !slices.Equal(with, without) {
			t.Errorf("%s, of %d:\n%s", size, len(without), firstDifference(with, without))
		}
	}
}

// A run that is cut off over and over has the same windows again.
func TestWindowsSurviveBeingCutOff(t *testing.T) {
	parts, few := logs()[:3], 100
	more := []rules.Rule{windowsRule, {Name: "moves", Monitor: "m", When: "psi > 0.05", Clear: "delta(psi, 5m) < 0", MinSamples: &few, Windows: []rules.Duration{dur("2m"), dur("9m")}}}
	whole := runUntil(t, config(), parts, nil, more...)
	for _, name := range []string{"m/both/", "m/moves/"} {
		if !slices.ContainsFunc(whole, func(line string) bool { return line[:len(name)] == name }) {
			t.Errorf("nothing of %s", name)
		}
	}
	r := rand.New(rand.NewPCG(7, 0))
	if cut := runUntil(t, config(), parts, func() int { return 1 + r.IntN(30) }, more...); !slices.Equal(cut, whole) {
		t.Errorf("other transitions:\n%s", firstDifference(cut, whole))
	}
}

// The state keeps the panes of the longest window, and a window longer than panes
// are kept for, or not of whole ones, is refused.
func TestWindowsAndTheirPanes(t *testing.T) {
	for window, fine := range map[string]bool{"1h": true, "90s": false, "2h1m": false, "2h": true} {
		r := windowsRule
		r.Windows = []rules.Duration{dur(window)}
		d := oneLog(t, windowed("5m"), nil, r)
		d.Retention = 2 * time.Hour
		if _, err := monitor.New(d); (err == nil) != fine {
			t.Errorf("%s: %v", window, err)
		}
	}
	d := oneLog(t, windowed("5m"), gone(t), windowsRule)
	store := monitor.NewMemory()
	d.Store, d.Retention = store, 20*time.Minute
	backtest(t, d)
	cp, _, err := store.Load()
	if err != nil || cp.Progress.Keep != (20*time.Minute).Milliseconds() || cp.Progress.Closed-cp.Expired < (20*time.Minute).Milliseconds() {
		t.Errorf("it keeps %d ms, and panes since %d ms before, %v", cp.Progress.Keep, cp.Progress.Closed-cp.Expired, err)
	}
}
