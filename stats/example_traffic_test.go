package stats_test

import (
	"fmt"

	"driftwatch/stats"
)

// ten minutes with 5,400 rows, where 6,000 were expected; 27 of them came again.
func traffic() *stats.Traffic {
	return &stats.Traffic{
		Rows: 5400, Seconds: 600, Expected: 6000,
		Arrivals: &stats.Arrivals{Malformed: 500, Rejected: 600, Late: 54},
		Keys: func() *stats.KeySample {
			s := stats.NewKeySample(8192)
			for i := range uint64(5400) {
				s.Add(i % 5373)
			}
			return s
		},
	}
}

func showTraffic(name string) {
	s, _ := stats.Lookup(name)
	fmt.Printf("%s %.6g %s\n", name, s.Count(traffic()), s.Unit)
}

func Example_rows() {
	showTraffic("rows")
	// Output: rows 5400 rows
}

func Example_recordRate() {
	showTraffic("record_rate")
	// Output: record_rate 9 1/s
}

func Example_rateRatio() {
	showTraffic("rate_ratio")
	// Output: rate_ratio 0.9 1
}

// 500 / (5400 + 600)
func Example_malformedRate() {
	showTraffic("malformed_rate")
	// Output: malformed_rate 0.0833333 share
}

func Example_rejectedRate() {
	showTraffic("rejected_rate")
	// Output: rejected_rate 0.1 share
}

// 54 / (5400 + 54)
func Example_lateRate() {
	showTraffic("late_rate")
	// Output: late_rate 0.00990099 share
}

// 27 / 5400
func Example_duplicateRate() {
	showTraffic("duplicate_rate")
	// Output: duplicate_rate 0.005 share
}
