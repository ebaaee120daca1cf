package monitor

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"driftwatch/stats"
)

// Removing the oldest pane leaves what a window without it would be.
func TestWindowRemoveUndoesAdd(t *testing.T) {
	l := stats.NewLayout([]*stats.Edges{stats.NewNumeric("x", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 200), stats.NewBoolean("b")})
	rapid.Check(t, func(rt *rapid.T) {
		var panes []*pane
		for range rapid.IntRange(2, 6).Draw(rt, "panes") {
			p := newPane(2)
			for s := range 2 {
				if !rapid.Bool().Draw(rt, "rows") {
					continue
				}
				c := l.NewCounts()
				for range rapid.IntRange(1, 5).Draw(rt, "n") {
					x := rapid.Float64Range(-1e300, 1e300).Draw(rt, "x")
					c.Rows++
					c.Cells[l.Features[0].Number(x)]++
					z, ok := l.Features[0].Z(x)
					c.Moments[0].Observe(z, ok)
					c.Extremes[0].Observe(x)
				}
				p.segments[s] = c
			}
			panes = append(panes, p)
		}
		whole, rest := newWindow(span{}, l, 2), newWindow(span{}, l, 2)
		for i, p := range panes {
			whole.add(int64(i), p)
			if i > 0 {
				rest.add(int64(i), p)
			}
		}
		whole.remove(panes[0])
		whole.refresh()
		rest.refresh()
		for s := range 2 {
			if got, want := fmt.Sprintf("%+v", whole.sums[s]), fmt.Sprintf("%+v", rest.sums[s]); got != want {
				rt.Fatalf("segment %d: %s, want %s", s, got, want)
			}
		}
	})
}

// The learnt sample is a function of the rows, not of their batches.
func TestSampleIsTheSmallestHashes(t *testing.T) {
	s := &Stream{plan: &plan{times: *testTimes(true)}, parts: []*partition{{PartitionProgress: PartitionProgress{First: 0}}}}
	var rows []SampleRow
	for i := range int64(2 * sampleSize) {
		rows = append(rows, SampleRow{Hash: placeHash(0, i), Offset: i, Time: i % (20 * minute)})
	}
	var first []SampleRow
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 0))
		l := &learning{start: NoTime, span: 15 * minute}
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		for batch := range slices.Chunk(rows, 1+r.IntN(9000)) {
			l.add(s, batch)
		}
		got := []SampleRow(l.rows)
		slices.SortFunc(got, func(a, b SampleRow) int { return int(a.Offset - b.Offset) })
		for _, row := range got {
			if row.Time >= 15*minute {
				t.Fatalf("a row at %d ms is not in the range", row.Time)
			}
		}
		if seed == 0 {
			first = got
		}
		if !slices.EqualFunc(got, first, func(a, b SampleRow) bool { return a.Offset == b.Offset }) {
			t.Errorf("seed %d: another sample", seed)
		}
	}
	if len(first) < sampleSize/2 {
		t.Errorf("only %d rows", len(first))
	}
}

// Of large records fewer are kept, and which ones does not depend on the order.
func TestSampleOfLargeRecordsIsBounded(t *testing.T) {
	s := &Stream{plan: &plan{times: *testTimes(true)}, parts: []*partition{{PartitionProgress: PartitionProgress{First: 0}}}}
	large := make([]byte, 4<<20)
	var rows []SampleRow
	for i := range int64(2000) {
		rows = append(rows, SampleRow{Hash: placeHash(0, i), Offset: i, Value: large[:1000+(i*7919)%(4<<20-1000)]})
	}
	var first []int64
	for seed := range uint64(5) {
		r := rand.New(rand.NewPCG(seed, 0))
		l := &learning{start: NoTime, span: minute}
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		for batch := range slices.Chunk(rows, 1+r.IntN(300)) {
			l.add(s, batch)
		}
		var got []int64
		size := 0
		for _, row := range l.rows {
			got, size = append(got, row.Offset), size+len(row.Value)
		}
		slices.Sort(got)
		if size > sampleBytes || size < sampleBytes-len(large) || size != l.bytes {
			t.Errorf("seed %d: %d bytes, counted as %d; at most %d", seed, size, l.bytes, sampleBytes)
		}
		if seed == 0 {
			first = got
		}
		if !slices.Equal(got, first) {
			t.Errorf("seed %d: another sample of %d rows, want %d", seed, len(got), len(first))
		}
	}
}
