package stats_test

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"testing"

	"driftwatch/stats"

	"pgregory.net/rapid"
)

// TestNumberIsSearchsorted checks the lookup table against a plain search, most
// of all next to the cuts.
func TestNumberIsSearchsorted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := stats.NewNumeric("x", sorted(numbers(t, "values", 0)), rapid.IntRange(10, 300).Draw(t, "resolution"))
		probe := numbers(t, "probe", 0)
		for _, c := range e.Cuts {
			probe = append(probe, c, math.Nextafter(c, math.Inf(1)), math.Nextafter(c, math.Inf(-1)))
		}
		for _, x := range probe {
			if math.IsInf(x, 0) {
				continue
			}
			if got, want := e.Number(x), stats.NoValues+sort.SearchFloat64s(e.Cuts, x); got != want {
				t.Fatalf("Number(%g) = %d, want %d", x, got, want)
			}
		}
	})
}

func TestNumberOfBenchmarkShapes(t *testing.T) {
	for name, x := range shapes(1 << 14) {
		for _, k := range []int{200, 4096} {
			e := stats.NewNumeric("x", sorted(x), k)
			for _, v := range x {
				if got, want := e.Number(v), stats.NoValues+sort.SearchFloat64s(e.Cuts, v); got != want {
					t.Fatalf("%s: Number(%g) = %d, want %d", name, v, got, want)
				}
			}
		}
	}
}

// TestCuts checks what NewNumeric promises of its cuts.
func TestCuts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := sorted(numbers(t, "values", 1))
		k := rapid.IntRange(10, 60).Draw(t, "resolution")
		e := stats.NewNumeric("x", x, k)
		for i, c := range e.Cuts {
			if math.IsInf(c, 0) || math.IsNaN(c) || i > 0 && c <= e.Cuts[i-1] {
				t.Fatalf("cut %d is %g after %v", i, c, e.Cuts[:i])
			}
		}
		counts := map[float64]int{}
		for _, v := range x {
			counts[v]++ // -0 and 0 are one key
		}
		cells := map[int]float64{}
		for v, n := range counts {
			if len(counts) > k && n*k <= len(x) {
				continue
			}
			cell := e.Number(v)
			if other, taken := cells[cell]; taken {
				t.Fatalf("%g and %g share cell %d", v, other, cell)
			}
			cells[cell] = v
			if below := math.Nextafter(v, math.Inf(-1)); !math.IsInf(below, 0) && e.Number(below) == cell {
				t.Fatalf("cell %d of %g holds what is just below", cell, v)
			}
		}
	})
}

func TestNumberEdgeCases(t *testing.T) {
	inf, zero := math.Inf(1), math.Copysign(0, -1)
	for _, values := range [][]float64{nil, {0}, {5, 5, 5}, {-math.MaxFloat64, math.MaxFloat64}, {5e-324, 1e-323}, {zero, zero, 1}} {
		e := stats.NewNumeric("x", values, 200)
		for _, x := range []float64{math.NaN(), inf, -inf} {
			if got := e.Number(x); got != stats.Invalid {
				t.Errorf("edges of %v: Number(%g) = %d, want Invalid", values, x, got)
			}
			if z, ok := e.Z(x); ok {
				t.Errorf("edges of %v: Z(%g) = %d", values, x, z)
			}
		}
		if e.Number(zero) != e.Number(0) {
			t.Errorf("edges of %v: -0 and 0 are apart", values)
		}
		for _, c := range append(e.Cuts, e.Center) {
			if c == 0 && math.Signbit(c) {
				t.Errorf("edges of %v: a cut or the center is -0", values)
			}
		}
		if got := e.Width(); got != stats.NoValues+len(e.Cuts)+1 {
			t.Errorf("edges of %v: width %d", values, got)
		}
		if !(e.Scale > 0) || math.IsInf(e.Scale, 0) || math.IsInf(e.Center, 0) {
			t.Errorf("edges of %v: center %g, scale %g", values, e.Center, e.Scale)
		}
	}
}

func TestZ(t *testing.T) {
	e := stats.NewNumeric("x", []float64{1, 3}, 200) // center 2, scale sqrt 2
	for _, k := range []struct {
		x  float64
		z  int64
		ok bool
	}{
		{2, 0, true},
		{2 + math.Sqrt2, 1 << 20, true},
		{2 - 1.5*math.Sqrt2, -3 << 19, true},
		{2 + math.Sqrt2*(1<<20)*(1-1e-12), 1<<40 - 1, true},
		{2 + math.Sqrt2*(1<<20)*(1+1e-9), 0, false},
		{-math.MaxFloat64, 0, false},
	} {
		z, ok := e.Z(k.x)
		if d := z - k.z; d < -1 || d > 1 || ok != k.ok {
			t.Errorf("Z(%g) = %d, %t, want %d, %t", k.x, z, ok, k.z, k.ok)
		}
	}
}

func TestCategory(t *testing.T) {
	categories := stats.NewCategorical("c", map[string]uint64{"b": 7, "a": 7, "rare": 1, "": 99, "\xff": 50, "top": 8}, 3)
	if want := []string{"top", "a", "b"}; !slices.Equal(categories.Values, want) || !slices.Equal(categories.Rare, []string{"rare"}) {
		t.Fatalf("values %q rare %q, want %q and [rare]", categories.Values, categories.Rare, want)
	}
	flag, text := stats.NewBoolean("b"), stats.NewText("t")
	for _, k := range []struct {
		e     *stats.Edges
		v     string
		cell  int
		label string
	}{
		{categories, "top", 6, "top"},
		{categories, "b", 8, "b"},
		{categories, "rare", 9, "(rare)"},
		{categories, "never", 10, "(unseen)"},
		{categories, "", stats.Empty, "(empty)"},
		{categories, "\xff", stats.Invalid, "(invalid)"},
		{flag, "false", 6, "false"},
		{flag, "true", 7, "true"},
		{flag, "yes", stats.WrongType, "(wrong type)"},
		{text, "anything", 6, "(text)"},
		{text, "", stats.Empty, "(empty)"},
	} {
		got := k.e.Category([]byte(k.v))
		if got != k.cell || k.e.Label(got) != k.label || got >= k.e.Width() {
			t.Errorf("%s: Category(%q) = %d %q, want %d %q", k.e.Kind, k.v, got, k.e.Label(got), k.cell, k.label)
		}
	}
	if n := testing.AllocsPerRun(100, func() { categories.Category([]byte("rare")) }); n > 0 {
		t.Errorf("%g allocations", n)
	}
}

func TestLabels(t *testing.T) {
	labels := func(e *stats.Edges) string {
		var s []string
		for cell := stats.NoValues; cell < e.Width(); cell++ {
			s = append(s, e.Label(cell))
		}
		return strings.Join(s, " | ")
	}
	spread := make([]float64, 401)
	for i := range spread {
		spread[i] = 12345.678 + float64(i)/7
	}
	for _, k := range []struct {
		values []float64
		want   string
	}{
		{nil, "< 0 | = 0 | > 0"},
		{[]float64{5, 5, 5}, "< 0 | = 0 | (0, 5) | = 5 | > 5"},
		{[]float64{1, 1, 1, 2, 2, 2}, "< 0 | = 0 | (0, 1) | = 1 | (1, 1.25] | (1.25, 1.5] | (1.5, 1.75] | (1.75, 2) | = 2 | > 2"},
		{[]float64{-1e9, -1e9}, "< -1e+09 | = -1e+09 | (-1e+09, 0) | = 0 | > 0"},
	} {
		if got := labels(stats.NewNumeric("x", k.values, 10)); got != k.want {
			t.Errorf("labels of %v: %s, want %s", k.values, got, k.want)
		}
	}
	if got := stats.NewNumeric("x", spread, 10).Label(stats.NoValues + 2); got != "(0, 12300]" {
		t.Errorf("3 significant digits: %s", got)
	}
}

func TestIDCoversTheMeaning(t *testing.T) {
	seen := map[string]string{}
	for name, e := range map[string]*stats.Edges{
		"numeric":         stats.NewNumeric("x", []float64{1, 2, 3}, 200),
		"another name":    stats.NewNumeric("y", []float64{1, 2, 3}, 200),
		"other cuts":      stats.NewNumeric("x", []float64{1, 2, 4}, 200),
		"other scale":     stats.NewNumeric("x", []float64{1, 2, 3, 3}, 200),
		"categorical":     stats.NewCategorical("x", map[string]uint64{"a": 2, "b": 1}, 9),
		"shorter":         stats.NewCategorical("x", map[string]uint64{"a": 2, "b": 1}, 1),
		"other order":     stats.NewCategorical("x", map[string]uint64{"a": 1, "b": 2}, 9),
		"a sentinel":      func() *stats.Edges { e := stats.NewText("x"); e.Sentinels = []string{"-"}; return e }(),
		"coerced":         func() *stats.Edges { e := stats.NewText("x"); e.Coerce = true; return e }(),
		"empty is absent": func() *stats.Edges { e := stats.NewText("x"); e.EmptyMissing = true; return e }(),
		"text":            stats.NewText("x"),
		"boolean":         stats.NewBoolean("x"),
	} {
		if other, same := seen[e.ID()]; same || len(e.ID()) != 16 {
			t.Errorf("%s and %s have ID %s", name, other, e.ID())
		}
		seen[e.ID()] = name
	}
	if first, again := stats.NewBoolean("x"), stats.NewBoolean("x"); first.ID() != again.ID() {
		t.Errorf("equal edges have IDs %s and %s", first.ID(), again.ID())
	}
}

func TestKind(t *testing.T) {
	for _, k := range []stats.Kind{stats.Numeric, stats.Categorical, stats.Boolean, stats.Text} {
		if got, err := stats.ParseKind(k.String()); got != k || err != nil {
			t.Errorf("ParseKind(%q) = %v, %v", k, got, err)
		}
	}
	if _, err := stats.ParseKind("number"); err == nil || !strings.Contains(err.Error(), "numeric, categorical, boolean, text") {
		t.Errorf("error %v does not name the kinds", err)
	}
	if got := fmt.Sprint(stats.Numeric | stats.Boolean); got != "numeric, boolean" {
		t.Errorf("a set is %q", got)
	}
}
