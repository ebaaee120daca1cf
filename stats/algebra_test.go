package stats_test

import (
	"bytes"
	"math"
	"math/big"
	"reflect"
	"testing"

	"driftwatch/stats"

	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

// anyNumber draws numbers of all sizes, ties and special ones often.
func anyNumber() *rapid.Generator[float64] {
	return rapid.OneOf(
		rapid.SampledFrom([]float64{
			0, math.Copysign(0, -1), 1, -1, 2, 5, 1e9, 5e-324, -5e-324, 1e-308,
			math.MaxFloat64, -math.MaxFloat64, math.Nextafter(1, 0), math.Nextafter(1, 2),
		}),
		rapid.Map(rapid.IntRange(-8, 8), func(i int) float64 { return float64(i) / 2 }),
		rapid.Float64(),
		rapid.Float64Range(-3, 3),
	)
}

func numbers(t *rapid.T, name string, least int) []float64 {
	return rapid.SliceOfN(anyNumber(), least, 300).Draw(t, name)
}

// anyLayout has one feature of each kind.
func anyLayout(t *rapid.T) *stats.Layout {
	return stats.NewLayout([]*stats.Edges{
		stats.NewNumeric("number", sorted(numbers(t, "edges", 0)), rapid.IntRange(10, 50).Draw(t, "resolution")),
		stats.NewCategorical("category", map[string]uint64{"a": 5, "b": 4, "c": 1}, 2),
		stats.NewBoolean("flag"),
		stats.NewText("text"),
	})
}

func anyCounts(t *rapid.T, name string, l *stats.Layout) *stats.Counts {
	c := l.NewCounts()
	for _, v := range numbers(t, name, 0) {
		c.Rows++
		observe(l, c, 0, v)
		c.Cells[rapid.IntRange(l.Offsets[1], len(c.Cells)-1).Draw(t, "cell")]++
	}
	return c
}

func sumOf(l *stats.Layout, parts ...*stats.Counts) *stats.Counts {
	total := l.NewCounts()
	for _, c := range parts {
		total.Add(c)
	}
	return total
}

func TestCountsAlgebra(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := anyLayout(t)
		a, b, c := anyCounts(t, "a", l), anyCounts(t, "b", l), anyCounts(t, "c", l)
		equal := func(law string, x, y *stats.Counts) {
			// The encoding tells -0 from 0, which DeepEqual does not.
			if !reflect.DeepEqual(x, y) || !bytes.Equal(l.Append(nil, x), l.Append(nil, y)) {
				t.Fatalf("%s: %+v != %+v", law, x, y)
			}
		}
		equal("identity", sumOf(l, a), a)
		equal("commutative", sumOf(l, a, b), sumOf(l, b, a))
		equal("associative", sumOf(l, sumOf(l, a, b), c), sumOf(l, a, sumOf(l, b, c)))

		back := sumOf(l, a, b)
		back.Sub(b)
		copy(back.Extremes, a.Extremes)
		equal("Sub undoes Add", back, a)

		back.Reset()
		equal("Reset", back, l.NewCounts())
	})
}

func TestExtremes(t *testing.T) {
	zero := math.Copysign(0, -1)
	for _, values := range [][]float64{{zero, 0}, {0, zero}, {zero}} {
		var x, none stats.Extremes
		for _, v := range values {
			x.Observe(v)
		}
		x.Merge(none)
		if !x.Seen || math.Float64bits(x.Min) != 0 || math.Float64bits(x.Max) != 0 {
			t.Errorf("extremes of %v are %+v", values, x)
		}
	}
	var x stats.Extremes
	x.Merge(stats.Extremes{Min: -3, Max: 2, Seen: true})
	x.Merge(stats.Extremes{Min: -1, Max: 7, Seen: true})
	if want := (stats.Extremes{Min: -3, Max: 7, Seen: true}); x != want {
		t.Errorf("extremes are %+v, want %+v", x, want)
	}
}

// TestMomentsAlgebra has sums that carry from one half of 128 bits to the other.
func TestMomentsAlgebra(t *testing.T) {
	moments := rapid.Map(rapid.SliceOf(rapid.Int64Range(-1<<40, 1<<40)), func(zs []int64) stats.Moments {
		var m stats.Moments
		for _, z := range zs {
			m.Observe(z, z%7 != 0)
		}
		return m
	})
	sum := func(parts ...stats.Moments) (total stats.Moments) {
		for _, m := range parts {
			total.Add(&m)
		}
		return total
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := moments.Draw(t, "a"), moments.Draw(t, "b"), moments.Draw(t, "c")
		if sum(a, b) != sum(b, a) || sum(sum(a, b), c) != sum(a, sum(b, c)) || sum(a) != a {
			t.Fatal("adding depends on the order")
		}
		back := sum(a, b)
		back.Sub(&b)
		if back != a {
			t.Fatalf("%+v + b - b is %+v", a, back)
		}
	})
}

// TestMoments compares with sums of unlimited precision.
func TestMoments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := stats.NewNumeric("x", []float64{-1, 0, rapid.Float64Range(1, 1e3).Draw(t, "width")}, 10)
		// Far from the center: there a naive variance cancels.
		values := rapid.SliceOfN(rapid.Float64Range(1e5, 1e5+1), 2, 50).Draw(t, "values")
		p := numericProfile(e, values, 0)
		n, sum, squares := new(big.Float), new(big.Float).SetPrec(300), new(big.Float).SetPrec(300)
		for _, v := range values {
			z, ok := e.Z(v)
			if !ok {
				t.Fatalf("%g is too far out", v)
			}
			x := new(big.Float).SetPrec(300).SetInt64(z)
			n.Add(n, big.NewFloat(1))
			sum.Add(sum, x)
			squares.Add(squares, x.Mul(x, x))
		}
		mean := new(big.Float).SetPrec(300).Quo(sum, n)
		squares.Sub(squares, sum.Mul(sum, mean))
		variance, _ := squares.Quo(squares, n.Sub(n, big.NewFloat(1))).Float64()
		m, _ := mean.Float64()
		const unit = 1 << 20
		if got, want := p.Mean(), e.Center+m/unit*e.Scale; math.Abs(got-want) > 1e-12*math.Abs(want) {
			t.Fatalf("mean %.17g, want %.17g", got, want)
		}
		if got, want := p.Std(), math.Sqrt(variance)/unit*e.Scale; math.Abs(got-want) > 1e-9*want {
			t.Fatalf("std %.17g, want %.17g", got, want)
		}
	})
}

// TestKS checks that the interval holds the exact distance, which gonum
// computes from the values.
func TestKS(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ref, cur := sorted(numbers(t, "ref", 1)), sorted(numbers(t, "cur", 1))
		e := stats.NewNumeric("x", ref, rapid.IntRange(10, 40).Draw(t, "resolution"))
		c := stats.NewBase(numericProfile(e, ref, 3), false).Compare(numericProfile(e, cur, 1))
		row := func(name string) float64 {
			s, _ := stats.Lookup(name)
			return s.Compute(c)
		}
		exact := stat.KolmogorovSmirnov(ref, nil, cur, nil)
		low, high := row("ks"), row("ks")+row("ks_error")
		if !(low <= exact+1e-12 && exact <= high+1e-12) {
			t.Fatalf("exact %g is outside of [%g, %g]", exact, low, high)
		}
		if high > 1+1e-15 {
			t.Fatalf("upper bound %g", high)
		}
	})
}
