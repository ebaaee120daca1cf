package stats

import "math"

// rejectedRate is rejected / (rows + rejected), whatever the reason: malformed,
// too large, no time or an impossible one. Tombstones are none of either.
// Undefined in a segment and without records. Unit: share of records.
func rejectedRate(t *Traffic) float64 {
	if t.Arrivals == nil {
		return math.NaN()
	}
	return ratio(t.Arrivals.Rejected, t.Rows+t.Arrivals.Rejected)
}
