package stats_test

// numpy.quantile has 309.99; here it is good to the width of a cell, 5.
func Example_p01() {
	show(numbersAgainst(ladder(0, 1000), ladder(300, 1300)), "p01")
	// Output: p01 310.18 value
}

// numpy.quantile has 349.95; here it is good to the width of a cell, 5.
func Example_p05() {
	show(numbersAgainst(ladder(0, 1000), ladder(300, 1300)), "p05")
	// Output: p05 350.1 value
}

// numpy.quantile has 799.5; here it is good to the width of a cell, 5.
func Example_p50() {
	show(numbersAgainst(ladder(0, 1000), ladder(300, 1300)), "p50")
	// Output: p50 799.2 value
}

// numpy.quantile has 1249.05; here it is good to the width of a cell, 5.
func Example_p95() {
	show(numbersAgainst(ladder(0, 1000), ladder(300, 1300)), "p95")
	// Output: p95 1248.55 value
}

// numpy.quantile has 1289.01; here it is good to the width of a cell, 5.
func Example_p99() {
	show(numbersAgainst(ladder(0, 1000), ladder(300, 1300)), "p99")
	// Output: p99 1288.51 value
}

// All values have moved by 300; the reference's interquartile range is 499.5.
func Example_p01Shift() {
	show(numbersAgainst(ladder(0, 1000), ladder(300, 1300)), "p01_shift")
	// Output: p01_shift 0.600601 reference iqr
}

// All values have moved by 300; the reference's interquartile range is 499.5.
func Example_p05Shift() {
	show(numbersAgainst(ladder(0, 1000), ladder(300, 1300)), "p05_shift")
	// Output: p05_shift 0.600601 reference iqr
}

// All values have moved by 300; the reference's interquartile range is 499.5.
func Example_p50Shift() {
	show(numbersAgainst(ladder(0, 1000), ladder(300, 1300)), "p50_shift")
	// Output: p50_shift 0.600601 reference iqr
}

// All values have moved by 300; the reference's interquartile range is 499.5.
func Example_p95Shift() {
	show(numbersAgainst(ladder(0, 1000), ladder(300, 1300)), "p95_shift")
	// Output: p95_shift 0.601101 reference iqr
}

// All values have moved by 300; the reference's interquartile range is 499.5.
func Example_p99Shift() {
	show(numbersAgainst(ladder(0, 1000), ladder(300, 1300)), "p99_shift")
	// Output: p99_shift 0.601181 reference iqr
}
