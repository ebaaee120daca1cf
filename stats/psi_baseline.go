package stats

import "math"

// psiBaseline is the psi that 1 % of the reference's own windows exceeded when
// each was compared with the rest of it: what the feature does on good days,
// autocorrelation, hours and weekdays included, at the window size for which the
// profile was built. psi well above it is news; psi_noise, for independent rows,
// is often much less. It does not depend on the current window. Undefined where
// the profile has no Baseline, as one that was not built from rows in the order
// of time, and for segments. Unit: nats.
func psiBaseline(c *Comparison) float64 {
	if c.base.Baseline.Windows == 0 {
		return math.NaN()
	}
	return c.base.Baseline.Quantiles[len(baselineShares)-1]
}
