package stats_test

import (
	"fmt"

	"driftwatch/stats"
)

// count counts numbers of a single feature.
func count(l *stats.Layout, values ...float64) *stats.Counts {
	c, e := l.NewCounts(), l.Features[0]
	for _, v := range values {
		c.Rows++
		cell := e.Number(v)
		c.Cells[cell]++
		if cell >= stats.NoValues {
			c.Moments[0].Observe(e.Z(v))
			c.Extremes[0].Observe(v)
		}
	}
	return c
}

func ladder(from, to int) []float64 {
	var values []float64
	for i := from; i < to; i++ {
		values = append(values, float64(i))
	}
	return values
}

// What was normal is summed up once; then any window is compared with it.
func Example() {
	normal := ladder(0, 1000)
	l := stats.NewLayout([]*stats.Edges{stats.NewNumeric("amount", normal, 200)})
	base := stats.NewBase(l.Profile(count(l, normal...), 0), false)

	window := count(l, ladder(300, 1300)...)
	c := base.Compare(l.Profile(window, 0))
	for _, name := range []string{"psi", "psi_noise", "psi_lo", "ks", "mean_shift"} {
		s, _ := stats.Lookup(name)
		fmt.Printf("%-10s %.3f\n", s.Name, s.Compute(c))
	}
	// Output:
	// psi        1.996
	// psi_noise  0.043
	// psi_lo     1.336
	// ks         0.300
	// mean_shift 1.039
}

func ExampleComparison_Bins() {
	e := stats.NewCategorical("card", map[string]uint64{"debit": 600, "credit": 390, "gift": 10}, 100)
	profile := func(null, debit, credit, gift uint64) stats.Profile {
		return stats.Profile{Edges: e, Cells: []uint64{stats.Null: null, stats.NoValues: debit, credit, gift, 0, 0}}
	}
	c := stats.NewBase(profile(0, 600, 390, 10), false).Compare(profile(50, 100, 100, 0))
	for _, b := range c.Bins() {
		fmt.Printf("%-9s %4.0f %% -> %2.0f %%  %.3f\n", b.Label, 100*b.Reference, 100*b.Current, b.PSI)
	}
	// Output:
	// debit       60 % -> 40 %  0.082
	// credit      39 % -> 40 %  0.000
	// gift         1 % ->  0 %  0.014
	// (missing)    0 % -> 20 %  1.198
}

func ExampleEdges_Number() {
	e := stats.NewNumeric("amount", ladder(0, 1001), 10)
	for _, x := range []float64{-3, 100, 100.5, 5000} {
		fmt.Println(x, e.Label(e.Number(x)))
	}
	// Output:
	// -3 < 0
	// 100 (50, 100]
	// 100.5 (100, 150]
	// 5000 > 999
}

// Counts that were added can be subtracted again, bit for bit: a window rolls.
func ExampleCounts_Sub() {
	l := stats.NewLayout([]*stats.Edges{stats.NewNumeric("x", ladder(0, 100), 10)})
	old, young := count(l, 1, 2, 1e200), count(l, 3, 4)

	window := l.NewCounts()
	window.Add(old)
	window.Add(young)
	window.Sub(old)
	fmt.Printf("%.3f\n", l.Profile(window, 0).Mean())
	// Output: 3.500
}

func ExampleLayout_Decode() {
	e := stats.NewNumeric("x", ladder(0, 100), 10)
	written := stats.NewLayout([]*stats.Edges{e, stats.NewText("note")})
	b := written.Append(nil, count(written, 3, 4, 5))

	// The note is not watched any more.
	l := stats.NewLayout([]*stats.Edges{e})
	c := l.NewCounts()
	err := l.Decode(c, b)
	fmt.Println(c.Rows, l.Profile(c, 0).Values(), err)
	// Output: 3 3 <nil>
}

// Two segments with different habits: one grows, and its habits stay.
func ExampleAttribute() {
	e := stats.NewBoolean("refund")
	profile := func(no, yes uint64) stats.Profile {
		return stats.Profile{Edges: e, Cells: []uint64{stats.NoValues: no, yes}}
	}
	overall := stats.NewBase(profile(1000, 1000), false).Compare(profile(600, 1400))
	ref := []stats.Profile{profile(900, 100), profile(100, 900)}
	cur := []stats.Profile{profile(450, 50), profile(150, 1350)}
	for i, p := range stats.Attribute(overall, ref, cur) {
		fmt.Printf("%s: %+.3f = mix %+.3f + within %+.3f\n", []string{"shop", "web "}[i], p.PSI, p.Mix, p.Within)
	}
	fmt.Printf("psi %.3f\n", overall.PSI())
	// Output:
	// shop: +0.106 = mix +0.106 + within +0.000
	// web : +0.063 = mix +0.063 + within +0.000
	// psi 0.169
}
