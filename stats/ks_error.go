package stats

// ksError is how far the exact Kolmogorov-Smirnov distance can be above ks: at
// most about 1/resolution for all rows, since no cell of the reference holds
// more, and more in a narrow segment. 0 where every value has a cell of its own.
// Undefined where one side has no values. Unit: share of values.
func ksError(c *Comparison) float64 {
	b := c.ksBounds()
	return b.high - b.low
}
