package monitor

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"driftwatch/stats"
)

// samplePlan watches two features and one header.
func samplePlan(t testing.TB, headers ...string) *plan {
	t.Helper()
	c := defaults
	c.Headers = headers
	ref := &stats.Reference{Layout: stats.NewLayout([]*stats.Edges{
		stats.NewNumeric("x", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 200), stats.NewBoolean("b"),
	}), FieldRows: 1}
	p, err := newPlan(c, 0, ref)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// sampleOf is a row with what depends on its place.
func sampleOf(p *plan, partition int32, offset int64, shape string) *sampledRow {
	r := &sampledRow{place: placeOf(partition, offset), shape: shape}
	for i, f := range p.features {
		r.cells = append(r.cells, f.offset+uint32(offset)%uint32(f.edges.Width()+i))
		if i > 0 && offset%7 == 0 {
			r.cells[i] = uncounted
		}
	}
	r.cells[0] = min(r.cells[0], p.features[1].offset-1)
	r.cells[1] = max(r.cells[1], p.features[1].offset)
	if r.cells[1] != uncounted {
		r.cells[1] = min(r.cells[1], uint32(p.layout.Offsets[2])-1)
	}
	for range p.headers {
		r.headers = append(r.headers, fmt.Sprintf("1.%d", offset%3))
	}
	return r
}

func shapeOf(name string) string { return "\x00s" + string(rune(len(name))) + name }

// oracle is the sample of rows by the definition: in the order of their hashes as
// many as there is room for.
func oracle(rows []*sampledRow, most int) []*sampledRow {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b *sampledRow) int { return cmp.Compare(a.place.hash, b.place.hash) })
	shapes, size := map[string]bool{}, 0
	for i, r := range rows {
		if !shapes[r.shape] {
			shapes[r.shape] = true
			size += len(r.shape)
		}
		if i == most || size > most*shapeShare {
			return rows[:i]
		}
	}
	return rows
}

// A sample is a function of the rows: not of their order, of how they are cut
// into deltas, of what a delta knows of its pane, nor of being stored in between.
func TestRowSampleIsAFunctionOfTheRows(t *testing.T) {
	p := samplePlan(t, "app_version")
	rapid.Check(t, func(rt *rapid.T) {
		most := rapid.IntRange(16, 40).Draw(rt, "most")
		long := rapid.IntRange(1, 120).Draw(rt, "shape")
		var rows []*sampledRow
		for i := range rapid.IntRange(0, 200).Draw(rt, "n") {
			shape := shapeOf(strings.Repeat("k", 1+i%long))
			if rapid.IntRange(0, 3).Draw(rt, "random") == 0 {
				shape += strings.Repeat(shapeOf(fmt.Sprintf("%030d", i))[1:], rapid.IntRange(0, 200).Draw(rt, "keys"))
			}
			rows = append(rows, sampleOf(p, int32(i%3), int64(i), shape))
		}
		want := newRowSample(most)
		for _, r := range oracle(rows, most) {
			want.add(r)
		}
		parts := make([]rowSample, rapid.IntRange(1, 5).Draw(rt, "parts"))
		for i := range parts {
			parts[i] = newRowSample(most)
		}
		all := newRowSample(most)
		for _, i := range rapid.Permutation(rows).Draw(rt, "order") {
			part := &parts[rapid.IntRange(0, len(parts)-1).Draw(rt, "part")]
			part.add(i)
			switch rapid.IntRange(0, 9).Draw(rt, "then") {
			case 0: // the delta is merged and comes back
				all.merge(part)
				part.reset()
				part.lower(all.limit)
			case 1:
				stored := newRowSample(most)
				if err := stored.decode(p, all.append(nil, p)); err != nil {
					rt.Fatal(err)
				}
				all = stored
			}
		}
		for i := range parts {
			all.merge(&parts[i])
			all.merge(&parts[i]) // twice: it is a set
		}
		if n := len(oracle(rows, most)); len(all.rows) != n {
			rt.Fatalf("%d rows, want %d", len(all.rows), n)
		}
		if n := len(all.rows); n < len(rows) {
			want.limit = oracle(rows, math.MaxInt32)[n].place.hash
		}
		if got, want := all.append(nil, p), want.append(nil, p); !bytes.Equal(got, want) {
			rt.Fatalf("%x, want\n%x", got, want)
		}
	})
}

// A window's sample is every row below the smallest limit of its panes.
func TestWindowsSampleIsEvenOverItsPanes(t *testing.T) {
	p := samplePlan(t)
	w := newWindow(span{}, p.layout, 1)
	limit := uint64(math.MaxUint64)
	var all []*sampledRow
	for pane := range int64(5) {
		s := newSketch(p)
		for i := range 500 * (pane + 1) {
			r := sampleOf(p, int32(pane), i, shapeOf("a"))
			all = append(all, r)
			s.rows.add(r)
		}
		limit = min(limit, s.rows.limit)
		w.members = append(w.members, member{start: pane, sketch: s})
	}
	want := slices.DeleteFunc(all, func(r *sampledRow) bool { return r.place.hash >= limit })
	got := w.sketch(p).rows.rows
	if len(got) != len(want) || len(got) < 600 {
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
}

// What is no longer watched is left out, and what is new is not known.
func TestRowSampleOfOtherFeatures(t *testing.T) {
	p := samplePlan(t, "old", "kept")
	s := newRowSample(4)
	r := sampleOf(p, 1, 8, shapeOf("a"))
	r.headers = []string{"o", "k"}
	s.add(r)
	q := samplePlan(t, "kept", "new")
	q.counted[0].id[0]++
	read := newRowSample(4)
	if err := read.decode(q, s.append(nil, p)); err != nil {
		t.Fatal(err)
	}
	got := read.rows[0]
	if got.cells[0] != uncounted || got.cells[1] != r.cells[1] || !slices.Equal(got.headers, []string{"k", ""}) || got.shape != r.shape || got.place != r.place {
		t.Errorf("%+v of %+v", got, r)
	}
}

func FuzzRowSampleDecode(f *testing.F) {
	p := samplePlan(f, "app_version")
	s := newRowSample(32)
	for i := range int64(40) {
		s.add(sampleOf(p, int32(i%2), i, shapeOf(fmt.Sprint("k", i%3))))
	}
	f.Add(s.append(nil, p))
	empty := newRowSample(32)
	f.Add(empty.append(nil, p))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := newRowSample(32)
		if s.decode(p, b) != nil {
			return
		}
		if len(s.rows) > 32 || s.bytes > 32*shapeShare {
			t.Fatalf("%d rows with shapes of %d bytes", len(s.rows), s.bytes)
		}
		again := newRowSample(32)
		if err := again.decode(p, s.append(nil, p)); err != nil || !bytes.Equal(again.append(nil, p), s.append(nil, p)) {
			t.Errorf("it does not come back: %v", err)
		}
	})
}
