package stats

import "math"

// least is the least of the finite values, exactly. Undefined without values.
// Unit: that of the feature.
func least(c *Comparison) float64 { return c.cur.extreme(c.cur.Extremes.Min) }

func (p Profile) extreme(v float64) float64 {
	if !p.Extremes.Seen {
		return math.NaN()
	}
	return v
}
