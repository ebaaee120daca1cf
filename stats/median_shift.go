package stats

// medianShift is (median - reference median) / reference interquartile range,
// or its p95-p05 where that is 0. Of the statistics of location it is the one to
// recommend: half of the values can be anything without moving it far. Undefined
// where both ranges are 0, and where one side has no values. Unit: interquartile
// ranges of the reference.
func medianShift(c *Comparison) float64 { return c.shift(p50(c), c.base.p50) }
