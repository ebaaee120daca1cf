package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// psiStatistics are the population stability index and what says how much of
// it is noise. See Siddiqi, Credit Risk Scorecards (2006) for the index, and
// Yurdakul and Naranjo, Statistical properties of the population stability
// index, Journal of Risk Model Validation 14 (2020), for its distribution.
func psiStatistics() []Statistic {
	const kinds = Numeric | Categorical | Boolean
	return []Statistic{
		{
			Name: "psi", Unit: "nats", Range: "0..", Kinds: kinds, NeedsReference: true, Compute: (*Comparison).PSI,
			Doc: "population stability index, the sum over bins of (p-q) ln(p/q), with 1/2 added to every count",
		},
		{
			Name: "psi_p", Unit: "probability", Range: "0..1", Kinds: kinds, NeedsReference: true, Compute: psiP,
			Doc: "chance of a psi as large without drift, for independent rows: psi ~ (1/n+1/m) chi2(B-1)",
		},
		{
			Name: "psi_debiased", Unit: "nats", Range: "any", Kinds: kinds, NeedsReference: true, Compute: psiDebiased,
			Doc: "psi less what it is on average without drift, (B-1)(1/n+1/m); may be negative",
		},
		{
			Name: "psi_noise", Unit: "nats", Range: "0..", Kinds: kinds, NeedsReference: true, Compute: psiNoise,
			Doc: "the psi that 1 % of windows exceed without drift, for independent rows",
		},
		{
			Name: "psi_lo", Unit: "nats", Range: "any", Kinds: kinds, NeedsReference: true, Compute: psiLo,
			Doc: "one-sided 99 % lower bound of the true psi: psi_debiased - 2.326 standard deviations",
		},
	}
}

// psiSums are what the statistics of the family share. All are NaN where one
// side has no rows.
type psiSums struct {
	psi      float64
	freedom  float64 // B-1, number of bins less one
	perBin   float64 // 1/n + 1/m, the mean noise of one degree of freedom
	variance float64 // of psi_debiased
}

// PSI is the population stability index, in nats,
//
//	sum over bins of (p-q) ln(p/q),  p = (ref+1/2)/(n+B/2),  q = (cur+1/2)/(m+B/2)
//
// over B bins, with n rows in the reference and m now. It is symmetric, 0 for
// equal counts of equally many rows, and finite; NaN where one side has no
// rows. The 1/2, unlike a fixed epsilon, does not make empty bins weigh more
// the more rows there are.
func (c *Comparison) PSI() float64 { return c.psiSums().psi }

func (c *Comparison) psiTerm(i int) float64 {
	p, q := c.smoothed(i)
	return (p - q) * math.Log(p/q)
}

func (c *Comparison) smoothed(i int) (p, q float64) {
	half := float64(len(c.bins)) / 2
	return (c.refCount[i] + 0.5) / (float64(c.base.rows) + half), (c.curCount[i] + 0.5) / (float64(c.rows) + half)
}

func (c *Comparison) psiSums() psiSums {
	if c.psiKnown {
		return c.psi
	}
	c.psiKnown = true
	c.align()
	if len(c.bins) == 0 {
		nan := math.NaN()
		c.psi = psiSums{nan, nan, nan, nan}
		return c.psi
	}
	n, m := float64(c.base.rows), float64(c.rows)
	s := psiSums{freedom: float64(len(c.bins) - 1), perBin: 1/n + 1/m}
	// Delta method: g and h are the derivatives of the sum by p and by q, and
	// counts are multinomial.
	var pg, pgg, qh, qhh float64
	for i := range c.bins {
		p, q := c.smoothed(i)
		log := math.Log(p / q)
		s.psi += (p - q) * log
		g, h := log+1-q/p, -log+1-p/q
		pg, pgg = pg+p*g, pgg+p*g*g
		qh, qhh = qh+q*h, qhh+q*h*h
	}
	delta := (pgg-pg*pg)/n + (qhh-qh*qh)/m
	// Where there is no drift the delta method sees no variance at all; what is
	// left then is that of the chi-squared law.
	s.variance = max(delta, 0) + 2*s.freedom*s.perBin*s.perBin
	c.psi = s
	return s
}

func psiDebiased(c *Comparison) float64 {
	s := c.psiSums()
	return s.psi - s.freedom*s.perBin
}

func psiLo(c *Comparison) float64 {
	const z99 = 2.326 // 99 % point of the normal distribution
	return psiDebiased(c) - z99*math.Sqrt(c.psiSums().variance)
}

func psiP(c *Comparison) float64 {
	s := c.psiSums()
	return chiSquaredSurvival(s.psi/s.perBin, s.freedom)
}

func psiNoise(c *Comparison) float64 {
	s := c.psiSums()
	if math.IsNaN(s.psi) || s.freedom == 0 {
		return 0 * s.psi
	}
	if c.noiseBins != len(c.bins) {
		c.noiseBins, c.noisePoint = len(c.bins), distuv.ChiSquared{K: s.freedom}.Quantile(0.99)
	}
	return s.perBin * c.noisePoint
}

// chiSquaredSurvival is the chance that chi-squared with so many degrees of
// freedom is at least x. With none it is 0 for sure, so the chance is 1.
func chiSquaredSurvival(x, freedom float64) float64 {
	switch {
	case math.IsNaN(x) || math.IsNaN(freedom):
		return math.NaN()
	case freedom == 0 || x <= 0:
		return 1
	}
	return distuv.ChiSquared{K: freedom}.Survival(x)
}
