package stats_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"driftwatch/stats"
)

// Counts brought under other edges are those of the values themselves, to less
// than one of their own cells at each cut, and all of them.
func TestRebinNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := numbers(t, "values", 1)
		from := stats.NewNumeric("x", sorted(numbers(t, "from", 1)), rapid.IntRange(10, 60).Draw(t, "from resolution"))
		to := stats.NewNumeric("x", sorted(numbers(t, "to", 1)), rapid.IntRange(10, 60).Draw(t, "to resolution"))
		p, want := numericProfile(from, values, 3), numericProfile(to, values, 3)
		got := to.Rebin(p)
		if got.Rows() != want.Rows() || got.Values() != want.Values() || got.Missing() != want.Missing() {
			t.Fatalf("%d rows, %d values, %d missing; want %d, %d, %d", got.Rows(), got.Values(), got.Missing(), want.Rows(), want.Values(), want.Missing())
		}
		if got.Extremes != want.Extremes {
			t.Fatalf("extremes %+v, want %+v", got.Extremes, want.Extremes)
		}
		var largest uint64
		for _, n := range p.Cells[stats.NoValues:] {
			largest = max(largest, n)
		}
		var a, b uint64
		for i := stats.NoValues; i < len(got.Cells); i++ {
			a, b = a+got.Cells[i], b+want.Cells[i]
			if off := max(a, b) - min(a, b); off > largest {
				t.Fatalf("up to cell %d there are %d values, want %d: off by more than a cell's %d", i, a, b, largest)
			}
		}
	})
}

func TestRebinKeepsMoments(t *testing.T) {
	var ref, cur []float64
	for i := range 5000 {
		ref = append(ref, float64(i%100))
		cur = append(cur, 40+float64(i%700)/10)
	}
	from, to := stats.NewNumeric("x", sorted(cur), 50), stats.NewNumeric("x", sorted(ref), 200)
	got, want := to.Rebin(numericProfile(from, cur, 0)), numericProfile(to, cur, 0)
	near(t, "mean", got.Mean(), want.Mean(), 1e-6, 0)
	near(t, "std", got.Std(), want.Std(), 1e-6, 0)
	if same := from.Rebin(numericProfile(from, cur, 0)); same.Rows() != 5000 || same.Edges != from {
		t.Errorf("under its own edges it is %+v", same)
	}
	far := stats.NewNumeric("x", []float64{0, 1e-300}, 10)
	if x := far.Rebin(numericProfile(from, cur, 0)).Mean(); !math.IsNaN(x) {
		t.Errorf("the mean is %v where no sum holds it", x)
	}
}

// What both dictionaries know keeps its count; the rest stays among the rare or
// the unseen.
func TestRebinCategories(t *testing.T) {
	to := stats.NewCategorical("c", map[string]uint64{"a": 50, "b": 40, "c": 5, "d": 4}, 2)
	from := stats.NewCategorical("c", map[string]uint64{"a": 9, "x": 8, "c": 7, "b": 2}, 3)
	p := categoricalProfile(from, map[string]uint64{"a": 9, "x": 8, "c": 7, "b": 2, "z": 5, "": 6}, 4)
	got := to.Rebin(p)
	for cell, want := range map[int]uint64{
		to.Category([]byte("a")): 9,
		to.Category([]byte("c")): 7 + 2, // rare: c, and b, which was counted as rare before
		to.Category([]byte("x")): 8 + 5, // unseen
		stats.Empty:              6,
		stats.Null:               4,
	} {
		if got.Cells[cell] != want {
			t.Errorf("%s has %d, want %d", to.Label(cell), got.Cells[cell], want)
		}
	}
	if got.Rows() != p.Rows() {
		t.Errorf("%d rows, want %d", got.Rows(), p.Rows())
	}
	if n := stats.NewNumeric("c", []float64{1, 2}, 10).Rebin(p); n.Cells[stats.WrongType] != 9+8+7+2+5 || n.Rows() != p.Rows() {
		t.Errorf("as a number it is %v", n.Cells)
	}
}
