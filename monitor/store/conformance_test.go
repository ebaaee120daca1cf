package store_test

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"driftwatch/monitor"
	"driftwatch/monitor/store"
	"driftwatch/rules"
)

// subject is one monitor's Store under test; reopen is a restart of the process.
type subject struct {
	monitor.Store
	reopen func(*rapid.T)
}

// TestStores holds both stores against an oracle that knows nothing of keys,
// pages or order.
func TestStores(t *testing.T) {
	t.Run("file", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			dir, err := os.MkdirTemp("", "store")
			must(t, err)
			defer os.RemoveAll(dir)
			f, err := store.Open(dir)
			must(t, err)
			s := &subject{Store: f.Monitor("payments")}
			s.reopen = func(t *rapid.T) {
				must(t, f.Close())
				f, err = store.Open(dir)
				must(t, err)
				s.Store = f.Monitor("payments")
			}
			conform(t, s)
			must(t, f.Close())
		})
	})
	t.Run("memory", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			conform(t, &subject{Store: monitor.NewMemory(), reopen: func(*rapid.T) {}})
		})
	})
}

func conform(t *rapid.T, s *subject) {
	_, found, err := s.Load()
	must(t, err)
	if found {
		t.Fatal("a new store has a checkpoint")
	}
	o := oracle{expired: monitor.NoTime, panes: map[monitor.PaneKey]string{}, sample: map[rowKey]monitor.SampleRow{}, incidents: map[string]monitor.Incident{}, sketches: map[int64]string{}}
	for n := range rapid.IntRange(1, 8).Draw(t, "commits") {
		c := drawCommit(t, n)
		must(t, s.Commit(c))
		o.commit(c)
		for i := range c.Panes { // a stream uses its buffers again
			clear(c.Panes[i].Bytes)
		}
		for i := range c.Sketches {
			clear(c.Sketches[i].Bytes)
		}
		if rapid.IntRange(0, 4).Draw(t, "restart") == 0 {
			s.reopen(t)
		}
		o.compare(t, s)
	}
}

type rowKey struct {
	hash      uint64
	partition int32
	offset    int64
}

func keyOf(r monitor.SampleRow) rowKey { return rowKey{r.Hash, r.Partition, r.Offset} }

// oracle is what a store should hold, in maps without any order.
type oracle struct {
	progress  monitor.Progress
	alerts    []rules.Saved
	days      []rules.Day
	declared  string
	expired   int64
	reference string
	panes     map[monitor.PaneKey]string
	sample    map[rowKey]monitor.SampleRow
	incidents map[string]monitor.Incident
	sketches  map[int64]string
}

func (o *oracle) commit(c *monitor.Commit) {
	if c.Progress.Layout != o.progress.Layout {
		clear(o.sketches)
	}
	for _, s := range c.Sketches {
		o.sketches[s.Start] = string(s.Bytes)
	}
	for start := range o.sketches {
		if c.ExpireSketches != monitor.NoTime && start < c.ExpireSketches {
			delete(o.sketches, start)
		}
	}
	o.progress, o.alerts = c.Progress, c.Alerts
	if c.Days != nil {
		o.days = c.Days
	}
	if c.Reference != nil {
		o.reference = string(c.Reference)
	}
	if c.Declared != nil {
		o.declared = c.Declared.Rules["drift"]
	}
	if c.Reset {
		for k := range o.panes {
			if k.Layout == "" {
				delete(o.panes, k)
			}
		}
		clear(o.sample)
	}
	for _, p := range c.Panes {
		o.panes[p.Key] = string(p.Bytes)
	}
	for k := range o.panes {
		if c.Expire != monitor.NoTime && k.Start < c.Expire && k.Start != monitor.Ancient && k.Start != monitor.Distant {
			delete(o.panes, k)
			o.expired = max(o.expired, c.Expire)
		}
	}
	for _, r := range c.SampleAdd {
		o.sample[keyOf(r)] = r
	}
	for _, r := range c.SampleDrop {
		delete(o.sample, keyOf(r))
	}
	for _, i := range c.Incidents {
		o.incidents[i.ID] = i
	}
}

func (o *oracle) compare(t *rapid.T, s monitor.Store) {
	c, found, err := s.Load()
	must(t, err)
	if !found {
		t.Fatal("the checkpoint is gone")
	}
	same(t, "progress", c.Progress, o.progress)
	same(t, "alerts", c.Alerts, o.alerts)
	same(t, "days", c.Days, o.days)
	same(t, "reference", string(c.Reference), o.reference)
	same(t, "expired", c.Expired, o.expired)
	declared := ""
	if c.Declared != nil {
		declared = c.Declared.Rules["drift"]
	}
	same(t, "declared", declared, o.declared)
	byID := func(a, b monitor.Incident) int { return cmp.Compare(a.ID, b.ID) }
	var incidents []monitor.Incident
	for _, i := range o.incidents {
		incidents = append(incidents, i)
	}
	slices.SortFunc(incidents, byID)
	slices.SortFunc(c.Incidents, byID)
	same(t, "incidents", c.Incidents, incidents)
	o.comparePanes(t, s)
	o.compareSketches(t, s)
	o.compareSample(t, s)
}

func (o *oracle) comparePanes(t *rapid.T, s monitor.Store) {
	layout := drawLayout.Draw(t, "layout")
	from, to := drawBound.Draw(t, "from"), drawBound.Draw(t, "to")
	var want, got []string
	for _, k := range slices.SortedFunc(maps(o.panes), func(a, b monitor.PaneKey) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(fmt.Sprint(a.Late), fmt.Sprint(b.Late)), cmp.Compare(a.Segment, b.Segment))
	}) {
		if k.Layout == layout && from <= k.Start && k.Start < to {
			want = append(want, fmt.Sprintf("%+v=%s", k, o.panes[k]))
		}
	}
	must(t, s.Panes(layout, from, to, func(k monitor.PaneKey, b []byte) error {
		got = append(got, fmt.Sprintf("%+v=%s", k, b))
		return nil
	}))
	same(t, fmt.Sprintf("panes of %q in [%d, %d)", layout, from, to), got, want)

	stop, visits := errors.New("stop"), 0
	err := s.Panes(layout, from, to, func(monitor.PaneKey, []byte) error { visits++; return stop })
	if len(want) > 0 && (!errors.Is(err, stop) || visits != 1) {
		t.Fatalf("an error of the visit: %d visits, then %v", visits, err)
	}
}

func (o *oracle) compareSketches(t *rapid.T, s monitor.Store) {
	from, to := drawBound.Draw(t, "from"), drawBound.Draw(t, "to")
	var want, got []string
	for _, start := range slices.Sorted(maps(o.sketches)) {
		if from <= start && start < to {
			want = append(want, fmt.Sprintf("%d=%s", start, o.sketches[start]))
		}
	}
	must(t, s.Sketches(from, to, func(start int64, b []byte) error {
		got = append(got, fmt.Sprintf("%d=%s", start, b))
		return nil
	}))
	same(t, fmt.Sprintf("sketches in [%d, %d)", from, to), got, want)

	stop, visits := errors.New("stop"), 0
	err := s.Sketches(from, to, func(int64, []byte) error { visits++; return stop })
	if len(want) > 0 && (!errors.Is(err, stop) || visits != 1) {
		t.Fatalf("an error of the visit: %d visits, then %v", visits, err)
	}
}

func (o *oracle) compareSample(t *rapid.T, s monitor.Store) {
	var want, got []string
	for _, k := range slices.SortedFunc(maps(o.sample), func(a, b rowKey) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.partition, b.partition), cmp.Compare(a.offset, b.offset))
	}) {
		want = append(want, fmt.Sprintf("%+v", o.sample[k]))
	}
	must(t, s.Sample(func(r monitor.SampleRow) error {
		got = append(got, fmt.Sprintf("%+v", r))
		return nil
	}))
	same(t, "sample", got, want)
}

func maps[K comparable, V any](m map[K]V) func(func(K) bool) {
	return func(yield func(K) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

var (
	drawLayout = rapid.SampledFrom([]string{"", "a1", "b2"})
	drawStart  = rapid.SampledFrom([]int64{monitor.Ancient, -120_000, -60_000, 0, 60_000, 120_000, 1 << 40, monitor.Distant})
	drawBound  = rapid.OneOf(drawStart, rapid.SampledFrom([]int64{-1 << 62, 30_000, 60_001, 1 << 62}))
	drawName   = rapid.SampledFrom([]string{"", "country=DE", "country=DE,channel=web", "(other)", "\x00", "é"})
	drawBytes  = rapid.SliceOfN(rapid.Byte(), 0, 40)
	drawRow    = rapid.Custom(func(t *rapid.T) monitor.SampleRow {
		return monitor.SampleRow{
			Hash:      rapid.SampledFrom([]uint64{0, 1, 1<<63 - 1, 1 << 63, 1<<64 - 1}).Draw(t, "hash"),
			Partition: rapid.Int32Range(0, 2).Draw(t, "partition"), Offset: rapid.Int64Range(0, 3).Draw(t, "offset"),
			Time: rapid.Int64().Draw(t, "time"), Log: rapid.Int64().Draw(t, "log"), Value: drawBytes.Draw(t, "value"),
		}
	})
	drawSketch = rapid.Custom(func(t *rapid.T) monitor.SketchValue {
		return monitor.SketchValue{Start: drawStart.Draw(t, "start"), Bytes: drawBytes.Draw(t, "bytes")}
	})
	drawPane = rapid.Custom(func(t *rapid.T) monitor.PaneValue {
		return monitor.PaneValue{
			Key: monitor.PaneKey{
				Layout: drawLayout.Draw(t, "layout"), Start: drawStart.Draw(t, "start"),
				Late: rapid.Bool().Draw(t, "late"), Segment: drawName.Draw(t, "segment"),
			},
			Bytes: drawBytes.Draw(t, "bytes"),
		}
	})
)

func drawCommit(t *rapid.T, n int) *monitor.Commit {
	c := &monitor.Commit{
		Progress: monitor.Progress{
			Epoch: monitor.Epoch{Layout: drawLayout.Draw(t, "layout"), Closed: monitor.NoTime},
			Topic: "payments", Watermark: rapid.Int64().Draw(t, "watermark"),
			Partitions: []monitor.PartitionProgress{{Partition: 1, Next: int64(n), Max: monitor.NoTime}},
			Totals:     monitor.Totals{Rows: uint64(n), Rejected: map[string]uint64{"malformed": 3}},
		},
		Panes:      rapid.SliceOfN(drawPane, 0, 6).Draw(t, "panes"),
		Reset:      rapid.IntRange(0, 5).Draw(t, "reset") == 0,
		SampleAdd:  rapid.SliceOfN(drawRow, 0, 4).Draw(t, "add"),
		SampleDrop: rapid.SliceOfN(drawRow, 0, 2).Draw(t, "drop"),
		Expire:     rapid.OneOf(rapid.Just(monitor.NoTime), drawBound).Draw(t, "expire"),

		Sketches:       rapid.SliceOfN(drawSketch, 0, 3).Draw(t, "sketches"),
		ExpireSketches: rapid.OneOf(rapid.Just(monitor.NoTime), drawBound).Draw(t, "expire sketches"),
	}
	if rapid.Bool().Draw(t, "learning") {
		c.Progress.Learn = &monitor.LearnProgress{Start: monitor.NoTime, Evicted: true}
	}
	if rapid.Bool().Draw(t, "reference") {
		c.Reference = []byte(fmt.Sprintf("reference %d", n))
	}
	if rapid.Bool().Draw(t, "declared") {
		c.Declared = &monitor.Declared{Rules: map[string]string{"drift": fmt.Sprint(n)}}
	}
	if rapid.Bool().Draw(t, "alert") {
		c.Alerts = []rules.Saved{{Rule: "drift", State: rules.Firing, Series: rules.Series{Monitor: "payments", Feature: "amount"}, Since: time.UnixMilli(int64(n)).UTC()}}
	}
	if rapid.Bool().Draw(t, "days") {
		c.Days = []rules.Day{{Rule: "drift", Since: time.UnixMilli(int64(n)).UTC(), Windows: uint64(n), Before: &rules.Judged{Rule: "drift", Windows: 3, Undecided: 2}}}
	}
	for _, k := range rapid.SliceOfNDistinct(rapid.IntRange(0, 3), 0, 2, rapid.ID).Draw(t, "incidents") {
		i := incident(fmt.Sprintf("payments/%d", k), uint64(n+1), "slack")
		if rapid.Bool().Draw(t, "over") {
			i = over(i, int64(n))
		}
		c.Incidents = append(c.Incidents, i)
	}
	return c
}
