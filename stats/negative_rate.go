package stats

// negativeRate is the share of the values that are below 0, exactly, as of
// zero_rate: NewNumeric always cuts just below 0. Undefined without values.
// Unit: share of values.
func negativeRate(c *Comparison) float64 {
	_, below := c.upToZero()
	return quotient(below, float64(c.values))
}
