package stats

// emptyRate is the share of rows where the field is the empty string, whether or
// not that was declared missing.
// Undefined without rows. Unit: share of rows.
func emptyRate(c *Comparison) float64 { return ratio(c.cur.count(Empty), c.rows) }
