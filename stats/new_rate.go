package stats

import "math"

// newRate is the share of values that the edges do not know: none of the rows
// that they were built from had them. A long tail always has some; compare
// new_rate_excess. Undefined without values. Unit: share of values.
func newRate(c *Comparison) float64 {
	if c.values == 0 || c.cur.Edges.Kind != Categorical {
		return math.NaN()
	}
	return ratio(c.cur.Cells[c.cur.Edges.unseen()], c.values)
}
