package stats_test

func Example_min() {
	show(numbersAgainst([]float64{1, 2, 3}, []float64{-4, 0, 6, 0}), "min")
	// Output: min -4 value
}

func Example_max() {
	show(numbersAgainst([]float64{1, 2, 3}, []float64{-4, 0, 6, 0}), "max")
	// Output: max 6 value
}

// Exact, though the reference had no zeros.
func Example_zeroRate() {
	show(numbersAgainst([]float64{1, 2, 3}, []float64{-4, 0, 6, 0}), "zero_rate")
	// Output: zero_rate 0.5 share
}

func Example_negativeRate() {
	show(numbersAgainst([]float64{1, 2, 3}, []float64{-4, 0, 6, 0}), "negative_rate")
	// Output: negative_rate 0.25 share
}

func Example_constantChanged() {
	show(numbersAgainst([]float64{42, 42, 42}, []float64{42, 41}), "constant_changed")
	// Output: constant_changed 1 1
}

func Example_topShare() {
	show(numbersAgainst([]float64{1, 2, 3}, []float64{1, 2, 2, 3, 2}), "top_share")
	// Output: top_share 0.6 share
}
