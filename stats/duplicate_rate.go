package stats

import "math"

// duplicateRate is the share of the rows with a key that an earlier row of the
// window had: what a producer that sends twice, or a replay, looks like. Rows
// without a key do not count. See KeySample.DuplicateRate for its error. Undefined
// in a segment, without a declared key and without rows that have one, and in
// windows of the past (history, delta) whose sample is gone. Unit: share of rows.
func duplicateRate(t *Traffic) float64 {
	if t.Keys == nil {
		return math.NaN()
	}
	s := t.Keys()
	if s == nil {
		return math.NaN()
	}
	return s.DuplicateRate()
}
