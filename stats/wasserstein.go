package stats

import "math"

// wasserstein is the first Wasserstein distance, the area between the two
// distribution functions, from the reference's 0.1 % to its 99.9 % quantile: how
// far values have moved, on average over all of them. What lies beyond is in
// tail_rate; one 1e9 among 30,000 rows would else make it 33,333. Within a cell
// the functions are taken to be straight lines, so it is exact where every value
// has a cell of its own, and else good to the sum over cells of their width x the
// mean of the two shares in them. Undefined where one side has no values, and where it overflows. Unit:
// that of the feature. Source: Vallender, Theory of Probability and its
// Applications 18 (1974); on the values as scipy.stats.wasserstein_distance.
func wasserstein(c *Comparison) float64 {
	if math.IsNaN(c.ksBounds().low) {
		return math.NaN()
	}
	// ksBounds has filled c.cdf.
	cuts, from, to := c.cur.Edges.Cuts, c.base.tailBelow, c.base.tailAbove
	var area float64
	for i := max(from, 0); i < to; i++ {
		left, right := math.Abs(c.base.cdf[i]-c.cdf[i]), math.Abs(c.base.cdf[i+1]-c.cdf[i+1])
		mean := (left + right) / 2
		if (c.base.cdf[i] < c.cdf[i]) != (c.base.cdf[i+1] < c.cdf[i+1]) && left+right > 0 {
			mean = (left*left + right*right) / (2 * (left + right)) // the lines cross
		}
		area += mean * (cuts[i+1] - cuts[i])
	}
	return finite(area)
}

// tails returns the indexes of the cuts that the middle of the distribution lies
// between: the last cut with at most 0.1 % of the values up to it, -1 where
// there is none, and the first with at least 99.9 %, or the last cut. The
// quantiles of n values are among the cuts, and up to them is 1/n too much; below
// 100 values, the least and the greatest would be left out by that.
func tails(cdf []float64, values uint64) (below, above int) {
	const tail = 0.001
	each := 1 / float64(values)
	if values < 100 {
		each = 0
	}
	below, above = -1, len(cdf)-1
	for i, share := range cdf {
		if share <= tail+each {
			below = i
		}
		if share >= 1-tail-each {
			return below, i
		}
	}
	return below, above
}
