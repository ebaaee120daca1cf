package stats

import "math"

// lateRate is late / (rows + late): the share of the records that arrived while
// the window was the present one and belong to a pane that had closed. Undefined
// in a segment and without records. Unit: share of records.
func lateRate(t *Traffic) float64 {
	if t.Arrivals == nil {
		return math.NaN()
	}
	return ratio(t.Arrivals.Late, t.Rows+t.Arrivals.Late)
}
