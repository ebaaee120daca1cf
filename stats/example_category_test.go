package stats_test

import "driftwatch/stats"

// In SciPy: entropy([100, 60, 90]).
func Example_entropy() {
	show(against(card(500, 300, 200), card(100, 60, 90)), "entropy")
	// Output: entropy 1.07682 nats
}

// Nobody had a black card when the reference was built.
func Example_newRate() {
	e := cardEdges()
	cells := make([]uint64, e.Width())
	cells[e.Category([]byte("debit"))] = 98
	cells[e.Category([]byte("black"))] = 2
	show(against(card(500, 300, 200), stats.Profile{Edges: e, Cells: cells}), "new_rate")
	// Output: new_rate 0.02 share
}

// A column of names: 3 % of the reference's have a name that is there once, so
// about as many are expected to be new. 5 % are.
func Example_newRateExcess() {
	e := cardEdges()
	cells := make([]uint64, e.Width())
	cells[e.Category([]byte("debit"))] = 95
	cells[e.Category([]byte("black"))] = 5
	base := stats.NewBase(card(500, 300, 200), false)
	base.NewRate = 0.03 // as Reference.Base sets it from Singletons
	show(base.Compare(stats.Profile{Edges: e, Cells: cells}), "new_rate_excess")
	// Output: new_rate_excess 0.02 share
}

// Gifts were a fifth of the rows; of 100 rows none is one.
func Example_lostCategories() {
	show(against(card(500, 300, 200), card(60, 40, 0)), "lost_categories")
	// Output: lost_categories 1 categories
}
