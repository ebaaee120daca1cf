package stats

import "math"

// topShare is the share of the most frequent value among the values. Only values
// with a cell of their own are seen: the dictionary of a categorical feature;
// in a numeric one 0, the values that were heavier than 1/resolution in the
// reference, and all of them where those were no more than resolution. It is
// hence a lower bound: a sensor that is stuck at a new value has none. Undefined
// without values. Unit: share of values. Source: Berger and Parker, Science 168
// (1970), whose dominance it is.
func topShare(c *Comparison) float64 {
	e := c.cur.Edges
	if c.values == 0 || e.Kind == Text {
		return math.NaN()
	}
	var most uint64
	for i, n := range c.cur.Cells[NoValues:] {
		if e.Kind == Numeric && e.singles[i] || e.Kind != Numeric && i < len(e.Values) {
			most = max(most, n)
		}
	}
	if !e.noValue(Empty) {
		most = max(most, c.cur.Cells[Empty])
	}
	return ratio(most, c.values)
}
