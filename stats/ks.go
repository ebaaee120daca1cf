package stats

import "math"

// ks is a lower bound of the Kolmogorov-Smirnov distance D = max |F(x)-G(x)|,
// with F and G the shares of the values up to x in the reference and now: the
// largest difference at the cuts. D itself is at most ks + ks_error, and equal
// to ks where every value has a cell of its own. Rows without a value have no
// part in it. Undefined where one side has no values. Unit: share of values.
// Source: Smirnov, Annals of Mathematical Statistics 19 (1948); exact on the
// values as scipy.stats.ks_2samp.
func ks(c *Comparison) float64 { return c.ksBounds().low }

type ksBounds struct{ low, high float64 }

// ksBounds bounds D. At the cuts both F and G are known, which gives the lower
// bound. Between the cuts c and d, F(x) is at most F(d) and G(x) at least G(c),
// and the other way round; where a cell holds a single value there is nothing
// between. Both are NaN where one side has no values.
func (c *Comparison) ksBounds() ksBounds {
	if c.ksKnown {
		return c.ks
	}
	c.ksKnown = true
	c.ks = ksBounds{math.NaN(), math.NaN()}
	if c.base.values == 0 || c.values == 0 || c.cur.Edges.Kind != Numeric {
		return c.ks
	}
	edges := c.cur.Edges
	var b ksBounds
	var f, g float64 // at the cut before
	var below uint64
	for i, n := range c.cur.Cells[NoValues:] {
		nextF, nextG := 1.0, 1.0
		if i < len(edges.Cuts) {
			below += n
			nextF, nextG = c.base.cdf[i], float64(below)/float64(c.values)
		}
		b.low = max(b.low, math.Abs(nextF-nextG))
		if !edges.singles[i] {
			b.high = max(b.high, nextF-g, nextG-f)
		}
		f, g = nextF, nextG
	}
	b.high = max(b.high, b.low)
	c.ks = b
	return b
}
