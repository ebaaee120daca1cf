package stats_test

import (
	"bytes"
	"encoding/hex"
	"reflect"
	"testing"

	"driftwatch/stats"

	"pgregory.net/rapid"
)

func TestCountsEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := anyLayout(t)
		c := anyCounts(t, "c", l)
		encoded := l.Append([]byte("before"), c)[len("before"):]

		got := anyCounts(t, "what was there", l)
		if err := l.Decode(got, encoded); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, c) {
			t.Fatalf("decoded %+v, want %+v", got, c)
		}

		// Under another layout features are found by their edges.
		other := stats.NewLayout([]*stats.Edges{l.Features[2], stats.NewText("new"), l.Features[0]})
		moved := other.NewCounts()
		if err := other.Decode(moved, encoded); err != nil {
			t.Fatal(err)
		}
		for i, from := range []int{2, -1, 0} {
			want := other.Profile(other.NewCounts(), i)
			if from >= 0 {
				want = l.Profile(c, from)
			}
			if got := other.Profile(moved, i); !reflect.DeepEqual(got, want) {
				t.Fatalf("feature %d is %+v, want %+v", i, got, want)
			}
		}

		// Cut short or with more behind it is an error and changes nothing.
		cut := rapid.IntRange(0, len(encoded)-1).Draw(t, "cut")
		for _, b := range [][]byte{encoded[:cut], append(bytes.Clone(encoded), 0)} {
			if err := l.Decode(got, b); err == nil || !reflect.DeepEqual(got, c) {
				t.Fatalf("error %v for %d bytes of %d; counts %+v", err, len(b), len(encoded), got)
			}
		}
	})
}

func fuzzLayout() *stats.Layout {
	return stats.NewLayout([]*stats.Edges{
		stats.NewNumeric("n", []float64{1, 2, 3, 4, 5, 6, 7}, 10),
		stats.NewCategorical("c", map[string]uint64{"a": 3, "b": 2, "c": 1}, 2),
		stats.NewBoolean("b"),
	})
}

func TestDecodeErrors(t *testing.T) {
	e := stats.NewBoolean("b")
	l := stats.NewLayout([]*stats.Edges{e})
	id, err := hex.DecodeString(e.ID())
	if err != nil {
		t.Fatal(err)
	}
	feature := func(rest ...byte) string { return string(id) + string(rest) }
	for _, k := range []struct{ data, want string }{
		{"", "the data ends too early"},
		{"\x02", "version 2 is unknown, want 1: these are no counts, or a newer driftwatch wrote them"},
		{"\x01\x00\x01" + feature(9, 0, 9, 0), `feature "b" has 9 cells, want 8`},
		{"\x01\x00\x01" + feature(8, 0, 9, 0), "a run of 9 zeros where 8 cells are left"},
		{"\x01\x00\x01" + feature(8, 0, 0, 0), "a run of 0 zeros where 8 cells are left"},
		{"\x01\x00\x01" + feature(8, 0, 8, 4), "a feature has unknown flags 0x4"},
		{"\x01\x00\x02" + feature(8, 0, 8, 0) + feature(8, 0, 8, 0), `feature "b" is there twice`},
		{"\x01\x00\x01" + feature(append([]byte{8, 0, 8, 2}, bytes.Repeat([]byte{255}, 16)...)...), "the extremes of a feature are not finite and in order"},
	} {
		c := l.NewCounts()
		c.Rows = 7
		if err := l.Decode(c, []byte(k.data)); err == nil || err.Error() != "decode counts: "+k.want || c.Rows != 7 {
			t.Errorf("%q: error %v, want %s; rows %d", k.data, err, k.want, c.Rows)
		}
	}
}

func FuzzDecode(f *testing.F) {
	l := fuzzLayout()
	c := l.NewCounts()
	f.Add(l.Append(nil, c))
	for i := range 9 {
		c.Rows++
		observe(l, c, 0, float64(i)-2)
		c.Cells[l.Offsets[1]+i] = 1 << (i * 7)
	}
	f.Add(l.Append(nil, c))
	f.Fuzz(func(t *testing.T, b []byte) {
		got := l.NewCounts()
		got.Cells[3] = 77
		if err := l.Decode(got, b); err != nil {
			if want := l.NewCounts(); got.Cells[3] != 77 || got.Rows != want.Rows {
				t.Fatal("changed on error")
			}
			return
		}
		again := l.NewCounts()
		if err := l.Decode(again, l.Append(nil, got)); err != nil || !reflect.DeepEqual(again, got) {
			t.Fatalf("%v; %+v became %+v", err, got, again)
		}
		// Whatever was decoded, no statistic may panic.
		for i := range l.Features {
			p := l.Profile(got, i)
			for _, own := range []bool{false, true} {
				for _, s := range stats.Statistics() {
					s.Compute(stats.NewBase(p, own).Compare(p))
				}
			}
		}
	})
}
