package stats

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// js is the Jensen-Shannon distance of the shares of the bins that PSI uses,
// without its smoothing,
//
//	sqrt(1/2 sum p log2(p/a) + 1/2 sum q log2(q/a)),  a = (p+q)/2
//
// the square root of the divergence to base 2: a metric between 0, equal, and 1,
// no bin in common. Undefined without rows on both sides. Unit: 1. Source: Lin,
// IEEE Transactions on Information Theory 37 (1991); Endres and Schindelin, the
// same 49 (2003), for the root; as scipy.spatial.distance.jensenshannon with
// base=2.
func js(c *Comparison) float64 {
	c.align()
	if len(c.bins) == 0 {
		return math.NaN()
	}
	// gonum's divergence of nearly equal shares can be a rounding below 0.
	divergence := stat.JensenShannon(c.refShare, c.curShare) / math.Ln2
	return math.Sqrt(min(max(divergence, 0), 1))
}
