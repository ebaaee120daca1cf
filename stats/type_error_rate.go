package stats

// typeErrorRate is the share of rows where the value has another type than the
// feature. A numeric string in a numeric feature is one, unless it is coerced.
// Undefined without rows. Unit: share of rows.
func typeErrorRate(c *Comparison) float64 { return ratio(c.cur.count(WrongType), c.rows) }
