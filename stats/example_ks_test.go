package stats_test

// The values 0 to 999 have moved by 300. In SciPy: ks_2samp(range(1000),
// range(300, 1300)).statistic is 0.3.
func Example_ks() {
	show(numbersAgainst(ladder(0, 1000), ladder(300, 1300)), "ks")
	// Output: ks 0.3 share
}

// No cell of the reference holds more than 1/200 of the values, so the exact
// distance is at most 0.005 more.
func Example_ksError() {
	show(numbersAgainst(ladder(0, 1000), ladder(300, 1300)), "ks_error")
	// Output: ks_error 0.005 share
}

// In SciPy: kolmogorov(sqrt(1000*1000/2000)*0.03), of values that moved by 30.
func Example_ksP() {
	show(numbersAgainst(ladder(0, 1000), ladder(30, 1030)), "ks_p")
	// Output: ks_p 0.759098 probability
}

// Two of four values have moved by 1, which is exact since each has a cell of its
// own. In SciPy: wasserstein_distance.
func Example_wasserstein() {
	show(numbersAgainst([]float64{1, 2, 3, 4}, []float64{1, 3, 3, 3}), "wasserstein")
	// Output: wasserstein 0.5 value
}

// The same in units of the interquartile range, 1.5, over 1.349.
func Example_wassersteinNorm() {
	show(numbersAgainst([]float64{1, 2, 3, 4}, []float64{1, 3, 3, 3}), "wasserstein_norm")
	// Output: wasserstein_norm 0.449667 reference iqr/1.349
}

// One value in a thousand is 1e9: it does not move wasserstein, but it is here.
func Example_tailRate() {
	show(numbersAgainst(ladder(0, 1000), append(ladder(1, 1000), 1e9)), "tail_rate")
	// Output: tail_rate 0.002 share
}
