package stats

import "math"

// mean is the arithmetic mean of the values. Values further than 2^20 Scale from
// Center (Edges.Z) are left out, so that one of 1e300 does not undo all others;
// it is good to 2^-21 Scale. Undefined without values that near. Unit: that of
// the feature.
func mean(c *Comparison) float64 { return c.cur.Mean() }

// Mean returns the mean of a numeric feature's values, of those near enough to
// have a z, and NaN without any.
func (p Profile) Mean() float64 {
	n := p.summed()
	if n < 1 {
		return math.NaN()
	}
	z, _ := p.Moments.meanAndSquares(n)
	return finite(p.Edges.Center + z*p.Edges.Scale)
}

// summed returns the number of values that the moments are of.
func (p Profile) summed() uint64 {
	values := p.Values()
	if len(p.Cells) == 0 || p.Edges.Kind != Numeric || p.Moments.Left > values {
		return 0
	}
	return values - p.Moments.Left
}
