package stats

import "math"

// ksP is the chance of a distance of ks or more without drift, by the limit law
// of sqrt(n*m/(n+m)) D for n and m values. It is taken at the lower bound of D
// and hence conservative, the more so with ties; for independent rows. Undefined
// where one side has no values. Unit: probability. Source: Smirnov, Annals of
// Mathematical Statistics 19 (1948); the law as scipy.special.kolmogorov.
func ksP(c *Comparison) float64 {
	n, m := float64(c.base.values), float64(c.values)
	return kolmogorovSurvival(c.ksBounds().low * math.Sqrt(n/(n+m)*m))
}

// kolmogorovSurvival is the chance that Kolmogorov's statistic, the limit of
// sqrt(n) D, exceeds x. Of its two series (Feller, Annals of Mathematical
// Statistics 19, 1948) each converges within a few terms on its side of 1.
func kolmogorovSurvival(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return x
	case x <= 0:
		return 1
	case x < 1:
		var sum float64
		for k := 1.0; k <= 7; k += 2 {
			sum += math.Exp(-k * k * math.Pi * math.Pi / (8 * x * x))
		}
		return 1 - math.Sqrt(2*math.Pi)/x*sum
	default:
		var sum float64
		for k, sign := 1.0, 1.0; k <= 6; k, sign = k+1, -sign {
			sum += sign * math.Exp(-2*k*k*x*x)
		}
		return min(2*sum, 1)
	}
}
