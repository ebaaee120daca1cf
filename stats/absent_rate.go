package stats

// absentRate is the share of rows without the field.
// Undefined without rows. Unit: share of rows.
func absentRate(c *Comparison) float64 { return ratio(c.cur.count(Absent), c.rows) }
