package stats

// missingRate is the share of rows whose value is missing, by Edges.Missing:
// absent, null, a declared sentinel, and the empty string where that was
// declared so. A value of a wrong type, or an invalid one, is there but no good
// and has a rate of its own. Undefined without rows. Unit: share of rows.
func missingRate(c *Comparison) float64 { return ratio(c.cur.Missing(), c.rows) }
