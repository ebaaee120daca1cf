package stats

import "math"

// malformedRate is malformed / (rows + rejected): the share of the records that
// arrived and are not what their format says. A record that cannot be read has no
// event time: it belongs to the window that was the present one where it arrived.
// Undefined in a segment and without records. Unit: share of records.
func malformedRate(t *Traffic) float64 {
	if t.Arrivals == nil {
		return math.NaN()
	}
	return ratio(t.Arrivals.Malformed, t.Rows+t.Arrivals.Rejected)
}
