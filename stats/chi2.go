package stats

import "math"

// chi2Statistics are Pearson's test of homogeneity: whether the reference and
// the current rows come from one distribution over the bins that PSI uses.
func chi2Statistics() []Statistic {
	const kinds = Numeric | Categorical | Boolean
	return []Statistic{
		{
			Name: "chi2", Unit: "1", Range: "0..", Kinds: kinds, NeedsReference: true,
			Compute: func(c *Comparison) float64 { x, _ := chi2(c); return x },
			Doc:     "Pearson's chi-squared of the two rows of counts, without continuity correction",
		},
		{
			Name: "chi2_p", Unit: "probability", Range: "0..1", Kinds: kinds, NeedsReference: true,
			Compute: func(c *Comparison) float64 { return chiSquaredSurvival(chi2(c)) },
			Doc:     "chance of a chi2 as large without drift, asymptotic, for independent rows",
		},
	}
}

// chi2 returns the statistic and its degrees of freedom, the number of bins
// with any rows less one. In a table of two rows the sum of
// (observed - expected)^2 / expected over both is
//
//	sum over bins of (r sqrt(m/n) - c sqrt(n/m))^2 / (r+c)
//
// with r of n rows in the reference and c of m now.
func chi2(c *Comparison) (x, freedom float64) {
	c.align()
	if len(c.bins) == 0 {
		return math.NaN(), math.NaN()
	}
	scale := math.Sqrt(float64(c.rows) / float64(c.base.rows))
	freedom = -1
	for i, r := range c.refCount {
		if n := c.curCount[i]; r+n > 0 {
			d := r*scale - n/scale
			x += d * d / (r + n)
			freedom++
		}
	}
	return x, freedom
}
