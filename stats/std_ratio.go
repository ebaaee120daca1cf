package stats

// stdRatio is std / reference std: 2 where the values spread twice as far.
// Undefined where the reference's is 0, and where one side has less than two
// values. A single far value moves it, unlike iqr_ratio. Unit: 1.
func stdRatio(c *Comparison) float64 { return quotient(c.cur.Std(), c.base.std) }
