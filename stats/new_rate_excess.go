package stats

import "math"

// newRateExcess is new_rate less the rate of unseen values that the reference
// leads to expect, its number of values seen once / number of values: about 0
// without drift, however long the tail is. Undefined where one side has no
// values. Unit: share of values. Source: Good, Biometrika 40 (1953), page 237,
// who has it from Turing.
func newRateExcess(c *Comparison) float64 {
	if c.base.values == 0 {
		return math.NaN()
	}
	return newRate(c) - c.base.NewRate
}
