package stats

import "math"

// ksStatistics are Kolmogorov and Smirnov's largest distance of two
// distribution functions, as bounds, since only cells are known.
func ksStatistics() []Statistic {
	return []Statistic{
		{
			Name: "ks", Unit: "share", Range: "0..1", Kinds: Numeric, NeedsReference: true, Compute: ksLow,
			Doc: "largest difference of the distribution functions at the cuts: the exact Kolmogorov-Smirnov distance is at least that",
		},
		{
			Name: "ks_error", Unit: "share", Range: "0..1", Kinds: Numeric, NeedsReference: true, Compute: ksError,
			Doc: "the exact Kolmogorov-Smirnov distance is at most ks + ks_error",
		},
		{
			Name: "ks_p", Unit: "probability", Range: "0..1", Kinds: Numeric, NeedsReference: true, Compute: ksP,
			Doc: "chance of a distance of ks or more without drift, asymptotic, for independent rows; conservative",
		},
	}
}

type ksBounds struct{ low, high float64 }

func ksLow(c *Comparison) float64 { return c.ksBounds().low }

func ksError(c *Comparison) float64 {
	b := c.ksBounds()
	return b.high - b.low
}

// ksP is the two-sample test at the lower bound, with the limit distribution
// and the effective size n*m/(n+m) of the values on both sides.
func ksP(c *Comparison) float64 {
	n, m := float64(c.base.values), float64(c.values)
	return kolmogorovSurvival(c.ksBounds().low * math.Sqrt(n/(n+m)*m))
}

// ksBounds bounds D = max |F(x)-G(x)|, with F and G the shares of values up to x
// in the reference and now. At the cuts both are known, which gives the lower
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
	c.cdf = cumulate(c.cdf[:0], c.cur.Cells[NoValues:])
	var b ksBounds
	var f, g float64 // at the cut before
	for i := range len(edges.Cuts) + 1 {
		nextF, nextG := 1.0, 1.0
		if i < len(edges.Cuts) {
			nextF, nextG = c.base.cdf[i], c.cdf[i]
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
