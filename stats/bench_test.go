package stats_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"driftwatch/stats"
)

func shapes(n int) map[string][]float64 {
	r := rand.New(rand.NewPCG(1, 2))
	draw := func(f func() float64) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = f()
		}
		return x
	}
	return map[string][]float64{
		"normal": draw(r.NormFloat64),
		"pareto": draw(func() float64 { u := r.Float64(); return 1 / ((1 - u) * (1 - u)) }),
		"bimodal": draw(func() float64 {
			if r.IntN(2) == 0 {
				return r.NormFloat64()
			}
			return 1e6 + r.NormFloat64()
		}),
		"integers": draw(func() float64 { return float64(r.IntN(150)) }),
	}
}

func BenchmarkNumber(b *testing.B) {
	for _, k := range []int{200, 4096} {
		for _, name := range []string{"normal", "pareto", "bimodal", "integers"} {
			x := shapes(1 << 16)[name]
			e := stats.NewNumeric("x", sorted(x), k)
			b.Run(fmt.Sprintf("K=%d/%s", k, name), func(b *testing.B) {
				cells := make([]uint64, e.Width())
				i := 0
				b.ReportAllocs()
				for b.Loop() {
					cells[e.Number(x[i&(1<<16-1)])]++
					i++
				}
			})
		}
	}
}

// BenchmarkObserve is all that the engine does with a number.
func BenchmarkObserve(b *testing.B) {
	for _, k := range []int{200, 4096} {
		for _, name := range []string{"normal", "pareto", "bimodal", "integers"} {
			x := shapes(1 << 16)[name]
			l := stats.NewLayout([]*stats.Edges{stats.NewNumeric("x", sorted(x), k)})
			c := l.NewCounts()
			b.Run(fmt.Sprintf("K=%d/%s", k, name), func(b *testing.B) {
				i := 0
				b.ReportAllocs()
				for b.Loop() {
					observe(l, c, 0, x[i&(1<<16-1)])
					i++
				}
			})
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		stats.Lookup("missing_rate")
		stats.Lookup("lost_categories")
	}
}

func BenchmarkCategory(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(r, 1.1, 1, 4999)
	counts := map[string]uint64{}
	for i := range 5000 {
		counts[fmt.Sprintf("category-%d", i)] = uint64(5000 - i)
	}
	e := stats.NewCategorical("x", counts, 5000)
	values := make([][]byte, 1<<16)
	for i := range values {
		values[i] = fmt.Appendf(nil, "category-%d", zipf.Uint64())
	}
	cells := make([]uint64, e.Width())
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		cells[e.Category(values[i&(1<<16-1)])]++
		i++
	}
}

// BenchmarkCompare is one feature of one window.
func BenchmarkCompare(b *testing.B) {
	families := map[string][]string{
		"psi": {"psi", "psi_p", "psi_noise", "psi_lo"},
		"ks":  {"ks", "ks_error", "ks_p"},
		"js":  {"js", "hellinger", "tvd", "chi2", "chi2_p"},
	}
	families["families"] = slices.Concat(families["psi"], families["ks"], families["js"])
	for _, s := range stats.Statistics() {
		if s.Kinds&stats.Numeric != 0 {
			families["all"] = append(families["all"], s.Name)
		}
	}
	x := shapes(1 << 16)["normal"]
	e := stats.NewNumeric("x", sorted(x), 200)
	base := stats.NewBase(numericProfile(e, x[:30000], 5), false)
	cur := numericProfile(e, x[30000:32000], 1)
	for _, name := range []string{"psi", "ks", "js", "families", "all"} {
		var compute []func(*stats.Comparison) float64
		for _, s := range families[name] {
			row, _ := stats.Lookup(s)
			compute = append(compute, row.Compute)
		}
		b.Run(name, func(b *testing.B) {
			c := base.Compare(cur)
			b.ReportAllocs()
			for b.Loop() {
				c.Reset(base, cur)
				for _, f := range compute {
					f(c)
				}
			}
		})
	}
}

// BenchmarkCompareKinds computes all statistics of features of other kinds, and
// of one whose value hardly varies: there the noise of PSI is enumerated.
func BenchmarkCompareKinds(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(r, 1.1, 1, 4999)
	ref, cur := map[string]uint64{}, map[string]uint64{}
	for i := range 30_000 {
		ref[fmt.Sprint(zipf.Uint64())]++
		if i%15 == 0 {
			cur[fmt.Sprint(zipf.Uint64())]++
		}
	}
	category := stats.NewCategorical("x", ref, 100)
	constant := func(n int) []float64 {
		x := slices.Repeat([]float64{42}, n)
		x[0], x[1], x[2], x[3] = 41, 41, 43, 43
		return x
	}
	number := stats.NewNumeric("x", sorted(constant(30_000)), 200)
	for _, k := range []struct {
		name     string
		ref, cur stats.Profile
	}{
		{"categorical", categoricalProfile(category, ref, 0), categoricalProfile(category, cur, 0)},
		{"nearly constant", numericProfile(number, constant(30_000), 0), numericProfile(number, constant(2000), 0)},
	} {
		b.Run(k.name, func(b *testing.B) {
			base := stats.NewBase(k.ref, false)
			c := base.Compare(k.cur)
			table := stats.Statistics()
			b.ReportAllocs()
			for b.Loop() {
				c.Reset(base, k.cur)
				for _, s := range table {
					if s.Kinds&k.ref.Edges.Kind != 0 {
						s.Compute(c)
					}
				}
			}
		})
	}
}

func BenchmarkCounts(b *testing.B) {
	x := shapes(1500)["normal"]
	var features []*stats.Edges
	for i := range 20 {
		features = append(features, stats.NewNumeric(fmt.Sprint(i), sorted(shapes(1 << 16)["normal"]), 200))
	}
	l := stats.NewLayout(features)
	c, total := l.NewCounts(), l.NewCounts()
	for i := range features {
		for _, v := range x {
			observe(l, c, i, v)
		}
	}
	encoded := l.Append(nil, c)
	b.Run("Add", func(b *testing.B) {
		for b.Loop() {
			total.Add(c)
		}
	})
	b.Run("Append", func(b *testing.B) {
		dst := make([]byte, 0, len(encoded))
		b.ReportAllocs()
		for b.Loop() {
			dst = l.Append(dst[:0], c)
		}
		b.ReportMetric(float64(len(dst))/20, "bytes/feature")
	})
	b.Run("Decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := l.Decode(total, encoded); err != nil {
				b.Fatal(err)
			}
		}
	})
}
