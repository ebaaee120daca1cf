package stats

import "math"

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
