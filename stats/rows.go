package stats

// rows is the number of rows, with or without a value: 0 where there are none,
// never undefined. Unit: rows.
func rows(c *Comparison) float64 { return float64(c.rows) }
