package stats

import "math"

// meanShift is (mean - reference mean) / reference std, with n-1. Where the
// reference's is 0 it is 0 if the means are equal, else undefined, and
// constant_changed is 1; undefined where a mean is. A far value moves it,
// unlike median_shift. Unit: standard deviations of the
// reference. Source: Glass, Educational Researcher 5 (1976), whose delta it is.
func meanShift(c *Comparison) float64 {
	if c.base.values == 0 {
		return math.NaN()
	}
	shift := c.cur.Mean() - c.base.mean
	if shift == 0 && c.base.std == 0 {
		return 0
	}
	return quotient(shift, c.base.std)
}
