package stats

// recordRate is rows / length of the window. Undefined in a window that began
// before the counting did. Unit: rows a second.
func recordRate(t *Traffic) float64 { return quotient(rows(t), t.Seconds) }
