package stats

import "math"

// PSI is the population stability index, in nats,
//
//	sum over bins of (p-q) ln(p/q),  p = (ref+1/2)/(n+B/2),  q = (cur+1/2)/(m+B/2)
//
// over the B bins that have rows on any side, with n rows in the reference and m
// now. It is symmetric, 0 for equal counts of equally many rows, and finite;
// undefined where one side has no rows. The 1/2, unlike a fixed epsilon, does not
// make empty bins weigh more the more rows there are. Source: Siddiqi, Credit
// Risk Scorecards (2006), for the index; it is the symmetric divergence of
// Jeffreys, Proceedings of the Royal Society A 186 (1946).
func (c *Comparison) PSI() float64 { return c.psiSums().psi }

func (c *Comparison) psiTerm(i int) float64 {
	p, q := c.smoothed(i)
	return (p - q) * math.Log(p/q)
}

func (c *Comparison) smoothed(i int) (p, q float64) {
	half := float64(len(c.bins)) / 2
	return (c.refCount[i] + 0.5) / (float64(c.base.rows) + half), (c.curCount[i] + 0.5) / (float64(c.rows) + half)
}

// psiSums are what the statistics of the family share. All are NaN where one
// side has no rows.
type psiSums struct {
	psi   float64
	noise noiseLaw // psi without drift
	small bool     // there are small bins: noise is not that of chi-squared
	delta float64  // variance of psi by the delta method
}

func (c *Comparison) psiSums() psiSums {
	if c.psiKnown {
		return c.psi
	}
	c.psiKnown = true
	c.align()
	if len(c.bins) == 0 {
		nan := math.NaN()
		c.psi = psiSums{psi: nan, delta: nan, noise: noiseLaw{nan, nan, nan}}
		return c.psi
	}
	var s psiSums
	n, m := float64(c.base.rows), float64(c.rows)
	// g and h are the derivatives of the sum by p and by q, and counts are
	// multinomial.
	var pg, pgg, qh, qhh float64
	for i := range c.bins {
		p, q := c.smoothed(i)
		log := math.Log(p / q)
		s.psi += (p - q) * log
		g, h := log+1-q/p, -log+1-p/q
		pg, pgg = pg+p*g, pgg+p*g*g
		qh, qhh = qh+q*h, qhh+q*h*h
	}
	s.delta = max((pgg-pg*pg)/n+(qhh-qh*qh)/m, 0)
	s.noise, s.small = c.noise()
	c.psi = s
	return s
}
