package stats

import "math"

// tailRate is the share of values outside of what wasserstein covers, the
// reference's 0.1 to 99.9 % quantile: about 0.002 without drift, 0 where the
// reference has few distinct values. Undefined where one side has no values.
// Unit: share of values.
func tailRate(c *Comparison) float64 {
	if c.base.values == 0 || c.values == 0 || c.cur.Edges.Kind != Numeric {
		return math.NaN()
	}
	cells := c.cur.Cells[NoValues:]
	outside := sum(cells[:c.base.tailBelow+1]) + sum(cells[c.base.tailAbove+1:])
	return ratio(outside, c.values)
}
