package stats_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"driftwatch/stats"

	"pgregory.net/rapid"
)

// The oracle is testdata/volume.py, which counts and walks through time with
// Python's datetime.
func TestVolume(t *testing.T) {
	b, err := os.ReadFile("testdata/volume.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name     string
		From, To int64
		Times    []int64
		Hours    []uint64
		Windows  []struct {
			Start, End int64
			Rows       float64
		}
	}
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	for _, test := range cases {
		v := stats.NewVolume(test.From, test.To)
		for _, at := range test.Times {
			v.Add(at, 1)
		}
		if v.Rows != uint64(len(test.Times)) || (v.Hours == nil) != (test.Hours == nil) || v.Hours != nil && !slices.Equal(v.Hours[:], test.Hours) {
			t.Errorf("%s: %d rows, by hour %v, want %d and %v", test.Name, v.Rows, v.Hours, len(test.Times), test.Hours)
		}
		r := stats.Reference{Volume: v}
		for _, w := range test.Windows {
			if got := r.Expected(w.Start, w.End); math.Abs(got-w.Rows) > 1e-12*(1+w.Rows) {
				t.Errorf("%s: in [%d, %d) %.15g rows are expected, want %.15g", test.Name, w.Start, w.End, got, w.Rows)
			}
		}
	}
}

// TestExpectedAddsUp: windows side by side expect what they do together, a whole
// number of weeks all the rows of as many, and the reference's own time its own
// rows.
func TestExpectedAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const day = 86_400_000
		from := rapid.Int64Range(-40*day, 40*day).Draw(t, "from")
		to := from + rapid.Int64Range(1, 60*day).Draw(t, "length")
		v := stats.NewVolume(from, to)
		for range 50 {
			v.Add(rapid.Int64Range(from, to-1).Draw(t, "at"), rapid.Uint64Range(1, 1000).Draw(t, "rows"))
		}
		r := stats.Reference{Volume: v}
		a := rapid.Int64Range(-90*day, 90*day).Draw(t, "a")
		b := a + rapid.Int64Range(0, 20*day).Draw(t, "b")
		c := b + rapid.Int64Range(0, 20*day).Draw(t, "c")
		near := func(what string, x, y float64) {
			if math.Abs(x-y) > 1e-9*(1+math.Abs(x)+math.Abs(y)) {
				t.Fatalf("%s: %g and %g", what, x, y)
			}
		}
		near("together", r.Expected(a, b)+r.Expected(b, c), r.Expected(a, c))
		near("the reference's own time", r.Expected(from, to), float64(v.Rows))
		near("a week is a week", r.Expected(a, a+7*day), r.Expected(b, b+7*day))
	})
}

func TestVolumeOfFilesIsChecked(t *testing.T) {
	const day = 86_400_000
	hours := func(n uint64) *stats.Volume {
		v := stats.NewVolume(0, 14*day)
		v.Hours[3] = n
		return v
	}
	short := hours(0)
	short.To = 13 * day
	for want, v := range map[string]*stats.Volume{
		"a volume of kind 1 from 5 to 5 ms is none":            {From: 5, To: 5},
		"a volume of kind 1 from -4611686018427387905 to 0 ms": {From: -1<<62 - 1},
		"a volume of kind 1 from 0 to 4611686018427387904 ms":  {To: 1 << 62},
		"a volume of kind 2 from 0 to 1123200000 ms is none":   short,
		"the hours of the volume have more than its 0 rows":    hours(1),
		"the hours of the volume have fewer than its 10 rows":  func() *stats.Volume { v := hours(3); v.Rows = 10; return v }(),
	} {
		l := fuzzLayout()
		r := stats.Reference{Layout: l, Singletons: make([]uint64, 3), Counts: []*stats.Counts{l.NewCounts()}, Volume: v}
		b, err := r.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if err := new(stats.Reference).UnmarshalBinary(b); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
