package stats_test

import (
	"fmt"
	"math"
	"math/rand/v2"

	"driftwatch/stats"
)

// autoregressive returns windows of a stream whose values depend on those before,
// AR(1), normally distributed with standard deviation 1 whatever rho is.
func autoregressive(r *rand.Rand, e *stats.Edges, count, rows int, rho float64) []stats.Profile {
	x, step := r.NormFloat64(), math.Sqrt(1-rho*rho)
	windows := make([]stats.Profile, count)
	for i := range windows {
		windows[i] = stats.Profile{Edges: e, Cells: make([]uint64, e.Width())}
		for range rows {
			windows[i].Cells[e.Number(x)]++
			x = rho*x + step*r.NormFloat64()
		}
	}
	return windows
}

// sumOfWindows is the profile of all rows.
func sumOfWindows(windows []stats.Profile) stats.Profile {
	total := stats.Profile{Edges: windows[0].Edges, Cells: make([]uint64, windows[0].Edges.Width())}
	for _, w := range windows {
		for i, n := range w.Cells {
			total.Cells[i] += n
		}
	}
	return total
}

// autocorrelationTable measures clean windows against a reference of 300 windows
// of the same stream, 200 of them for each of 20 references.
func autocorrelationTable() table {
	m := table{
		title:  "Autocorrelation: percent of clean windows of 500 rows of AR(1) streams with psi_p < 0.01, psi > psi_baseline, and psi_lo > 0.1; and phi.",
		corner: "correlation of rows", heads: []string{"psi_p, baseline, psi_lo; phi"},
	}
	for _, rho := range []float64{0, 0.5, 0.9, 0.98} {
		// The 99 % point of 300 windows is itself uncertain.
		most := []float64{1, 0.03, 1}
		if rho == 0 {
			most = []float64{mostAbove + 0.005, 0.03, mostAbove, 0.011} // of 4,000 windows
		}
		m.lines = append(m.lines, line{label: fmt.Sprint(rho), cells: []*cell{{most: most, measure: func() []float64 { return autocorrelated(rho) }}}})
	}
	return m
}

// autocorrelated returns the shares, and phi as if it were in percent.
func autocorrelated(rho float64) []float64 {
	const references, learned, clean, rows = 20, 300, 200, 500
	r := rand.New(rand.NewPCG(uint64(rho*100), 7))
	grid := make([]float64, 999)
	for i := range grid {
		grid[i] = 3 * (float64(i)/500 - 1)
	}
	row := func(c *stats.Comparison, name string) float64 {
		s, _ := stats.Lookup(name)
		return s.Compute(c)
	}
	shares := make([]float64, 4)
	add := func(i int, yes bool) {
		if yes {
			shares[i] += 1.0 / (references * clean)
		}
	}
	e := stats.NewNumeric("x", grid, 200)
	for range references {
		windows := autoregressive(r, e, learned+clean, rows, rho)
		base := stats.NewBase(sumOfWindows(windows[:learned]), false)
		base.Baseline = stats.NewBaseline(60_000, windows[:learned])
		for _, w := range windows[learned:] {
			c := base.Compare(w)
			add(0, row(c, "psi_p") < level)
			add(1, row(c, "psi") > row(c, "psi_baseline"))
			add(2, row(c, "psi_lo") > 0.1)
		}
		shares[3] += base.Baseline.Phi / 100 / references
	}
	return shares
}
