package stats

import "math"

// std is the standard deviation of the values, with n-1, of those that mean is
// of. Undefined below two values. Unit: that of the feature. As numpy.std with
// ddof=1.
func std(c *Comparison) float64 { return c.cur.Std() }

// Std returns the standard deviation (n-1), NaN below two values.
func (p Profile) Std() float64 {
	n := p.summed()
	if n < 2 {
		return math.NaN()
	}
	_, squares := p.Moments.meanAndSquares(n)
	return finite(math.Sqrt(squares/float64(n-1)) * p.Edges.Scale)
}
