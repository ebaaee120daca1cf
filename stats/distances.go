package stats

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// distanceStatistics are distances of the shares of the bins that PSI uses,
// without its smoothing. All are metrics between 0, equal, and 1, disjoint.
func distanceStatistics() []Statistic {
	const kinds = Numeric | Categorical | Boolean
	return []Statistic{
		{
			Name: "js", Unit: "1", Range: "0..1", Kinds: kinds, NeedsReference: true, Compute: js,
			Doc: "Jensen-Shannon distance: the square root of the divergence to base 2",
		},
		{
			Name: "hellinger", Unit: "1", Range: "0..1", Kinds: kinds, NeedsReference: true, Compute: hellinger,
			Doc: "Hellinger distance: sqrt(1/2 sum (sqrt p - sqrt q)^2)",
		},
		{
			Name: "tvd", Unit: "share", Range: "0..1", Kinds: kinds, NeedsReference: true, Compute: tvd,
			Doc: "total variation distance, 1/2 sum |p-q|: the share of rows that are in another bin now",
		},
	}
}

func js(c *Comparison) float64 {
	c.align()
	if len(c.bins) == 0 {
		return math.NaN()
	}
	// gonum's divergence of nearly equal shares can be a rounding below 0.
	divergence := stat.JensenShannon(c.refShare, c.curShare) / math.Ln2
	return math.Sqrt(min(max(divergence, 0), 1))
}

// hellinger does not use stat.Hellinger, which takes 1 - sum sqrt(pq): that
// cancels where p and q are close, and is NaN where it falls below 0.
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

func tvd(c *Comparison) float64 {
	c.align()
	if len(c.bins) == 0 {
		return math.NaN()
	}
	return min(floats.Distance(c.refShare, c.curShare, 1)/2, 1)
}
