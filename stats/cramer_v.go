package stats

import "math"

// cramerV is Cramer's V of the table of two sides by the bins that PSI uses,
// sqrt(chi2 / (n+m)), since the smaller side of the table less one is 1: how
// strongly the value tells which side a row is of, from 0 to 1. Unlike chi2 it
// does not grow with the number of rows, but it shrinks where one side has many
// more rows than the other: 1 is only reached where the sides have nothing in
// common. Undefined without rows on both sides. Unit: 1. Source: Cramer,
// Mathematical Methods of Statistics (1946), section 21.9; as
// scipy.stats.contingency.association, without correction.
func cramerV(c *Comparison) float64 {
	return min(math.Sqrt(chi2(c)/float64(c.base.rows+c.rows)), 1)
}
