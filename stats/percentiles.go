package stats

// p01 to p99 are quantiles of the values: the value below which 1, 5, 50, 95 and
// 99 % of them are, as Profile.Quantile estimates them, to the width of the cell
// that holds it. Undefined without values. Unit: that of the feature.
func p01(c *Comparison) float64 { return c.cur.Quantile(0.01) }
func p05(c *Comparison) float64 { return c.cur.Quantile(0.05) }
func p50(c *Comparison) float64 { return c.cur.Quantile(0.50) }
func p95(c *Comparison) float64 { return c.cur.Quantile(0.95) }
func p99(c *Comparison) float64 { return c.cur.Quantile(0.99) }

// p01Shift to p99Shift are (quantile - the reference's) / the reference's
// interquartile range, or its p95-p05 where that is 0. Undefined where both are
// 0, and where one side has no values. Unit: interquartile ranges of the
// reference.
func p01Shift(c *Comparison) float64 { return c.shift(p01(c), c.base.p01) }
func p05Shift(c *Comparison) float64 { return c.shift(p05(c), c.base.p05) }
func p95Shift(c *Comparison) float64 { return c.shift(p95(c), c.base.p95) }
func p99Shift(c *Comparison) float64 { return c.shift(p99(c), c.base.p99) }

// shift is undefined without reference values: the spread is 0 then.
func (c *Comparison) shift(now, reference float64) float64 {
	return quotient(now-reference, c.base.spread)
}
