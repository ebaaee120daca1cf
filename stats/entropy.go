package stats

import "math"

// entropy is Shannon's, the sum of -p ln p over the values, of which all rare
// ones count as one, and all unseen ones. 0 where there is one value, ln k where
// k are equally frequent. Undefined without values. Unit: nats. Source: Shannon,
// Bell System Technical Journal 27 (1948); as scipy.stats.entropy.
func entropy(c *Comparison) float64 {
	e := c.cur.Edges
	if c.values == 0 || e.Kind&categories == 0 {
		return math.NaN()
	}
	var total float64
	for cell, n := range c.cur.Cells {
		if n > 0 && !e.noValue(cell) {
			p := float64(n) / float64(c.values)
			total -= p * math.Log(p)
		}
	}
	return total + 0
}
