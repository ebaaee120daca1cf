package stats_test

import (
	"math/rand/v2"
	"testing"

	"driftwatch/stats"
)

// TestOwnBins checks that the bins of a segment split its own mass evenly, where
// overall deciles would have it all in one bin.
func TestOwnBins(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	all, segment := make([]float64, 20_000), make([]float64, 2_000)
	for i := range all {
		all[i] = r.NormFloat64()
	}
	for i := range segment {
		segment[i] = 0.8 + r.NormFloat64()/3
	}
	e := stats.NewNumeric("x", sorted(all), 200)
	p := numericProfile(e, segment, 0)
	for _, bin := range stats.NewBase(p, true).Compare(p).Bins() {
		if bin.Reference < 0.08 || bin.Reference > 0.12 {
			t.Errorf("bin %s has %g of the segment", bin.Label, bin.Reference)
		}
	}
	constant := numericProfile(e, []float64{e.Cuts[9], e.Cuts[9]}, 0)
	fallen := numericProfile(e, []float64{e.Cuts[8], e.Cuts[8]}, 0)
	if psi := stats.NewBase(constant, true).Compare(fallen).PSI(); psi < 1 {
		t.Errorf("a constant segment falls: psi %g", psi)
	}
}

func TestCompareDoesNotAllocate(t *testing.T) {
	x := shapes(4000)["normal"]
	e := stats.NewNumeric("x", sorted(x), 200)
	base, cur := stats.NewBase(numericProfile(e, x, 5), false), numericProfile(e, x[:500], 1)
	table := stats.Statistics()
	c := base.Compare(cur)
	if n := testing.AllocsPerRun(20, func() {
		c.Reset(base, cur)
		for _, s := range table {
			s.Compute(c)
		}
	}); n > 0 {
		t.Errorf("%g allocations", n)
	}
}

// TestSize measures how often no drift is called drift: at nominal 1 %, psi_p
// and ks_p below 0.01 in at most 1.3 % of windows and, with the sampling error
// of 4,000 windows, 1.8 %.
func TestSize(t *testing.T) {
	const windows, size = 4000, 500
	r := rand.New(rand.NewPCG(5, 6))
	zipf := rand.NewZipf(r, 1.2, 1, 4999)
	numeric := make([]float64, 100_000)
	counts := map[string]uint64{}
	name := func(v uint64) string { return string(rune('0' + v)) }
	for i := range numeric {
		numeric[i] = r.NormFloat64()
		counts[name(zipf.Uint64())]++
	}
	ne, ce := stats.NewNumeric("n", sorted(numeric), 200), stats.NewCategorical("c", counts, 100)
	nb, cb := stats.NewBase(numericProfile(ne, numeric, 0), false), stats.NewBase(categoricalProfile(ce, counts, 0), false)
	np, cp := stats.Profile{Edges: ne, Cells: make([]uint64, ne.Width())}, stats.Profile{Edges: ce, Cells: make([]uint64, ce.Width())}
	var below [3]int
	var n, c stats.Comparison
	for range windows {
		clear(np.Cells)
		clear(cp.Cells)
		for range size {
			np.Cells[ne.Number(r.NormFloat64())]++
			cp.Cells[ce.Category([]byte(name(zipf.Uint64())))]++
		}
		n.Reset(nb, np)
		c.Reset(cb, cp)
		for i, p := range []float64{compute(t, &n, "psi_p"), compute(t, &n, "ks_p"), compute(t, &c, "psi_p")} {
			if p < 0.01 {
				below[i]++
			}
		}
	}
	for i, name := range []string{"psi_p", "ks_p", "psi_p of categories"} {
		share := float64(below[i]) / windows
		t.Logf("%s < 0.01 in %.2f %% of clean windows", name, 100*share)
		if share > 0.018 {
			t.Errorf("%s < 0.01 in %.2f %% of clean windows", name, 100*share)
		}
	}
}
