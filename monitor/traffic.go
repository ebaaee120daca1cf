package monitor

import "driftwatch/stats"

// traffic is what one segment's window [start, end), or pane, says of its records
// beside their values. One that is partial began before the counting did. Without a
// sketch, of is nil.
func (r *reference) traffic(segment int, sum *stats.Counts, start, end int64, partial bool, of func() *sketch) *stats.Traffic {
	t := &stats.Traffic{Rows: sum.Rows, Expected: r.expected(segment, start, end)}
	if !partial {
		t.Seconds = float64(end-start) / 1000
	}
	if segment == 0 {
		if of != nil {
			t.Keys = keysOf(of, sum.Rows)
		}
		if a, ok := arrivals(r.layout, sum); ok {
			t.Arrivals = &a
		}
	}
	return t
}

// expected is the number of rows that the reference leads to expect of a segment.
func (r *reference) expected(segment int, start, end int64) float64 {
	share := 1.0
	if segment > 0 {
		share = float64(r.Counts[segment].Rows) / float64(r.Counts[0].Rows)
	}
	return r.Expected(start, end) * share
}
