package stats

import "math"

// uniqueErrorRate is the share of the values that an earlier row of the window
// had, of a feature whose values ought to be distinct. Rows without a value do not
// count. See KeySample.DuplicateRate for its error. Undefined in a segment, where
// the feature is not declared unique and without values, and in windows of the past
// (history, delta) whose sample is gone. Unit: share of values.
func uniqueErrorRate(c *Comparison) float64 {
	if c.Samples == nil {
		return math.NaN()
	}
	s := c.Samples().Unique
	if s == nil || s.Rows() != c.values {
		return math.NaN()
	}
	return s.DuplicateRate()
}
