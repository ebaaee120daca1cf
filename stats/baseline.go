package stats

import "slices"

// Baseline is how much a feature varies by itself: windows of the reference,
// each compared with the rest of it. The zero Baseline stands for none.
type Baseline struct {
	Window  int64 // length of a window in milliseconds
	Windows int   // number of windows that had rows
	// Phi is the overdispersion, the mean of psi / its mean for independent
	// rows: about 1 where rows are independent, 10 where a window is as noisy
	// as one with a tenth of its rows would be.
	Phi float64
	// Quantiles are the 50, 90, 95 and 99 % quantiles of psi, as numpy.quantile
	// has them: with fewer than 100 windows the last is near the maximum.
	Quantiles [4]float64
}

// baselineShares are the shares of windows below Baseline.Quantiles.
var baselineShares = [...]float64{0.5, 0.9, 0.95, 0.99}

// NewBaseline compares each window's profile of one feature with all others
// together. The windows have the same edges, count no row twice and are of the
// length given, in milliseconds; those without rows are left out. With less than
// two there is no Baseline, nor where the feature has no bins.
func NewBaseline(window int64, windows []Profile) Baseline {
	windows = slices.DeleteFunc(slices.Clone(windows), func(p Profile) bool { return p.Rows() == 0 })
	if len(windows) < 2 || windows[0].Edges.Kind&binned == 0 {
		return Baseline{}
	}
	edges := windows[0].Edges
	total := make([]uint64, edges.Width())
	for _, w := range windows {
		for i, n := range w.Cells {
			total[i] += n
		}
	}
	b := Baseline{Window: window, Windows: len(windows)}
	rest := Profile{Edges: edges, Cells: make([]uint64, len(total))}
	var bins []bin
	if edges.Kind == Numeric {
		bins = split(edges.BinEnds, len(edges.Cuts)+1)
	}
	psis := make([]float64, 0, len(windows))
	var c Comparison
	for _, w := range windows {
		for i, n := range w.Cells {
			rest.Cells[i] = total[i] - n
		}
		c.Reset(&Base{ref: rest, rows: rest.Rows(), values: rest.Values(), bins: bins}, w)
		s := c.psiSums()
		psis = append(psis, s.psi)
		if s.noise.mean > 0 {
			b.Phi += s.psi / s.noise.mean / float64(len(windows))
		}
	}
	slices.Sort(psis)
	for i, q := range baselineShares {
		b.Quantiles[i] = quantile(psis, q)
	}
	return b
}
