package stats_test

// The median has moved by 300, the interquartile range of the reference is 499.5.
func Example_medianShift() {
	show(numbersAgainst(ladder(0, 1000), ladder(300, 1300)), "median_shift")
	// Output: median_shift 0.600601 reference iqr
}

func Example_iqrRatio() {
	show(numbersAgainst(ladder(0, 1000), ladder(0, 2000)), "iqr_ratio")
	// Output: iqr_ratio 2.002 1
}

func Example_mean() {
	show(numbersAgainst([]float64{1, 2, 3}, []float64{1, 2, 6}), "mean")
	// Output: mean 3 value
}

// In NumPy: std([1, 2, 6], ddof=1).
func Example_std() {
	show(numbersAgainst([]float64{1, 2, 3}, []float64{1, 2, 6}), "std")
	// Output: std 2.64575 value
}

// The mean was 2 with a standard deviation of 1, and is 3.
func Example_meanShift() {
	show(numbersAgainst([]float64{1, 2, 3}, []float64{1, 2, 6}), "mean_shift")
	// Output: mean_shift 1 reference std
}

func Example_stdRatio() {
	show(numbersAgainst([]float64{1, 2, 3}, []float64{1, 2, 6}), "std_ratio")
	// Output: std_ratio 2.64575 1
}
