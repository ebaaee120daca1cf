package stats

import (
	"math"
	"slices"
)

// zeroRate is the share of the values that are 0 (or -0), exactly: NewNumeric
// always cuts at 0 and just below it, so that 0 has a cell of its own. Under
// edges without these cuts, of a profile that an earlier version wrote, it is
// known where the least and the greatest value leave no other choice, and else
// undefined. Undefined without values. Unit: share of values.
func zeroRate(c *Comparison) float64 {
	upTo, below := c.upToZero()
	return quotient(upTo-below, float64(c.values))
}

// upToZero returns how many values are at most 0, and how many are below it, NaN
// where that is not known.
func (c *Comparison) upToZero() (upTo, below float64) {
	x, values := c.cur.Extremes, float64(c.values)
	switch {
	case c.values == 0 || c.cur.Edges.Kind != Numeric:
		return math.NaN(), math.NaN()
	case x.Seen && x.Min > 0:
		return 0, 0
	case x.Seen && x.Max < 0:
		return values, values
	}
	cuts, cells := c.cur.Edges.Cuts, c.cur.Cells[NoValues:]
	sumTo := func(cut float64) float64 {
		i, found := slices.BinarySearch(cuts, cut)
		if !found {
			return math.NaN()
		}
		return float64(sum(cells[:i+1]))
	}
	upTo, below = sumTo(0), sumTo(-math.SmallestNonzeroFloat64)
	if x.Seen && x.Min == 0 {
		below = 0
	}
	if x.Seen && x.Max == 0 {
		upTo = values
	}
	return upTo, below
}
