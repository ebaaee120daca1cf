package stats

import (
	"math"
	"slices"
)

// Rebin brings counts that were made under other edges of the feature under e,
// so that two profiles can be compared. Under the same edges it gives p itself.
//
// Rows without a value keep their reasons. Of a numeric feature, a cell that
// holds a cut of e is divided at it as if its values were spread evenly over it:
// each cut's share is wrong by less than the share of one cell of p, about
// 1/resolution, and exact where the cut is one of p's. Moments and extremes are
// kept. Of a categorical one every value keeps its count that both have in their
// dictionaries; the Rare of p, which were counted together, are rare under e if
// e knows any of them, else unseen. Categories are texts to a text feature, which
// counts no single ones. Where the kinds differ otherwise, all values are of the
// wrong type.
func (e *Edges) Rebin(p Profile) Profile {
	if p.Edges == e || p.Edges.ID() == e.ID() {
		return p
	}
	q := Profile{Edges: e, Cells: make([]uint64, e.Width())}
	copy(q.Cells[:NoValues], p.Cells[:NoValues])
	switch {
	case p.Edges.Kind == Categorical && e.Kind == Text:
		q.Cells[NoValues] = sum(p.Cells[NoValues:])
	case p.Edges.Kind != e.Kind:
		for _, n := range p.Cells[NoValues:] {
			q.Cells[WrongType] += n
		}
	case e.Kind == Numeric:
		e.rebinNumbers(q.Cells[NoValues:], p)
		q.Moments, q.Extremes = p.Moments.under(p.Edges, e, p.summed()), p.Extremes
	case e.Kind == Categorical:
		for i, v := range p.Edges.Values {
			q.Cells[e.Category([]byte(v))] += p.Cells[NoValues+i]
		}
		pooled := e.unseen()
		if slices.ContainsFunc(p.Edges.Rare, func(v string) bool { return e.Category([]byte(v)) != e.unseen() }) {
			pooled = e.rare()
		}
		q.Cells[pooled] += p.Cells[p.Edges.rare()]
		q.Cells[e.unseen()] += p.Cells[p.Edges.unseen()]
	default:
		copy(q.Cells[NoValues:], p.Cells[NoValues:])
	}
	return q
}

// rebinNumbers fills the value cells of e: each gets the difference of the
// counts up to its two cuts, so that none is lost by rounding.
func (e *Edges) rebinNumbers(dst []uint64, p Profile) {
	var before uint64
	for i, cut := range e.Cuts {
		upTo := p.upTo(cut)
		dst[i] = upTo - before
		before = upTo
	}
	dst[len(e.Cuts)] = sum(p.Cells[NoValues:]) - before
}

// CDF estimates the share of the values that are at most x, exact where x is a
// cut, NaN without values or for a feature that is not numeric.
func (p Profile) CDF(x float64) float64 {
	if len(p.Cells) == 0 || p.Edges.Kind != Numeric {
		return math.NaN()
	}
	return ratio(p.upTo(x), p.Values())
}

// upTo estimates the number of values that are at most x.
func (p Profile) upTo(x float64) uint64 {
	cuts := p.Edges.Cuts
	i, found := slices.BinarySearch(cuts, x)
	cells := p.Cells[NoValues:]
	if found {
		return sum(cells[:i+1])
	}
	below := sum(cells[:i])
	low, high := p.bounds(i)
	if p.Edges.singles[i] || !(low < high) { // the cell's only value is its upper bound
		if x >= high {
			below += cells[i]
		}
		return below
	}
	part := min(1, max(0, (x-low)/(high-low)))
	return below + uint64(math.Round(part*float64(cells[i])))
}

// under brings the sums over n values of z, as one feature's edges define it, to
// z as another's do: z' = a + b*z.
func (m Moments) under(from, to *Edges, n uint64) Moments {
	b := from.Scale / to.Scale
	a := (from.Center - to.Center) / to.Scale * zUnit
	sum, squares := signed(m.sumHigh, m.sumLow), signed(m.squareHigh, m.squareLow)
	count := float64(n)
	converted := Moments{Left: m.Left}
	total, totalSquares := count*a+b*sum, count*a*a+2*a*b*sum+b*b*squares
	if math.IsNaN(total) || math.Abs(total) >= math.Ldexp(1, 120) || !(totalSquares < math.Ldexp(1, 126)) {
		return Moments{Left: m.Left + n} // so far apart that no sum holds it
	}
	converted.sumHigh, converted.sumLow = twosComplement(total)
	converted.squareHigh, converted.squareLow = twosComplement(totalSquares)
	return converted
}

// twosComplement rounds a number of less than 2^127 in size to an integer of 128
// bits.
func twosComplement(x float64) (high, low uint64) {
	x = math.Round(x)
	h := math.Floor(math.Ldexp(x, -64))
	return uint64(int64(h)), uint64(x - math.Ldexp(h, 64))
}
