package stats

import "math"

// constantChanged is 1 where all values of the reference are the same one and
// not all are that one now, else 0. It is exact, by the least and the greatest
// values. Undefined where one side has no values. Unit: 1.
func constantChanged(c *Comparison) float64 {
	ref, cur := c.base.ref.Extremes, c.cur.Extremes
	if !ref.Seen || !cur.Seen || c.base.values == 0 || c.values == 0 {
		return math.NaN()
	}
	if ref.Min == ref.Max && (cur.Min != ref.Min || cur.Max != ref.Max) {
		return 1
	}
	return 0
}
