package monitor_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// logs are three partitions with jitter, holes, bad and corrupt records, one that begins
// later and one that is hours ahead for a moment.
func logs() [][]monitor.Record {
	parts := [][]monitor.Record{
		events{seed: 1, start: t0, step: 700 * time.Millisecond, n: 5000, shiftFrom: 30 * time.Minute, shiftTo: 40 * time.Minute, jitter: 45 * time.Second}.records(),
		events{seed: 2, start: t0.Add(3 * time.Minute), step: 900 * time.Millisecond, n: 4000, shiftFrom: 27 * time.Minute, shiftTo: 37 * time.Minute, gap: 97}.records(),
		events{seed: 3, start: t0.Add(10 * time.Second), step: 5 * time.Second, n: 700, shiftFrom: 30 * time.Minute, shiftTo: 40 * time.Minute}.records(),
		nil,
	}
	bad := map[int]string{
		10: `{"ts": 1`, 11: `[]`, 12: ``, 13: `{"x": 1}`, 14: `{"ts": "yesterday"}`, 15: `{"ts": 4102444800000, "x": 1}`,
		16: `{"ts": 0, "x": 1}`, 17: `{"ts": -5, "x": 1e999}`,
	}
	for i, text := range bad {
		parts[0][i].Value = []byte(text)
	}
	for _, part := range parts[:2] {
		for _, i := range []int{300, 1200, 1201, 2600} {
			part[i] = monitor.Record{Offset: part[i].Offset, Time: monitor.NoTime, Corrupt: 3}
			for later := i + 1; later < len(part); later++ {
				part[later].Offset += 2
			}
		}
	}
	parts[1][100].Value = fmt.Appendf(nil, `{"ts": %d, "x": 1, "kind": "a"}`, parts[1][100].Time+(9*time.Minute).Milliseconds())
	return parts
}

// accounts checks that every offset is accounted for.
func accounts(t interface{ Errorf(string, ...any) }, p monitor.Progress) {
	decided := p.Carried
	for _, part := range p.Partitions {
		decided += part.Decided()
	}
	sum := p.Totals.Rows + p.Totals.Skipped + p.Totals.Lost
	for _, n := range p.Totals.Rejected {
		sum += n
	}
	if int64(sum) != decided {
		t.Errorf("%d records are accounted for of %d decided: %+v", sum, decided, p)
	}
}

func TestBacktestIsAFunctionOfTheLogs(t *testing.T) {
	parts := logs()
	c := config()
	c.Segments = [][]string{{"country"}, {"country", "kind"}}
	fixed := deps(t, c, &logSource{parts: parts, cut: func() int { return 100 }}, driftRules...)
	few := 100
	fixed.Rules = append(slices.Clone(driftRules), jumpRule)
	fixed.Rules[0].Segments, fixed.Rules[0].MinSamples, fixed.Rules[0].MinReferenceSamples = []string{"*"}, &few, &few
	store := monitor.NewMemory()
	fixed.Store = store
	want, wantResult := backtest(t, fixed)
	if len(want) < 20 {
		t.Fatalf("only %d transitions: the log tells no story", len(want))
	}
	wantPanes := panesOf(t, store)
	rapid.Check(t, func(rt *rapid.T) {
		most := rapid.SampledFrom([]int{1, 7, 64, 1000, 6000}).Draw(rt, "most")
		d := fixed
		d.Source = &logSource{parts: parts, cut: func() int { return 1 + rand.IntN(most) }}
		d.Workers = rapid.IntRange(1, 5).Draw(rt, "workers")
		store := monitor.NewMemory()
		d.Store = store
		got, result := backtest(t, d)
		if !slices.Equal(got, want) {
			rt.Fatalf("other transitions:\n%s", firstDifference(got, want))
		}
		if fmt.Sprint(result) != fmt.Sprint(wantResult) {
			rt.Fatalf("other totals: %+v, want %+v", result, wantResult)
		}
		if p := panesOf(t, store); !slices.Equal(p, wantPanes) {
			rt.Fatalf("other panes:\n%s", firstDifference(p, wantPanes))
		}
		cp, _, _ := store.Load()
		accounts(rt, cp.Progress)
	})
}

// One partition gives the same with one worker or with several.
func TestWorkersShareAPartition(t *testing.T) {
	parts := logs()[:1]
	var want []string
	for workers := range 4 {
		d := deps(t, config(), &logSource{parts: parts, cut: func() int { return 1 + rand.IntN(100) }}, driftRules...)
		store := monitor.NewMemory()
		d.Store, d.Workers = store, workers+1
		got, _ := backtest(t, d)
		got = append(got, panesOf(t, store)...)
		if workers == 0 {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d workers:\n%s", workers+1, firstDifference(got, want))
		}
	}
	if len(want) < 20 {
		t.Errorf("only %d transitions and panes", len(want))
	}
}

func panesOf(t testing.TB, s monitor.Store) []string {
	t.Helper()
	var all []string
	c, _, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	err = s.Panes(c.Progress.Layout, monitor.Ancient, monitor.Distant+1, func(k monitor.PaneKey, b []byte) error {
		all = append(all, fmt.Sprintf("%+v %x", k, b))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func firstDifference(got, want []string) string {
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			return fmt.Sprintf("%d is missing: %s", i, want[i])
		case i >= len(want):
			return fmt.Sprintf("%d is too many: %s", i, got[i])
		case got[i] != want[i]:
			return fmt.Sprintf("%d: got  %s\nwant %s", i, got[i], want[i])
		}
	}
	return "none"
}

// failing is a store that fails for good after so many commits, as a process
// does that is killed.
type failing struct {
	monitor.Store
	left int
	dead func()
	got  *[]string
	mu   *sync.Mutex
}

func (f *failing) Commit(c *monitor.Commit) error {
	if f.left--; f.left < 0 {
		f.dead()
		return errors.New("killed")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, tr := range c.Transitions {
		*f.got = append(*f.got, tr.Alert.ID+tr.Alert.State+tr.Alert.Time.String()+fmt.Sprint(tr.Alert.Stats, tr.Alert.Bins, tr.Alert.Since))
	}
	return f.Store.Commit(c)
}

// A live run that is cut off at random commits, over and over, decides what an
// uninterrupted one does.
func TestRunSurvivesBeingCutOff(t *testing.T) {
	parts := logs()[:3]
	c := config()
	lingers := rules.Rule{Name: "lingers", Monitor: "m", When: "missing_rate > 0.5", KeepFiringFor: rules.Duration(4 * time.Minute)}
	whole := runUntil(t, c, parts, nil, lingers)
	if len(whole) < 6 {
		t.Fatalf("only %d transitions", len(whole))
	}
	for seed := range uint64(2) {
		r := rand.New(rand.NewPCG(seed, 0))
		cut := runUntil(t, c, parts, func() int { return 1 + r.IntN(40) }, lingers)
		if !slices.Equal(cut, whole) {
			t.Errorf("seed %d: other transitions:\n%s", seed, firstDifference(cut, whole))
		}
	}
}

// runUntil runs a monitor live until it has read everything, in as many lives
// as commits lets it have (nil: one).
func runUntil(t *testing.T, c monitor.Config, parts [][]monitor.Record, commits func() int, more ...rules.Rule) []string {
	t.Helper()
	store := monitor.NewMemory()
	var got []string
	var mu sync.Mutex
	for lives := 1; lives < 500; lives++ {
		ctx, cancel := context.WithCancel(context.Background())
		f := &failing{Store: store, left: 1 << 30, dead: cancel, got: &got, mu: &mu}
		if commits != nil {
			f.left = commits()
		}
		d := deps(t, c, &logSource{parts: parts, cut: func() int { return 1 + rand.IntN(300) }, beat: time.Millisecond, now: time.Now}, slices.Concat(driftRules, []rules.Rule{jumpRule}, more)...)
		d.Store, d.Checkpoint = f, time.Millisecond
		m, err := monitor.New(d)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Start(ctx); err == nil {
			go func() {
				for ctx.Err() == nil {
					if s := m.Snapshot().Progress; atEnd(s, parts) {
						cancel()
					}
					time.Sleep(time.Millisecond)
				}
			}()
			_ = m.Run(ctx)
		}
		cancel()
		cp, _, _ := store.Load()
		if atEnd(cp.Progress, parts) {
			accounts(t, cp.Progress)
			rows := uint64(0)
			for _, n := range []int{5000 - 5 - 4, 4000 - 4, 700} { // what is rejected of the first two: see logs
				rows += uint64(n)
			}
			if n := cp.Progress.Totals.Rejected["future"]; cp.Progress.Totals.Rows+n != rows {
				t.Errorf("%d rows, want %d: %+v", cp.Progress.Totals.Rows, rows-n, cp.Progress.Totals)
			}
			return got
		}
	}
	t.Fatal("500 lives were not enough")
	return nil
}

func atEnd(p monitor.Progress, parts [][]monitor.Record) bool {
	if p.Learn != nil || len(p.Partitions) != len(parts) || p.Layout == "" {
		return false
	}
	for i, part := range p.Partitions {
		if part.Next < end(parts[i]) {
			return false
		}
	}
	return true
}
