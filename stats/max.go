package stats

// greatest is the greatest of the finite values, exactly. Undefined without
// values. Unit: that of the feature.
func greatest(c *Comparison) float64 { return c.cur.extreme(c.cur.Extremes.Max) }
