package stats

// normalIQR is the interquartile range of a normal distribution with standard
// deviation 1: twice its 75 % quantile.
const normalIQR = 1.349

// wassersteinNorm is wasserstein / (reference interquartile range / 1.349), the
// latter being the standard deviation where the values are normally distributed,
// so that features of any unit can be compared. Undefined where that range is 0,
// and as wasserstein. Unit: such standard deviations.
func wassersteinNorm(c *Comparison) float64 {
	return quotient(wasserstein(c), c.base.iqr/normalIQR)
}
