package stats

import "math"

// hellinger is the Hellinger distance of the shares of the bins that PSI uses,
// without its smoothing,
//
//	sqrt(1/2 sum (sqrt p - sqrt q)^2)
//
// a metric between 0, equal, and 1, no bin in common. Undefined without rows on
// both sides. Unit: 1. Source: Hellinger, Journal fuer die reine und angewandte
// Mathematik 136 (1909); Gibbs and Su, International Statistical Review 70
// (2002).
//
// It does not use stat.Hellinger, which takes 1 - sum sqrt(pq): that cancels
// where p and q are close, and is NaN where it falls below 0.
func hellinger(c *Comparison) float64 {
	c.align()
	if len(c.bins) == 0 {
		return math.NaN()
	}
	var squares float64
	for i, p := range c.refShare {
		d := math.Sqrt(p) - math.Sqrt(c.curShare[i])
		squares += d * d
	}
	return min(math.Sqrt(squares/2), 1)
}
