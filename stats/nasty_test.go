package stats_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"driftwatch/stats"

	"pgregory.net/rapid"
)

// nasty are the samples that break drift monitors.
func nasty() map[string][]float64 {
	many := func(n int, f func(i int) float64) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = f(i)
		}
		return x
	}
	inf := math.Inf(1)
	return map[string][]float64{
		"empty":           nil,
		"one row":         {7},
		"two rows":        {-1, 1},
		"constant":        many(500, func(int) float64 { return 42 }),
		"other constant":  many(500, func(int) float64 { return 41 }),
		"zero":            many(300, func(int) float64 { return 0 }),
		"both zeros":      many(300, func(i int) float64 { return math.Copysign(0, float64(i%2)-1) }),
		"heavy ties":      many(600, func(i int) float64 { return float64(i % 3) }),
		"99 % one value":  many(1000, func(i int) float64 { return float64(max(0, i-989)) }),
		"flag":            many(1000, func(i int) float64 { return float64(min(1, i%14)) }),
		"infinities":      {inf, -inf, math.NaN(), inf},
		"some infinities": many(400, func(i int) float64 { return []float64{1, 2, inf, math.NaN(), -inf, 3}[i%6] }),
		"subnormal":       many(400, func(i int) float64 { return float64(i%37) * math.SmallestNonzeroFloat64 }),
		"largest":         many(400, func(i int) float64 { return math.MaxFloat64 * (float64(i%5) - 2) / 2 }),
		"far outside":     many(400, func(i int) float64 { return 1e12 + float64(i) }),
		"far below":       many(400, func(i int) float64 { return -1e300 * float64(i+1) }),
		"one of 1e9":      append(many(29_999, func(i int) float64 { return float64(i%1000) / 10 }), 1e9),
		"plain":           many(2000, func(i int) float64 { return float64((i * 7919) % 2003) }),
		"next to 1":       many(400, func(i int) float64 { return math.Nextafter(1, float64(i%3)) }),
	}
}

// undefinedByDoc are the statistics that may be NaN although both sides have
// values, each where its Doc says so.
const undefinedByDoc = "unique_error_rate distinct psi_baseline wasserstein wasserstein_norm median_shift iqr_ratio mean std mean_shift std_ratio p01_shift p05_shift p50_shift p95_shift p99_shift"

// TestNasty compares every nasty sample with every other: nothing is infinite,
// all is in its range, and NaN only what says that it may be.
func TestNasty(t *testing.T) {
	samples := nasty()
	for refName, ref := range samples {
		finite := slices.DeleteFunc(sorted(ref), func(x float64) bool { return x-x != 0 })
		for _, resolution := range []int{10, 200, 4096} { // 4096 is more than there are distinct values
			e := stats.NewNumeric("x", finite, resolution)
			for _, own := range []bool{false, true} {
				base := stats.NewBase(numericProfile(e, ref, 0), own)
				for curName, cur := range samples {
					checkNasty(t, refName+" => "+curName, base.Compare(numericProfile(e, cur, 0)), len(finite), cur)
				}
			}
		}
	}
}

func checkNasty(t *testing.T, name string, c *stats.Comparison, refValues int, cur []float64) {
	t.Helper()
	curValues := 0
	for _, x := range cur {
		if x-x == 0 {
			curValues++
		}
	}
	for _, s := range stats.Statistics() {
		if s.Kinds&stats.Numeric == 0 {
			continue
		}
		v := s.Compute(c)
		switch {
		case math.IsInf(v, 0),
			strings.HasPrefix(s.Range, "0..") && v < 0,
			s.Range == "0..1" && v > 1:
			t.Errorf("%s: %s = %g", name, s.Name, v)
		case math.IsNaN(v) && refValues > 0 && curValues > 0 && !slices.Contains(strings.Fields(undefinedByDoc), s.Name):
			t.Errorf("%s: %s is NaN", name, s.Name)
		case math.IsNaN(v) && len(cur) > 0 && s.Name == "rows":
			t.Errorf("%s: %s is NaN", name, s.Name)
		}
	}
}

// TestSignsAreExact counts zeros and negative numbers the plain way.
func TestSignsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ref, cur := numbers(t, "ref", 0), numbers(t, "cur", 1)
		e := stats.NewNumeric("x", sorted(ref), rapid.IntRange(10, 300).Draw(t, "resolution"))
		c := stats.NewBase(stats.Profile{}, false).Compare(numericProfile(e, cur, 2))
		var zero, negative float64
		for _, x := range cur {
			if x == 0 {
				zero++
			}
			if x < 0 {
				negative++
			}
		}
		row := func(name string) float64 {
			s, _ := stats.Lookup(name)
			return s.Compute(c)
		}
		n := float64(len(cur))
		if row("zero_rate") != zero/n || row("negative_rate") != negative/n {
			t.Fatalf("of %v zero_rate is %g and negative_rate %g", cur, row("zero_rate"), row("negative_rate"))
		}
	})
}

// TestSignsWithoutCuts has edges of an earlier version: signs are known where
// the extremes leave no choice.
func TestSignsWithoutCuts(t *testing.T) {
	for _, k := range []struct {
		values         []float64
		zero, negative float64
	}{
		{[]float64{1, 2, 3}, 0, 0},
		{[]float64{-1, -2}, 0, 1},
		{[]float64{0, 0}, 1, 0},
		{[]float64{0, 1}, math.NaN(), 0},
		{[]float64{-1, 0}, math.NaN(), math.NaN()},
		{[]float64{-1, 1}, math.NaN(), math.NaN()},
	} {
		var old stats.Reference
		if err := old.UnmarshalBinary(oldVersion(t, "version1")); err != nil {
			t.Fatal(err)
		}
		c := stats.NewBase(stats.Profile{}, false).Compare(numericProfile(old.Layout.Features[0], k.values, 0))
		for name, want := range map[string]float64{"zero_rate": k.zero, "negative_rate": k.negative} {
			if got := compute(t, c, name); got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
				t.Errorf("%s of %v is %g, want %g", name, k.values, got, want)
			}
		}
	}
}

// TestFlagThatFalls is what PSI over deciles alone does not see: values below the
// lowest decile, where one value holds that.
func TestFlagThatFalls(t *testing.T) {
	flag := nasty()["flag"] // 7 % are 0
	e := stats.NewNumeric("x", sorted(flag), 200)
	for _, own := range []bool{false, true} {
		c := stats.NewBase(numericProfile(e, flag, 0), own).Compare(numericProfile(e, make([]float64, 500), 0))
		if psi := compute(t, c, "psi"); psi < 5 {
			t.Errorf("own bins %t: a flag of 1 falls to 0 and psi is %g", own, psi)
		}
	}
}

// TestKSByBruteForce compares with the distance at every value, counted.
func TestKSByBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Map(rapid.IntRange(-30, 30), func(i int) float64 { return float64(i*i*i) / 8 }) // ties
		ref := rapid.SliceOfN(value, 1, 400).Draw(t, "ref")
		cur := rapid.SliceOfN(value, 1, 400).Draw(t, "cur")
		upTo := func(values []float64, x float64) float64 {
			n := 0.0
			for _, v := range values {
				if v <= x {
					n++
				}
			}
			return n / float64(len(values))
		}
		var exact float64
		for _, x := range append(slices.Clone(ref), cur...) {
			exact = max(exact, math.Abs(upTo(ref, x)-upTo(cur, x)))
		}
		e := stats.NewNumeric("x", sorted(ref), rapid.SampledFrom([]int{10, 25, 200}).Draw(t, "resolution"))
		c := stats.NewBase(numericProfile(e, ref, 0), false).Compare(numericProfile(e, cur, 0))
		row := func(name string) float64 {
			s, _ := stats.Lookup(name)
			return s.Compute(c)
		}
		if low := row("ks"); low > exact+1e-12 || exact > low+row("ks_error")+1e-12 {
			t.Fatalf("exact %g, ks %g, ks_error %g", exact, low, row("ks_error"))
		}
	})
}

// TestWassersteinByBruteForce adds up the area at every value, between the cuts
// that the doc names, and allows for what straight lines may be off.
func TestWassersteinByBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.Float64Range(-100, 100), rapid.SampledFrom([]float64{0, 1, 50}))
		ref := sorted(rapid.SliceOfN(value, 1, 300).Draw(t, "ref"))
		cur := rapid.SliceOfN(value, 1, 300).Draw(t, "cur")
		e := stats.NewNumeric("x", ref, rapid.SampledFrom([]int{10, 50, 400}).Draw(t, "resolution"))
		p, q := numericProfile(e, ref, 0), numericProfile(e, cur, 0)
		each := 1 / float64(len(ref))
		if len(ref) < 100 {
			each = 0
		}
		low, high := math.NaN(), e.Cuts[len(e.Cuts)-1]
		var upTo uint64
		for i, c := range e.Cuts {
			upTo += p.Cells[stats.NoValues+i]
			share := float64(upTo) / float64(len(ref))
			if share <= 0.001+each {
				low = c
			}
			if share >= 0.999-each {
				high = c
				break
			}
		}
		if math.IsNaN(low) {
			low = e.Cuts[0]
		}
		at := slices.DeleteFunc(append(append([]float64{low, high}, ref...), cur...), func(x float64) bool { return x < low || x > high })
		slices.Sort(at)
		share := func(values []float64, x float64) float64 {
			n := 0.0
			for _, v := range values {
				if v <= x {
					n++
				}
			}
			return n / float64(len(values))
		}
		var exact float64
		for i := 1; i < len(at); i++ {
			if at[i] > at[i-1] {
				exact += math.Abs(share(ref, at[i-1])-share(cur, at[i-1])) * (at[i] - at[i-1])
			}
		}
		w, _ := stats.Lookup("wasserstein")
		got := w.Compute(stats.NewBase(p, false).Compare(q))
		if !(math.Abs(got-exact) <= 1e-9+areaError(e, ref, cur)) {
			t.Fatalf("wasserstein %g, exactly %g, from %g to %g, within %g", got, exact, low, high, areaError(e, ref, cur))
		}
	})
}

// TestNoiseAgrees holds psi_noise to be the psi at which psi_p is 0.01.
func TestNoiseAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := anyLayout(t)
		a, b := anyCounts(t, "a", l), anyCounts(t, "b", l)
		for i := range 3 {
			c := stats.NewBase(l.Profile(a, i), rapid.Bool().Draw(t, "own")).Compare(l.Profile(b, i))
			row := func(name string) float64 {
				s, _ := stats.Lookup(name)
				return s.Compute(c)
			}
			psi, p, noise := row("psi"), row("psi_p"), row("psi_noise")
			if len(c.Bins()) > 3 && math.Abs(psi/noise-1) > 1e-9 && (psi > noise) != (p < 0.01) {
				t.Fatalf("psi %g, psi_noise %g, psi_p %g", psi, noise, p)
			}
		}
	})
}
