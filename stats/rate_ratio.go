package stats

// rateRatio is rows / the rows that the reference leads to expect in such a time:
// at its mean rate or, where it is two weeks long or more, at that of the same
// hours of the week. 1 is as usual. Undefined where the reference does not say,
// and in a window that began before the counting did.
func rateRatio(t *Traffic) float64 { return quotient(rows(t), t.Expected) }
