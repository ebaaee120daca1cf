package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"driftwatch/monitor"
	"driftwatch/monitor/store"
)

// weighing takes the heap at commits, when most is held.
type weighing struct {
	monitor.Store
	before, most  uint64
	commits, each int // one in so many is weighed
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func (w *weighing) Commit(c *monitor.Commit) error {
	if w.commits++; w.commits%w.each > 0 {
		return w.Store.Commit(c)
	}
	w.most = max(w.most, heap())
	err := w.Store.Commit(c)
	w.most = max(w.most, heap())
	return err
}

// partitions are files as the partitions of one topic, each read as fast as its blocks
// are taken, but for one that rests.
type partitions []*monitor.Lines

func (ps partitions) Topology(ctx context.Context) (monitor.Topology, error) {
	all := monitor.Topology{Topic: "payments"}
	for i, l := range ps {
		t, err := l.Topology(ctx)
		if err != nil {
			return all, err
		}
		t.Partitions[0].Partition = int32(i)
		all.Partitions = append(all.Partitions, t.Partitions[0])
	}
	return all, nil
}

func (ps partitions) Resolve(context.Context, monitor.Topology, monitor.Start) (map[int32]int64, error) {
	from := map[int32]int64{}
	for i := range ps {
		from[int32(i)] = 0
	}
	return from, nil
}

func (ps partitions) Run(ctx context.Context, t monitor.Topology, from map[int32]int64, sink monitor.Sink) error {
	g, ctx := errgroup.WithContext(ctx)
	for i, l := range ps {
		g.Go(func() error {
			return l.Run(ctx, t, map[int32]int64{0: from[int32(i)]}, asPartition{sink, int32(i)})
		})
	}
	return g.Wait()
}

type asPartition struct {
	monitor.Sink
	n int32
}

func (p asPartition) Block(ctx context.Context, b monitor.Block) error {
	for p.Held(p.n) {
		time.Sleep(time.Millisecond)
	}
	b.Partition = p.n
	return p.Sink.Block(ctx, b)
}

// A monitor with as many segments, categories, cut points and names of fields as it may have, and
// a topic that it reads as fast as it can, stays under the bound that check
// prints, and is not far from it: where a pane has many records and a partition runs ahead, where there are so few
// that what is read at once is of thousands of panes, in each of several partitions, and
// where old ones are strewn over a week.
func TestMemoryStaysUnderItsBound(t *testing.T) {
	t.Chdir(t.TempDir())
	r := rand.New(rand.NewPCG(1, 2))
	const first = 1764000000
	whole := func(at int) string {
		var b strings.Builder
		shift := float64((at - first) / 6000 % 2) // now and then, for alerts
		fmt.Fprintf(&b, `{"at": %d, "country": "c%d"`, at, r.IntN(40))
		for f := range 6 {
			value := r.Uint64() // as often as not a new one
			if value%2 == 0 {
				value %= 120
			}
			fmt.Fprintf(&b, `, "n%d": %g, "c%d": "v%d"`, f, r.NormFloat64()+3*shift, f, value)
		}
		for range 40 { // names of its own
			fmt.Fprintf(&b, `, "%016x": 1`, r.Uint64())
		}
		return b.String() + "}"
	}
	short := func(at int) string { return fmt.Sprintf(`{"at":%d,"country":"c%d"}`, at, r.IntN(40)) }
	reference := linesFile(t, "reference.jsonl", 20_000, func(i int) string { return whole(first + i/20) })
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
	for _, test := range []struct {
		name       string
		partitions int
		rows       int
		row        func(partition, i int) string
		each       int  // see weighing
		near       bool // the bound is for what it does
	}{
		{"dense", 2, 125_000, func(p, i int) string { return whole(first + i/10 + p*600) }, 1, true},
		{"sparse", 1, 4_000, func(_, i int) string { return short(first + 60*i) }, 4, false},
		{"sparse partitions", 4, 4_000, func(_, i int) string { return short(first + 60*i) }, 4, false},
		{"strewn", 1, 4_000, func(_, i int) string {
			if i < 10 {
				return short(first + 7*24*3600)
			}
			return short(first + r.IntN(7*24*3600))
		}, 1, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := cfg.deps(cfg.Monitors[0], slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			d.Workers = 2
			var source partitions
			for p := range test.partitions {
				l, err := monitor.OpenLines(linesFile(t, fmt.Sprintf("%s%d.jsonl", test.name, p), test.rows, func(i int) string { return test.row(p, i) }))
				if err != nil {
					t.Fatal(err)
				}
				source = append(source, l)
			}
			d.Source = source
			state, err := store.Open(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			defer state.Close()
			w := &weighing{Store: state.Monitor("payments"), before: heap(), each: test.each}
			d.Store = w
			result, err := monitor.Backtest(context.Background(), d, monitor.BacktestOptions{From: monitor.NoTime, To: monitor.NoTime, Emit: func(monitor.Alert) error { return nil }})
			if err != nil {
				t.Fatal(err)
			}
			if result.Totals.Rows != uint64(test.partitions*test.rows) {
				t.Errorf("%d rows, want %d", result.Totals.Rows, test.partitions*test.rows)
			}
			bound, used := monitor.MemoryOf(d), int64(w.most-w.before)
			t.Logf("%d commits; the heap grew by %.1f MiB; the bound is %.1f MiB, live %.1f MiB", w.commits, float64(used)/(1<<20), float64(bound.Behind)/(1<<20), float64(bound.Live)/(1<<20))
			if used > bound.Behind {
				t.Errorf("the heap grew by %d bytes, more than %d", used, bound.Behind)
			}
			if test.near && used < bound.Behind/6 {
				t.Errorf("the heap grew by %d bytes, so that a bound of %d says little", used, bound.Behind)
			}
		})
	}
}
