package stats_test

import "driftwatch/stats"

// In NumPy: p, q = (ref+.5)/(1000+1.5), (cur+.5)/(250+1.5); sum((p-q)*log(p/q)).
func Example_psi() {
	show(against(card(500, 300, 200), card(100, 60, 90)), "psi")
	// Output: psi 0.12915 nats
}

// In SciPy: chi2.sf(psi/(1/1000+1/250), 2).
func Example_psiP() {
	show(against(card(500, 300, 200), card(100, 60, 90)), "psi_p")
	// Output: psi_p 2.46093e-06 probability
}

// psi - 2*(1/1000+1/250): the mean noise of three bins is taken off.
func Example_psiDebiased() {
	show(against(card(500, 300, 200), card(100, 60, 90)), "psi_debiased")
	// Output: psi_debiased 0.11915 nats
}

// In SciPy: (1/1000+1/250)*chi2.ppf(0.99, 2). On as few rows a psi of 0.04 is nothing.
func Example_psiNoise() {
	show(against(card(500, 300, 200), card(100, 60, 90)), "psi_noise")
	// Output: psi_noise 0.0460517 nats
}

// The change is certain, but not that it is more than 0.1: it takes more rows.
func Example_psiLo() {
	show(against(card(500, 300, 200), card(100, 60, 90)), "psi_lo")
	// Output: psi_lo -0.00173623 nats
}

// Each hour has its own mixture of cards, again and again. So the psi of a window
// against all of them is far above the noise of independent rows, and no news.
func Example_psiBaseline() {
	var windows []stats.Profile
	for day := range 20 {
		windows = append(windows, card(50, 30, 20), card(20, 30, 50), card(40, 40+uint64(day%3), 20))
	}
	base := stats.NewBase(sumOfWindows(windows), false)
	base.Baseline = stats.NewBaseline(3_600_000, windows)
	c := base.Compare(card(22, 30, 48))
	show(c, "psi")
	show(c, "psi_noise")
	show(c, "psi_baseline")
	// Output:
	// psi 0.15954 nats
	// psi_noise 0.0936336 nats
	// psi_baseline 0.208957 nats
}
