package monitor_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// events makes one partition's log: a number, a category and a segment, one
// record every step, from start on; between shiftFrom and shiftTo the number is
// shifted, the category's mix changes, and note is null.
type events struct {
	seed               uint64
	start              time.Time
	step               time.Duration
	n                  int
	shiftFrom, shiftTo time.Duration
	jitter             time.Duration
	gap                int // every gap-th offset has no record
}

func (e events) records() []monitor.Record {
	r := rand.New(rand.NewPCG(e.seed, 1))
	var all []monitor.Record
	offset := int64(0)
	for i := range e.n {
		at := e.start.Add(time.Duration(i) * e.step)
		shifted := at.Sub(e.start) >= e.shiftFrom && at.Sub(e.start) < e.shiftTo
		x, kind, note := r.NormFloat64(), "abc"[r.IntN(3):][:1], any("x")
		if shifted {
			x += 1.5
			note = nil
			if r.IntN(2) == 0 {
				kind = "a"
			}
		}
		event := at
		if e.jitter > 0 {
			event = at.Add(-time.Duration(r.Int64N(int64(e.jitter))))
		}
		b, err := json.Marshal(map[string]any{"ts": event.UnixMilli(), "x": x, "kind": kind, "note": note, "country": []string{"DE", "FR", "IT", "PL"}[r.IntN(4)]})
		if err != nil {
			panic(err)
		}
		if e.gap > 0 && i%e.gap == 0 {
			offset++
		}
		all = append(all, monitor.Record{Offset: offset, Time: at.UnixMilli(), Value: b})
		offset++
	}
	return all
}

var t0 = time.Date(2026, 10, 1, 10, 0, 0, 0, time.UTC)

var driftRules = []rules.Rule{
	{Name: "drift", Monitor: "m", When: "psi_lo > 0.1", For: 0},
	{Name: "missing", Monitor: "m", When: "missing_rate > 0.5", For: rules.Duration(2 * time.Minute)},
}

// jumpRule looks back, over restarts too.
var jumpRule = rules.Rule{Name: "jump", Monitor: "m", When: "delta(missing_rate, 10m) > 0.1 || delta(psi, 7m) > 0.3 || delta(rows, 5m) < -200"}

func backtest(t testing.TB, d monitor.Deps) ([]string, monitor.BacktestResult) {
	t.Helper()
	var lines []string
	r, err := monitor.Backtest(context.Background(), d, monitor.BacktestOptions{From: monitor.NoTime, To: monitor.NoTime, Emit: func(a monitor.Alert) error {
		b, err := json.Marshal(a)
		lines = append(lines, string(b))
		return err
	}})
	if err != nil {
		t.Fatal(err)
	}
	return lines, r
}

// A mean that shifts, a mix that changes and a field that goes null fire under
// rules for all features, soon after they begin, and end after they end;
// nothing else does.
func TestBacktestTellsTheStory(t *testing.T) {
	e := events{seed: 1, start: t0, step: 100 * time.Millisecond, n: 36000, shiftFrom: 30 * time.Minute, shiftTo: 40 * time.Minute}
	for name, source := range map[string]func() monitor.Source{
		"log": func() monitor.Source {
			return &logSource{parts: [][]monitor.Record{e.records()}, cut: func() int { return 500 }}
		},
		"file": func() monitor.Source { return fileOf(t, e.records()) },
	} {
		t.Run(name, func(t *testing.T) {
			lines, r := backtest(t, deps(t, config(), source(), driftRules...))
			if r.Totals.Rows != 36000 || r.Records != 36000 || r.Windows != 59 {
				t.Errorf("%+v, want 36000 rows in 59 windows", r)
			}
			fired, ended := map[string]time.Duration{}, map[string]time.Duration{}
			for _, l := range lines {
				var a monitor.Alert
				if err := json.Unmarshal([]byte(l), &a); err != nil {
					t.Fatal(err)
				}
				switch key := a.Rule + " " + a.Feature; a.State {
				case "firing":
					fired[key] = a.Time.Sub(t0)
					if got := a.Since.Sub(t0); got != 30*time.Minute {
						t.Errorf("%s is said to be so since %v, want 30m", key, got)
					}
				case "ok":
					ended[key] = a.Time.Sub(t0)
				}
			}
			for _, key := range []string{"drift x", "drift kind", "drift note", "missing note"} {
				if at := fired[key]; at < 31*time.Minute || at > 35*time.Minute {
					t.Errorf("%s fired after %v, want 31m to 35m", key, at)
				}
				if at := ended[key]; at < 41*time.Minute || at > 45*time.Minute {
					t.Errorf("%s ended after %v, want 41m to 45m", key, at)
				}
			}
			if len(fired) != 4 || len(ended) != 4 {
				t.Errorf("fired %v, ended %v; want 4 each", fired, ended)
			}
		})
	}
}

// fileOf writes records as lines.
func fileOf(t *testing.T, records []monitor.Record) monitor.Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), "t.jsonl")
	var b []byte
	for _, r := range records {
		b = append(append(b, r.Value...), '\n')
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := monitor.OpenLines(path)
	if err != nil {
		t.Fatal(err)
	}
	return src
}
