package stats

import (
	"math"
	"slices"
)

// Sees returns the smallest change of the feature that psi_lo > limit shows in 9
// of 10 windows of n rows, against this very reference:
//
//   - of a numeric feature a shift of its mean, in the reference's standard
//     deviations, up or down, the one that is harder to see. Every value moves
//     by as much. Where values are few, as of counts or of a flag, one moves to
//     the values on both sides of where it would be, so that the mean is right; a
//     value that holds more than a tenth in a feature of other numbers too, as 0
//     of many amounts, stays.
//   - of categories and booleans the share of the rows that leaves the most
//     frequent value for the others, each getting as much as it has.
//
// It is NaN where no such change is seen, for texts, and without a reference.
// Rows are taken to be independent.
//
// What a window's psi_lo is on average follows from its expected counts and the
// second order of PSI in them; how it varies from window to window, from the
// delta method (psi_lo.go). Both are as of a normal distribution; simulation
// finds it in 90 to 97 % of windows (TestSees).
func (b *Base) Sees(n uint64, limit float64) float64 {
	if b.rows == 0 || b.values == 0 || n == 0 {
		return math.NaN()
	}
	seen := func(value []float64) bool { return b.lowest(value, n) > limit }
	switch b.ref.Edges.Kind {
	case Numeric:
		if !(b.std > 0) {
			return math.NaN()
		}
		up := b.seesShift(b.std, seen)
		down := b.seesShift(-b.std, seen)
		switch {
		case math.IsNaN(up):
			return down
		case math.IsNaN(down):
			return up
		}
		return max(up, down)
	case Categorical, Boolean:
		return b.seesMove(seen)
	}
	return math.NaN()
}

// lowest is the psi_lo that 9 of 10 windows of n rows exceed whose rows fall into
// the value cells with these expected shares of the reference's values.
func (b *Base) lowest(value []float64, n uint64) float64 {
	cells := make([]float64, len(b.ref.Cells))
	for i, k := range b.ref.Cells[:NoValues] {
		cells[i] = float64(k)
	}
	copy(cells[NoValues:], value)
	c := b.Compare(Profile{Edges: b.ref.Edges, Cells: rounded(cells, n)})
	s := c.psiSums()
	m := float64(n)
	// The derivatives of a term by q: h is the first, the second 1/q + p/q^2. A
	// bin that nothing falls into does not vary.
	var bias, qh, qhh float64
	for i, share := range c.curShare {
		p, q := c.smoothed(i)
		h := math.Log(q/p) + 1 - p/q
		qh, qhh = qh+share*h, qhh+share*h*h
		bias += (1/q + p/(q*q)) * share * (1 - share) / (2 * m)
	}
	// Of what psi varies by without drift the window has this part; the
	// reference stays as it is.
	part := float64(b.rows) / (float64(b.rows) + m)
	variance := max(qhh-qh*qh, 0)/m + s.noise.variance*part*part
	const z90 = 1.2816 // 90 % point of the normal distribution
	return psiLo(c) + bias - z90*math.Sqrt(variance)
}

// rounded makes n rows of expected counts in any unit. The sums up to each cell
// are rounded, so that no range of cells is off by more than one row.
func rounded(expected []float64, n uint64) []uint64 {
	var total, upTo float64
	for _, x := range expected {
		total += x
	}
	cells := make([]uint64, len(expected))
	var before uint64
	for i, x := range expected {
		upTo += x
		now := min(n, uint64(math.Round(upTo/total*float64(n))))
		cells[i], before = now-before, now
	}
	cells[len(cells)-1] += n - before
	return cells
}

// leastSize is the least size up to most for which seen holds, taken to hold for
// all that are somewhat larger; NaN: there is none.
func leastSize(least, most float64, seen func(size float64) bool) float64 {
	const growth, halvings = 1.25, 20
	low := 0.0
	for high := least; ; high = min(high*growth, most) {
		if seen(high) {
			for range halvings {
				if middle := (low + high) / 2; seen(middle) {
					high = middle
				} else {
					low = middle
				}
			}
			return high
		}
		if high >= most {
			return math.NaN()
		}
		low = high
	}
}

// seesMove is Sees of categories and booleans.
func (b *Base) seesMove(seen func([]float64) bool) float64 {
	cells := b.ref.Cells[NoValues:]
	if len(b.ref.Edges.Values) == 0 {
		return math.NaN()
	}
	named := cells[:len(b.ref.Edges.Values)] // not what is counted together
	top := slices.Index(named, slices.Max(named))
	share := float64(cells[top]) / float64(b.rows)
	rest := float64(sum(cells) - cells[top])
	if share == 0 {
		return math.NaN()
	}
	return leastSize(share/1000, share, func(moved float64) bool {
		rows := moved * float64(b.rows)
		value := make([]float64, len(cells))
		for i, n := range cells {
			value[i] = float64(n) * (1 + rows/rest)
		}
		if rest == 0 { // the last cell: unseen values, or the other boolean
			clear(value)
			value[(top+len(value)-1)%len(value)] = rows
		}
		value[top] = float64(cells[top]) - rows
		return seen(value)
	})
}

// seesShift is Sees of a shift in one direction; unit is a standard deviation.
func (b *Base) seesShift(unit float64, seen func([]float64) bool) float64 {
	s := newShifting(b.ref)
	const least, most = 1.0 / 128, 16 // there is hardly a value of the reference left then
	size := leastSize(least, most, func(size float64) bool {
		value, _ := s.by(size * unit)
		return seen(value)
	})
	if math.IsNaN(size) {
		return size
	}
	_, mean := s.by(size * unit) // less than asked for where values cannot move as far
	return mean / unit
}
