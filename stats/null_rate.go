package stats

// nullRate is the share of rows where the field is null.
// Undefined without rows. Unit: share of rows.
func nullRate(c *Comparison) float64 { return ratio(c.cur.count(Null), c.rows) }
