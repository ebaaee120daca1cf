package stats

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// tvd is the total variation distance of the shares of the bins that PSI uses,
// without its smoothing, 1/2 sum |p-q|: the share of rows that would have to go
// to another bin to undo the drift. Undefined without rows on both sides. Unit:
// share of rows. Source: Gibbs and Su, International Statistical Review 70
// (2002).
func tvd(c *Comparison) float64 {
	c.align()
	if len(c.bins) == 0 {
		return math.NaN()
	}
	return min(floats.Distance(c.refShare, c.curShare, 1)/2, 1)
}
