package stats

// iqrRatio is the interquartile range, the 75 % less the 25 % quantile, over the
// reference's: 2 where the middle half of the values spreads twice as far. Of
// the statistics of width it is the one to recommend, since a quarter of the
// values on either side can be anything. Undefined where the reference's is 0,
// and where one side has no values. Unit: 1.
func iqrRatio(c *Comparison) float64 {
	return quotient(c.cur.Quantile(0.75)-c.cur.Quantile(0.25), c.base.iqr)
}
