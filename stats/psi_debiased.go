package stats

// psiDebiased is psi less its mean without drift, which is (B-1)(1/n+1/m) where
// all bins are well filled and else by the exact law (noise.go). Without drift
// it is 0 on average, whatever the number of rows; it may be negative, and is
// not a distance. Undefined without rows on both sides. Unit: nats. Source: as
// of psi_p.
func psiDebiased(c *Comparison) float64 {
	s := c.psiSums()
	return s.psi - s.noise.mean
}
