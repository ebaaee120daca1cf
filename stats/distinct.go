package stats

import "math"

// distinct is the number of distinct values. Each value of a dictionary has a cell
// and is counted exactly; the others, and numbers and texts, are sampled: see
// KeySample.Distinct for the error. Undefined in a segment, for numbers and texts
// that are not declared distinct or unique, and in windows of the past (history,
// delta) whose sample is gone. Unit: values.
func distinct(c *Comparison) float64 {
	if c.Samples == nil || c.rows == 0 {
		return math.NaN()
	}
	s := c.Samples().Values
	if s != nil && s.Rows() == c.values {
		return s.Distinct()
	}
	e := c.cur.Edges
	if e.Kind&categories == 0 {
		return math.NaN()
	}
	var n float64
	for cell, rows := range c.cur.Cells[:NoValues+len(e.Values)] {
		if rows > 0 && !e.noValue(cell) {
			n++
		}
	}
	if e.Kind == Boolean {
		return n
	}
	if s == nil || s.Rows() != c.cur.Cells[e.rare()]+c.cur.Cells[e.unseen()] {
		return math.NaN()
	}
	return n + s.Distinct()
}
