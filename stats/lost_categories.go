package stats

import "math"

const (
	lostShare    = 0.01 // of the reference's rows: less is not missed
	lostExpected = 10   // rows: by chance none come once in 22,000 windows then (e^-10)
)

// lostCategories is the number of categories that hold at least 1 % of the
// reference's rows, of which 10 or more are expected now, and that have none.
// Without drift it is 0, but for one window in 22,000 and category. Undefined
// without rows on both sides. Unit: categories.
func lostCategories(c *Comparison) float64 {
	e := c.cur.Edges
	if c.rows == 0 || c.base.rows == 0 || e.Kind&categories == 0 {
		return math.NaN()
	}
	lost := 0
	look := func(cell int) {
		share := float64(c.base.ref.Cells[cell]) / float64(c.base.rows)
		if c.cur.Cells[cell] == 0 && share >= lostShare && share*float64(c.rows) >= lostExpected {
			lost++
		}
	}
	if !e.noValue(Empty) {
		look(Empty)
	}
	for i := range e.Values {
		look(NoValues + i)
	}
	return float64(lost)
}
