package stats

import "math"

// meanStatistics are the moments of a numeric feature and its extremes. Moments
// leave out values further than 2^20 Scale from Center (Edges.Z), and are good
// to half of 2^-20 Scale a value.
func meanStatistics() []Statistic {
	return []Statistic{
		{
			Name: "mean", Unit: "value", Range: "any", Kinds: Numeric,
			Compute: func(c *Comparison) float64 { return c.cur.Mean() },
			Doc:     "arithmetic mean",
		},
		{
			Name: "std", Unit: "value", Range: "0..", Kinds: Numeric,
			Compute: func(c *Comparison) float64 { return c.cur.Std() },
			Doc:     "standard deviation, with n-1; undefined below two values",
		},
		{
			Name: "mean_shift", Unit: "reference std", Range: "any", Kinds: Numeric, NeedsReference: true, Compute: meanShift,
			Doc: "(mean - reference mean) / reference std; where that is 0, 0 if the means are equal, else undefined",
		},
		{
			Name: "std_ratio", Unit: "1", Range: "0..", Kinds: Numeric, NeedsReference: true, Compute: stdRatio,
			Doc: "std / reference std; undefined where that is 0",
		},
		{
			Name: "min", Unit: "value", Range: "any", Kinds: Numeric,
			Compute: func(c *Comparison) float64 { return c.cur.extreme(c.cur.Extremes.Min) },
			Doc:     "least value",
		},
		{
			Name: "max", Unit: "value", Range: "any", Kinds: Numeric,
			Compute: func(c *Comparison) float64 { return c.cur.extreme(c.cur.Extremes.Max) },
			Doc:     "greatest value",
		},
	}
}

// Mean returns the mean of a numeric feature's values, NaN without any.
func (p Profile) Mean() float64 {
	n := p.summed()
	if n < 1 {
		return math.NaN()
	}
	z, _ := p.Moments.meanAndSquares(n)
	return finite(p.Edges.Center + z*p.Edges.Scale)
}

// Std returns the standard deviation (n-1), NaN below two values.
func (p Profile) Std() float64 {
	n := p.summed()
	if n < 2 {
		return math.NaN()
	}
	_, squares := p.Moments.meanAndSquares(n)
	return finite(math.Sqrt(squares/float64(n-1)) * p.Edges.Scale)
}

// summed returns the number of values that the moments are of.
func (p Profile) summed() uint64 {
	values := p.Values()
	if len(p.Cells) == 0 || p.Edges.Kind != Numeric || p.Moments.Left > values {
		return 0
	}
	return values - p.Moments.Left
}

func (p Profile) extreme(v float64) float64 {
	if !p.Extremes.Seen {
		return math.NaN()
	}
	return v
}

func meanShift(c *Comparison) float64 {
	if c.base.values == 0 {
		return math.NaN()
	}
	shift := c.cur.Mean() - c.base.mean
	if shift == 0 && c.base.std == 0 {
		return 0
	}
	return quotient(shift, c.base.std)
}

func stdRatio(c *Comparison) float64 {
	return quotient(c.cur.Std(), c.base.std)
}
