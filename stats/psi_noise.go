package stats

// psiNoise is the psi that 1 % of windows exceed without drift, for independent
// rows: psi is above psi_noise where psi_p is below 0.01 (with two or three bins,
// small ones among them, nearly). It says how small a
// limit of psi makes sense at that number of rows. 0 where there is one bin,
// undefined without rows on both sides. Unit: nats. Source: as of psi_p.
func psiNoise(c *Comparison) float64 {
	s := c.psiSums()
	if len(c.bins) == 0 {
		return s.psi
	}
	if c.noiseBins != len(c.bins) {
		c.noiseBins, c.noisePoint = len(c.bins), chiSquared99(float64(len(c.bins)-1))
	}
	point := c.unit() * c.noisePoint
	if !s.small {
		return point
	}
	if shift, scale, freedom, ok := s.noise.fit(); ok {
		point = max(point, shift+scale*chiSquared99(freedom))
	}
	return point
}
