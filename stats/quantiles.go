package stats

import "math"

// quantileStatistics are quantiles of a numeric feature, known to the width of
// a cell, and the shifts of location and width that outliers do not touch.
func quantileStatistics() []Statistic {
	at := func(q float64) func(*Comparison) float64 {
		return func(c *Comparison) float64 { return c.cur.Quantile(q) }
	}
	return []Statistic{
		{Name: "p01", Unit: "value", Range: "any", Kinds: Numeric, Compute: at(0.01), Doc: "1 % quantile"},
		{Name: "p05", Unit: "value", Range: "any", Kinds: Numeric, Compute: at(0.05), Doc: "5 % quantile"},
		{Name: "p50", Unit: "value", Range: "any", Kinds: Numeric, Compute: at(0.5), Doc: "median"},
		{Name: "p95", Unit: "value", Range: "any", Kinds: Numeric, Compute: at(0.95), Doc: "95 % quantile"},
		{Name: "p99", Unit: "value", Range: "any", Kinds: Numeric, Compute: at(0.99), Doc: "99 % quantile"},
		{
			Name: "median_shift", Unit: "reference iqr", Range: "any", Kinds: Numeric, NeedsReference: true, Compute: medianShift,
			Doc: "(median - reference median) / reference interquartile range, or p95-p05 where that is 0; undefined where both are",
		},
		{
			Name: "iqr_ratio", Unit: "1", Range: "0..", Kinds: Numeric, NeedsReference: true, Compute: iqrRatio,
			Doc: "interquartile range / reference interquartile range; undefined where that is 0",
		},
	}
}

// Quantile estimates a quantile, 0 <= q <= 1, of a numeric feature's values, as
// numpy.quantile does from the sorted values, with those of a cell spread evenly
// over it. It is exact where cells hold single values, else within the cells
// that hold it. It is NaN without values, or where no bound of them is known.
func (p Profile) Quantile(q float64) float64 {
	if len(p.Cells) == 0 || p.Edges.Kind != Numeric {
		return math.NaN()
	}
	n := p.Values()
	if n == 0 {
		return math.NaN()
	}
	at := q * float64(n-1)
	rank := uint64(at)
	return lerp(p.ranked(rank), p.ranked(min(rank+1, n-1)), at-float64(rank))
}

// ranked estimates the value that so many others precede.
func (p Profile) ranked(rank uint64) float64 {
	for i, n := range p.Cells[NoValues:] {
		if rank >= n {
			rank -= n
			continue
		}
		if p.Edges.singles[i] {
			return p.Edges.Cuts[i]
		}
		low, high := p.bounds(i)
		return lerp(low, high, (float64(rank)+0.5)/float64(n))
	}
	return math.NaN()
}

// bounds returns what lies between two cuts and the extremes. An open tail
// without extremes is taken to be no wider than its cut.
func (p Profile) bounds(i int) (low, high float64) {
	low, high = math.Inf(-1), math.Inf(1)
	if i > 0 {
		low = p.Edges.Cuts[i-1]
	}
	if i < len(p.Edges.Cuts) {
		high = p.Edges.Cuts[i]
	}
	if x := p.Extremes; x.Seen && x.Min <= high && x.Max >= low {
		low, high = max(low, x.Min), min(high, x.Max)
	}
	switch {
	case math.IsInf(low, 0) && math.IsInf(high, 0):
		return math.NaN(), math.NaN()
	case math.IsInf(low, 0):
		return high, high
	case math.IsInf(high, 0):
		return low, low
	}
	return low, high
}

func medianShift(c *Comparison) float64 {
	if c.base.values == 0 {
		return math.NaN()
	}
	return quotient(c.cur.Quantile(0.5)-c.base.median, c.base.spread)
}

func iqrRatio(c *Comparison) float64 {
	return quotient(c.cur.Quantile(0.75)-c.cur.Quantile(0.25), c.base.iqr)
}
