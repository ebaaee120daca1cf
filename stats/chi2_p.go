package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// chi2P is the chance of a chi2 as large without drift, by the chi-squared law
// with one degree of freedom less than there are bins. It is asymptotic, good
// where 5 rows or more are expected in most bins (Cochran, Biometrics 10, 1954),
// and for independent rows. 1 where there is one bin, undefined without rows on
// both sides. Unit: probability.
func chi2P(c *Comparison) float64 {
	x := chi2(c)
	return chiSquaredSurvival(x, float64(len(c.bins)-1))
}

// chiSquaredSurvival is the chance that chi-squared with so many degrees of
// freedom is at least x. With none it is 0 for sure, so the chance is 1. gonum
// agrees with 40 digits of the regularised incomplete gamma function to 3e-12,
// relative, down to 1e-300 (testdata/golden.py has the grid).
func chiSquaredSurvival(x, freedom float64) float64 {
	switch {
	case math.IsNaN(x) || math.IsNaN(freedom):
		return math.NaN()
	case freedom <= 0 || x <= 0:
		return 1
	}
	return distuv.ChiSquared{K: freedom}.Survival(x)
}

// chiSquared99 is the 99 % point of chi-squared, 0 without degrees of freedom.
func chiSquared99(freedom float64) float64 {
	if freedom <= 0 {
		return 0
	}
	return distuv.ChiSquared{K: freedom}.Quantile(0.99)
}
