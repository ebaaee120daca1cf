package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/combin"
)

// Apart is the probability, without a difference between them, that two samples
// of a feature's rows differ as much as they do in the bin where it is least
// probable: the bins of PSI, and each reason for which a row has no value. With
// 2 chances for each bin it is an upper bound (Bonferroni), at most 1. Rows are
// taken to be independent.
func (b *Base) Apart(x, y Profile) float64 {
	c := b.Compare(x)
	c.align()
	in := x.Edges.fill(nil, c.bins, x.Cells)
	out := x.Edges.fill(nil, c.bins, y.Cells)
	for cell := range NoValues {
		in, out = append(in, float64(x.Cells[cell])), append(out, float64(y.Cells[cell]))
	}
	least := 1.0
	for i := range in {
		here, there := uint64(in[i]), uint64(out[i])
		least = min(least, fisher(here, x.Rows(), there, y.Rows()), fisher(there, y.Rows(), here, x.Rows()))
	}
	return min(1, least*float64(2*len(in)))
}

// fisher is the one-sided p-value of Fisher's exact test: the probability, given
// the sums, of n or more of n+r among all rather than among the others,
//
//	sum over k >= n of C(all, k) C(others, n+r-k) / C(all+others, n+r)
func fisher(n, all, r, others uint64) float64 {
	log := func(n, k uint64) float64 { return combin.LogGeneralizedBinomial(float64(n), float64(k)) }
	m := n + r
	whole, p := log(all+others, m), 0.0
	for k := n; k <= min(all, m); k++ {
		term := math.Exp(log(all, k) + log(others, m-k) - whole)
		p += term
		if term < 1e-3*byChance*p { // they fall from the most probable one on
			break
		}
	}
	return min(1, p)
}
