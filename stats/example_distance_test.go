package stats_test

// In SciPy: jensenshannon([.5, .3, .2], [.4, .24, .36], base=2).
func Example_js() {
	show(against(card(500, 300, 200), card(100, 60, 90)), "js")
	// Output: js 0.152135 1
}

// sqrt(sum((sqrt(p)-sqrt(q))**2)/2) of the same shares.
func Example_hellinger() {
	show(against(card(500, 300, 200), card(100, 60, 90)), "hellinger")
	// Output: hellinger 0.127004 1
}

// Gifts have 36 % instead of 20 %: 16 % of the rows are of another kind.
func Example_tvd() {
	show(against(card(500, 300, 200), card(100, 60, 90)), "tvd")
	// Output: tvd 0.16 share
}

// In SciPy: chi2_contingency([[500, 300, 200], [100, 60, 90]], correction=False).
func Example_chi2() {
	show(against(card(500, 300, 200), card(100, 60, 90)), "chi2")
	// Output: chi2 28.7356 1
}

// The p-value of the same.
func Example_chi2P() {
	show(against(card(500, 300, 200), card(100, 60, 90)), "chi2_p")
	// Output: chi2_p 5.75621e-07 probability
}

// In SciPy: contingency.association([[500, 300, 200], [100, 60, 90]]).
func Example_cramerV() {
	show(against(card(500, 300, 200), card(100, 60, 90)), "cramer_v")
	// Output: cramer_v 0.15162 1
}
