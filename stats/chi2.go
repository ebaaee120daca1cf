package stats

import "math"

// chi2 is Pearson's statistic of homogeneity: whether the reference and the
// current rows come from one distribution over the bins that PSI uses. In a
// table of two rows the sum of (observed - expected)^2 / expected over both is
//
//	sum over bins of (r sqrt(m/n) - c sqrt(n/m))^2 / (r+c)
//
// with r of n rows in the reference and c of m now. No continuity correction.
// It grows with the number of rows where there is drift; compare chi2_p, or
// rather a distance, with a limit. Undefined without rows on both sides.
// Unit: 1. Source: Pearson, Philosophical Magazine 50 (1900); as in
// scipy.stats.chi2_contingency.
func chi2(c *Comparison) float64 {
	c.align()
	if len(c.bins) == 0 {
		return math.NaN()
	}
	scale := math.Sqrt(float64(c.rows) / float64(c.base.rows))
	var x float64
	for i, r := range c.refCount {
		n := c.curCount[i]
		d := r*scale - n/scale
		x += d * d / (r + n)
	}
	return x
}
