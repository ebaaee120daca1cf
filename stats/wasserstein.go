package stats

import (
	"math"
	"slices"
)

// wasserstein is the first Wasserstein distance, the area between the two
// distribution functions, from the reference's 0.1 % to its 99.9 % quantile: how
// far values have moved, on average over all of them. What lies beyond is in
// tail_rate; one 1e9 among 30,000 rows would else make it 33,333. Within a cell
// the functions are taken to be straight lines between its cuts or, where those
// lie within, the least and the greatest value of the side. So it is exact where
// every value has a cell of its own, and else good to the sum over cells of that
// width x the mean of the two shares in them. Undefined where one side has no
// values, and where it overflows. Unit: that of the feature. Source: Vallender,
// Theory of Probability and its Applications 18 (1974); on the values as
// scipy.stats.wasserstein_distance.
func wasserstein(c *Comparison) float64 {
	if math.IsNaN(c.ksBounds().low) {
		return math.NaN()
	}
	c.cdf = cumulate(c.cdf[:0], c.cur.Cells[NoValues:])
	cuts, from, to := c.cur.Edges.Cuts, c.base.tailBelow, c.base.tailAbove
	var area float64
	for i := max(from, 0); i < to; i++ {
		f := c.base.ref.ramp(i+1, c.base.cdf[i], c.base.cdf[i+1])
		g := c.cur.ramp(i+1, c.cdf[i], c.cdf[i+1])
		if f.wide(cuts[i], cuts[i+1]) && g.wide(cuts[i], cuts[i+1]) {
			area += between(f.from-g.from, f.to-g.to) * (cuts[i+1] - cuts[i])
			continue
		}
		area += areaBetween(cuts[i], cuts[i+1], f, g)
	}
	return finite(area)
}

// ramp is a distribution function within a cell: it rises from one share to
// another between low and high and is level beside them.
type ramp struct{ low, high, from, to float64 }

func (p Profile) ramp(cell int, from, to float64) ramp {
	low, high := p.bounds(cell)
	return ramp{low, high, from, to}
}

// wide says that it rises all the way.
func (r ramp) wide(low, high float64) bool { return r.low == low && r.high == high }

func (r ramp) at(x float64) float64 {
	switch {
	case x >= r.high:
		return r.to
	case x <= r.low:
		return r.from
	}
	return lerp(r.from, r.to, (x-r.low)/(r.high-r.low))
}

// between is the mean of |x| along a straight line from one number to another.
func between(left, right float64) float64 {
	if left < 0 != (right < 0) && left != right {
		return (left*left + right*right) / (2 * math.Abs(left-right)) // it crosses 0
	}
	return math.Abs(left+right) / 2
}

// areaBetween is the area between two ramps from low to high. Where a side has a
// single value its ramp is a step, and the area left of it counts to there.
func areaBetween(low, high float64, f, g ramp) float64 {
	at := [...]float64{low, f.low, f.high, g.low, g.high, high}
	for i := range at {
		at[i] = min(max(at[i], low), high)
	}
	slices.Sort(at[:])
	var area float64
	for i := 1; i < len(at); i++ {
		if width := at[i] - at[i-1]; width > 0 {
			left := f.after(at[i-1]) - g.after(at[i-1])
			right := f.before(at[i]) - g.before(at[i])
			area += between(left, right) * width
		}
	}
	return area
}

// after and before are the limits from the right and from the left.
func (r ramp) after(x float64) float64 { return r.at(x) }

func (r ramp) before(x float64) float64 {
	if x <= r.low {
		return r.from
	}
	return r.at(x)
}

// tails returns the indexes of the cuts that the middle of the distribution lies
// between: the last cut with at most 0.1 % of the values up to it, -1 where
// there is none, and the first with at least 99.9 %, or the last cut. The
// quantiles of n values are among the cuts, and up to them is 1/n too much; below
// 100 values, the least and the greatest would be left out by that.
func tails(cdf []float64, values uint64) (below, above int) {
	const tail = 0.001
	each := 1 / float64(values)
	if values < 100 {
		each = 0
	}
	below, above = -1, len(cdf)-1
	for i, share := range cdf {
		if share <= tail+each {
			below = i
		}
		if share >= 1-tail-each {
			return below, i
		}
	}
	return below, above
}
