package stats

import "math"

// psiLo is a one-sided 99 % lower bound of the true psi, that of all rows there
// could be,
//
//	psi_debiased - 2.326 sqrt(variance by the delta method + variance without drift)
//
// the one to compare with a limit: psi_lo > 0.1 says that the change is large,
// and that it is certain. The delta method sees no variance where there is no
// drift; the second term, 2(B-1)(1/n+1/m)^2 where all bins are well filled, is
// what is left then. The bound is below the true psi in 99 % of windows and more
// (the tables of the package). For independent rows. Undefined without rows on
// both sides. Unit: nats. Source: as of psi_p, and Casella and Berger,
// Statistical Inference (2002), section 5.5.4, for the delta method.
func psiLo(c *Comparison) float64 {
	const z99 = 2.326 // 99 % point of the normal distribution
	s := c.psiSums()
	return psiDebiased(c) - z99*math.Sqrt(s.delta+s.noise.variance)
}
