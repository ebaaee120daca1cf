package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"driftwatch/monitor"
	"driftwatch/monitor/store"
)

// weighing takes the heap at each commit, when most is held.
type weighing struct {
	monitor.Store
	before, most uint64
	commits      int
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func (w *weighing) Commit(c *monitor.Commit) error {
	w.commits++
	w.most = max(w.most, heap())
	err := w.Store.Commit(c)
	w.most = max(w.most, heap())
	return err
}

// A monitor with as many segments, categories and cut points as it may have, and
// a topic that it reads as fast as it can, stays under the bound that check
// prints, and is not far from it.
func TestMemoryStaysUnderItsBound(t *testing.T) {
	t.Chdir(t.TempDir())
	r := rand.New(rand.NewPCG(1, 2))
	row := func(i int) string {
		var b strings.Builder
		fmt.Fprintf(&b, `{"at": %d, "country": "c%d"`, 1764000000+i/20, r.IntN(40))
		for f := range 6 {
			fmt.Fprintf(&b, `, "n%d": %g, "c%d": "v%d"`, f, r.NormFloat64(), f, r.IntN(120))
		}
		return b.String() + "}"
	}
	reference := linesFile(t, "reference.jsonl", 20_000, row)
	day := linesFile(t, "day.jsonl", 250_000, row)
	write(t, "c.yaml", `kafka: {brokers: [localhost:9092]}
monitors:
  - name: payments
    topic: payments
    timestamp: at
    segments: [country]
    max_segments: 30
    window: {size: 5m, every: 1m}
    reference: {profile: x.profile}
rules:
  - {name: drift, monitor: payments, segments: ["*"], when: psi_lo > 0.1, min_samples: 50, min_reference_samples: 10}
  - {name: jump, monitor: payments, when: "delta(psi, 30m) > 0.5"}
  - {name: lasting, monitor: payments, when: psi_lo > 0.1, windows: [5m, 40m]}
`)
	must(t, "records in", "profile", "--config", "c.yaml", "--input", reference, "-o", "x.profile")
	cfg, err := loadRunnable("c.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d, err := cfg.deps(cfg.Monitors[0], slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	d.Workers = 2
	if d.Source, err = monitor.OpenLines(day); err != nil {
		t.Fatal(err)
	}
	state, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer state.Close()
	w := &weighing{Store: state.Monitor("payments"), before: heap()}
	d.Store = w
	if _, err := monitor.Backtest(context.Background(), d, monitor.BacktestOptions{From: monitor.NoTime, To: monitor.NoTime, Emit: func(monitor.Alert) error { return nil }}); err != nil {
		t.Fatal(err)
	}
	bound, used := monitor.MemoryOf(d), int64(w.most-w.before)
	t.Logf("%d commits; the heap grew by %.1f MiB; the bound is %.1f MiB, live %.1f MiB", w.commits, float64(used)/(1<<20), float64(bound.Behind)/(1<<20), float64(bound.Live)/(1<<20))
	if used > bound.Behind {
		t.Errorf("the heap grew by %d bytes, more than %d", used, bound.Behind)
	}
	if used < bound.Behind/6 {
		t.Errorf("the heap grew by %d bytes, so that a bound of %d says little", used, bound.Behind)
	}
}
