package stats_test

import (
	"fmt"

	"driftwatch/stats"
)

// 8 of 10 against 1 of 10, by scipy.stats.fisher_exact([[8, 2], [1, 9]],
// "greater"): 0.0027387; two sides of 8 bins make it 16 times as much.
func ExampleBase_Apart() {
	e := stats.NewBoolean("active")
	l := stats.NewLayout([]*stats.Edges{e})
	profile := func(no, yes uint64) stats.Profile {
		c := l.NewCounts()
		c.Cells[stats.NoValues], c.Cells[stats.NoValues+1] = no, yes
		return l.Profile(c, 0)
	}
	b := stats.NewBase(profile(500, 500), false)
	fmt.Printf("%.5g %g\n", b.Apart(profile(8, 2), profile(1, 9)), b.Apart(profile(5, 5), profile(5, 5)))
	// Output: 0.04382 1
}
