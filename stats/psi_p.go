package stats

// psiP is the chance of a psi as large without drift: that of chi-squared with
// B-1 degrees of freedom to be psi/(1/n+1/m) or more. Where there are small bins
// it is the chance under the exact law (noise.go, discrete.go), if that is larger. Asymptotic,
// and for independent rows: where they are autocorrelated, it is too small. Not
// for rules, since at a million rows everything is significant; psi_lo is. 1
// where there is one bin, undefined without rows on both sides. Unit:
// probability. Source: Yurdakul and Naranjo, Statistical properties of the
// population stability index, Journal of Risk Model Validation 14 (2020).
func psiP(c *Comparison) float64 {
	s := c.psiSums()
	if len(c.bins) == 0 {
		return s.psi
	}
	freedom := float64(len(c.bins) - 1)
	p := chiSquaredSurvival(s.psi/c.unit(), freedom)
	if !s.small {
		return p
	}
	if exact, ok := c.discreteP(s.psi); ok {
		return max(p, exact)
	}
	if shift, scale, freedom, ok := s.noise.fit(); ok {
		p = max(p, chiSquaredSurvival((s.psi-shift)/scale, freedom))
	}
	return p
}

// unit is the psi that one degree of freedom has on average without drift.
func (c *Comparison) unit() float64 { return 1/float64(c.base.rows) + 1/float64(c.rows) }
