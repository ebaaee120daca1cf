package stats

import "math"

// rows is the number of rows, with or without a value: 0 where there are none.
// Undefined in a window that began before the counting did. Unit: rows.
func rows(t *Traffic) float64 {
	if t.Seconds == 0 {
		return math.NaN()
	}
	return float64(t.Rows)
}
