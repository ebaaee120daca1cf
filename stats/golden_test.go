package stats_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"driftwatch/stats"

	"gonum.org/v1/gonum/stat/distuv"
)

// golden is testdata/golden.json, which testdata/golden.py writes with NumPy,
// SciPy and mpmath.
type golden struct {
	Samples []struct {
		Values []float64
		Counts []int // none: each once
	}
	Tallies []map[string]uint64
	Numeric []struct {
		Name                            string
		Ref, Cur                        int // of Samples
		BinEnds                         []float64
		RefNulls, CurNulls              uint64
		Want, Exact, Quantiles, Moments map[string]float64
		KS, Area                        *float64
		KSP                             float64
	}
	Categorical []struct {
		Name               string
		Keep, Bins         int
		Ref, Cur           int // of Tallies
		RefNulls, CurNulls uint64
		Want               map[string]float64
	}
	Survivals [][3]float64 // degrees of freedom, x, chance
	Pairs     []struct {
		N, A, M, B           uint64
		KS, KSP, Chi2, Chi2P float64
	}
	Many []struct {
		Bins int
		Even uint64
		Want map[string]float64
	}
}

func readGolden(t *testing.T) golden {
	t.Helper()
	b, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(b, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// values returns a sample value by value.
func (g golden) values(sample int) []float64 {
	s := g.Samples[sample]
	if s.Counts == nil {
		return s.Values
	}
	var values []float64
	for i, n := range s.Counts {
		values = append(values, slices.Repeat(s.Values[i:i+1], n)...)
	}
	return values
}

// numericProfile counts values and nulls the way the engine does.
func numericProfile(e *stats.Edges, values []float64, nulls uint64) stats.Profile {
	l := stats.NewLayout([]*stats.Edges{e})
	c := l.NewCounts()
	c.Cells[stats.Null] += nulls
	c.Rows = nulls
	for _, v := range values {
		observe(l, c, 0, v)
		c.Rows++
	}
	return l.Profile(c, 0)
}

func observe(l *stats.Layout, c *stats.Counts, feature int, v float64) {
	e := l.Features[feature]
	cell := e.Number(v)
	c.Cells[l.Offsets[feature]+cell]++
	if cell >= stats.NoValues {
		c.Moments[feature].Observe(e.Z(v))
		c.Extremes[feature].Observe(v)
	}
}

func categoricalProfile(e *stats.Edges, counts map[string]uint64, nulls uint64) stats.Profile {
	cells := make([]uint64, e.Width())
	cells[stats.Null] = nulls
	for v, n := range counts {
		cells[e.Category([]byte(v))] += n
	}
	return stats.Profile{Edges: e, Cells: cells}
}

func sorted(values []float64) []float64 { return slices.Sorted(slices.Values(values)) }

func compute(t *testing.T, c *stats.Comparison, name string) float64 {
	t.Helper()
	s, ok := stats.Lookup(name)
	if !ok {
		t.Fatalf("no statistic %q", name)
	}
	return s.Compute(c)
}

// near fails unless got is want but for a relative or an absolute error.
func near(t *testing.T, what string, got, want, relative, absolute float64) {
	t.Helper()
	if !(math.Abs(got-want) <= absolute+relative*math.Abs(want)) {
		t.Errorf("%s = %.17g, want %.17g", what, got, want)
	}
}

// wanted compares every statistic in want: p-values to 1e-6 relative, as SciPy
// itself is no better far out in the tail, all others to 1e-9.
func wanted(t *testing.T, c *stats.Comparison, want map[string]float64) {
	t.Helper()
	for name, w := range want {
		got := compute(t, c, name)
		switch {
		case name == "psi_p" || name == "chi2_p":
			near(t, name, got, w, 1e-6, 1e-300)
		default:
			near(t, name, got, w, 1e-9, 1e-9)
		}
	}
}

func TestGoldenNumeric(t *testing.T) {
	g := readGolden(t)
	for _, k := range g.Numeric {
		t.Run(k.Name, func(t *testing.T) {
			ref, cur := sorted(g.values(k.Ref)), g.values(k.Cur)
			for _, resolution := range []int{10, 200, 4096} {
				e := stats.NewNumeric("x", ref, resolution)
				var ends []float64
				for _, at := range e.BinEnds {
					ends = append(ends, e.Cuts[at])
				}
				if !slices.Equal(ends, k.BinEnds) {
					t.Errorf("bins end at %v, want NumPy's %v to the bit", ends, k.BinEnds)
				}
				base := stats.NewBase(numericProfile(e, ref, k.RefNulls), false)
				c := base.Compare(numericProfile(e, cur, k.CurNulls))
				wanted(t, c, k.Want)
				if resolution >= 200 {
					wanted(t, c, k.Exact)
				}
				if k.KS == nil {
					continue
				}
				low := compute(t, c, "ks")
				high := low + compute(t, c, "ks_error")
				if !(low <= *k.KS+1e-12 && *k.KS <= high+1e-12) {
					t.Errorf("resolution %d: ks in [%g, %g] does not contain the exact %g", resolution, low, high, *k.KS)
				}
				if math.Abs(low-*k.KS) < 1e-15 {
					near(t, "ks_p", compute(t, c, "ks_p"), k.KSP, 1e-6, 0)
				} else if p := compute(t, c, "ks_p"); p < k.KSP {
					t.Errorf("ks_p = %g is below the p of the exact distance, %g", p, k.KSP)
				}
				unit := e.Scale / (1 << 20)
				for name, want := range k.Moments {
					near(t, name, compute(t, c, name), want, 1e-6, unit)
				}
				quantilesWithinCells(t, e, c, cur, k.Quantiles)
				if k.Area != nil && resolution == 4096 {
					near(t, "wasserstein", compute(t, c, "wasserstein"), *k.Area, 1e-9, areaError(e, ref, cur))
				}
			}
		})
	}
}

// areaError is how far the area between two distribution functions can be from
// what straight lines within the cells have: the sum of width x mean share.
func areaError(e *stats.Edges, ref, cur []float64) float64 {
	share := make([]float64, e.Width())
	for _, v := range ref {
		share[e.Number(v)] += 0.5 / float64(len(ref))
	}
	for _, v := range cur {
		share[e.Number(v)] += 0.5 / float64(len(cur))
	}
	var total float64
	for i := 1; i < len(e.Cuts); i++ {
		total += (e.Cuts[i] - e.Cuts[i-1]) * share[stats.NoValues+i]
	}
	return total
}

// TestChiSquared compares the law of all p-values with 40 digits, down to 1e-299:
// by two bins it is that of one degree of freedom, and so on.
func TestChiSquared(t *testing.T) {
	for _, k := range readGolden(t).Survivals {
		got := distuv.ChiSquared{K: k[0]}.Survival(k[1])
		near(t, fmt.Sprintf("chi-squared of %g beyond %g", k[0], k[1]), got, k[2], 1e-10, 0)
	}
}

// quantilesWithinCells allows for an error of the cells that hold the two
// values which NumPy interpolates between.
func quantilesWithinCells(t *testing.T, e *stats.Edges, c *stats.Comparison, values []float64, want map[string]float64) {
	t.Helper()
	s := sorted(values)
	bounds := func(v float64) (low, high float64) {
		i := e.Number(v) - stats.NoValues
		low, high = s[0], s[len(s)-1]
		if i > 0 {
			low = max(low, e.Cuts[i-1])
		}
		if i < len(e.Cuts) {
			high = min(high, e.Cuts[i])
		}
		return low, high
	}
	for name, w := range want {
		q := map[string]float64{"p01": 0.01, "p05": 0.05, "p50": 0.5, "p95": 0.95, "p99": 0.99}[name]
		at := int(q * float64(len(s)-1))
		low, _ := bounds(s[at])
		_, high := bounds(s[min(at+1, len(s)-1)])
		got := compute(t, c, name)
		if low == high {
			near(t, name, got, w, 1e-12, 0)
		}
		if !(low <= got && got <= high) {
			t.Errorf("%s = %g, want within [%g, %g], around %g", name, got, low, high, w)
		}
	}
}

func TestGoldenCategorical(t *testing.T) {
	g := readGolden(t)
	for _, k := range g.Categorical {
		t.Run(k.Name, func(t *testing.T) {
			ref, cur := g.Tallies[k.Ref], g.Tallies[k.Cur]
			e := stats.NewCategorical("x", ref, k.Keep)
			base := stats.NewBase(categoricalProfile(e, ref, k.RefNulls), false)
			var once, all uint64
			for _, n := range ref {
				all += n
				if n == 1 {
					once++
				}
			}
			base.NewRate = float64(once) / float64(all)
			c := base.Compare(categoricalProfile(e, cur, k.CurNulls))
			if got := len(c.Bins()); got != k.Bins {
				t.Errorf("%d bins, want %d", got, k.Bins)
			}
			wanted(t, c, k.Want)
		})
	}
}

// TestGoldenPairs covers p-values from 1 down to the end of float64, by two
// values of which all is known.
func TestGoldenPairs(t *testing.T) {
	for _, k := range readGolden(t).Pairs {
		e := stats.NewNumeric("x", []float64{0, 1}, 200)
		profile := func(zeros, ones uint64) stats.Profile {
			p := stats.Profile{Edges: e, Cells: make([]uint64, e.Width())}
			p.Cells[e.Number(0)], p.Cells[e.Number(1)] = zeros, ones
			return p
		}
		c := stats.NewBase(profile(k.N-k.A, k.A), false).Compare(profile(k.M-k.B, k.B))
		near(t, "ks", compute(t, c, "ks"), k.KS, 1e-12, 1e-15)
		near(t, "ks_error", compute(t, c, "ks_error"), 0, 0, 1e-15)
		near(t, "ks_p", compute(t, c, "ks_p"), k.KSP, 1e-6, 1e-300)

		e = stats.NewBoolean("x")
		c = stats.NewBase(profile2(e, k.N-k.A, k.A), false).Compare(profile2(e, k.M-k.B, k.B))
		if len(c.Bins()) == 2 && min(k.A*k.M, (k.N-k.A)*k.M) >= 5*k.N {
			near(t, "chi2", compute(t, c, "chi2"), k.Chi2, 1e-9, 1e-9)
			near(t, "chi2_p", compute(t, c, "chi2_p"), k.Chi2P, 1e-6, 1e-300)
		}
	}
}

func profile2(e *stats.Edges, no, yes uint64) stats.Profile {
	p := stats.Profile{Edges: e, Cells: make([]uint64, e.Width())}
	p.Cells[e.Category([]byte("false"))], p.Cells[e.Category([]byte("true"))] = no, yes
	return p
}

// TestGoldenManyBins covers the chi-squared law at up to 4,999 degrees of
// freedom.
func TestGoldenManyBins(t *testing.T) {
	for _, k := range readGolden(t).Many {
		ref := map[string]uint64{}
		for i := range k.Bins {
			ref[string(rune(0x4e00+i))] = 400
		}
		e := stats.NewCategorical("x", ref, k.Bins)
		cur := categoricalProfile(e, ref, 0)
		for i := 0; i < k.Bins; i += 2 {
			cur.Cells[stats.NoValues+i] = k.Even
		}
		c := stats.NewBase(categoricalProfile(e, ref, 0), false).Compare(cur)
		wanted(t, c, k.Want)
	}
}
