package stats

// invalidRate is the share of rows where the value is NaN, infinite, overflows
// float64 or is no valid UTF-8.
// Undefined without rows. Unit: share of rows.
func invalidRate(c *Comparison) float64 { return ratio(c.cur.count(Invalid), c.rows) }
