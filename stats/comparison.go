package stats

import (
	"math"
	"slices"
)

// Comparison puts a reference and a current profile of one feature on the same
// bins, and keeps the sums that several statistics share. It is reused by Reset
// without allocating. It is not safe for concurrent use, and it is a view of
// the profiles: they must not change while statistics are asked for.
type Comparison struct {
	// Samples gives those of the current values. It may be set before statistics
	// are asked for; Reset makes it nil, which is that there are none.
	Samples func() ValueSamples

	base   *Base
	cur    Profile
	rows   uint64 // of cur, and its values
	values uint64

	aligned            bool
	bins               []bin
	refCount, curCount []float64 // by bin
	refShare, curShare []float64 // the same, divided by the rows

	psi      psiSums
	psiKnown bool
	ks       ksBounds
	ksKnown  bool
	cdf      []float64

	noiseBins  int // the number of bins that noisePoint is of
	noisePoint float64
}

// bin is the cells from..to-1 taken together, or, where from is otherBin or
// noValueBin, what those pool.
type bin struct{ from, to int }

const (
	otherBin   = -1 // values that no range of cells among the bins counts
	noValueBin = -2 // rows without a value
)

// Compare sets a current profile against the reference. It has the same edges;
// under others it is as if there were no reference.
func (b *Base) Compare(cur Profile) *Comparison {
	c := &Comparison{}
	c.Reset(b, cur)
	return c
}

// ValueSamples are samples of the values of a feature, or nil.
type ValueSamples struct {
	Unique *KeySample // of all values, which ought to be distinct
	// Values are of all values or, of a categorical feature, of those that are not
	// in the dictionary, which have no cell of their own.
	Values *KeySample
}

// Reset makes c the comparison of cur with b.
func (c *Comparison) Reset(b *Base, cur Profile) {
	c.Samples = nil
	c.base, c.cur = b, cur
	c.rows, c.values = cur.Rows(), cur.Values()
	c.aligned, c.psiKnown, c.ksKnown = false, false, false
	c.bins = c.bins[:0]
	if b.rows > 0 && c.rows > 0 && b.ref.Edges != cur.Edges && b.ref.Edges.ID() != cur.Edges.ID() {
		c.base = &Base{}
	}
}

// Stat is the statistic of a name, NaN where it cannot be said or is none of the
// feature's kind.
func (c *Comparison) Stat(name string) float64 {
	s, ok := Lookup(name)
	if !ok || s.Compute == nil || s.Kinds&c.cur.Edges.Kind == 0 {
		return math.NaN()
	}
	return s.Compute(c)
}

// align makes the bins and their counts. Without rows on both sides there are
// no bins.
func (c *Comparison) align() {
	if c.aligned {
		return
	}
	c.aligned = true
	if c.rows == 0 || c.base.rows == 0 {
		return
	}
	edges, ref := c.cur.Edges, c.base.ref
	switch edges.Kind {
	case Numeric:
		c.bins = append(slices.Grow(c.bins, len(c.base.bins)+1), c.base.bins...)
	case Categorical:
		c.categories()
	case Boolean:
		c.bins = append(c.bins, bin{NoValues, NoValues + 1}, bin{NoValues + 1, NoValues + 2})
	default:
		return
	}
	if c.rows > c.values || c.base.rows > c.base.values {
		c.bins = append(c.bins, bin{from: noValueBin})
	}
	c.refCount = edges.fill(c.refCount[:0], c.bins, ref.Cells)
	c.curCount = edges.fill(c.curCount[:0], c.bins, c.cur.Cells)
	c.dropEmpty()
	c.refShare, c.curShare = slices.Grow(c.refShare[:0], len(c.bins)), slices.Grow(c.curShare[:0], len(c.bins))
	for i := range c.bins {
		c.refShare = append(c.refShare, c.refCount[i]/float64(c.base.rows))
		c.curShare = append(c.curShare, c.curCount[i]/float64(c.rows))
	}
}

// dropEmpty leaves out bins without a row on either side. They say nothing, and
// with the 1/2 of PSI would yet count, as the sides are not of equal size: 0.035
// for one of 100 rows against 100,000.
func (c *Comparison) dropEmpty() {
	kept := 0
	for i, b := range c.bins {
		if c.refCount[i]+c.curCount[i] > 0 {
			c.bins[kept], c.refCount[kept], c.curCount[kept] = b, c.refCount[i], c.curCount[i]
			kept++
		}
	}
	c.bins, c.refCount, c.curCount = c.bins[:kept], c.refCount[:kept], c.curCount[:kept]
}

// fill appends the count of each bin to dst.
func (e *Edges) fill(dst []float64, bins []bin, cells []uint64) []float64 {
	p := Profile{Edges: e, Cells: cells}
	other := p.Values()
	dst = slices.Grow(dst, len(bins))
	for _, b := range bins {
		var n uint64
		switch b.from {
		case otherBin:
			n = other // the ranges come before
		case noValueBin:
			n = p.noValue()
		default:
			n = sum(cells[b.from:b.to])
			other -= n
		}
		dst = append(dst, float64(n))
	}
	return dst
}

// Bin is one bin of a comparison: its share of the rows in the reference and
// now, and its term of the PSI.
type Bin struct {
	Label                   string
	Reference, Current, PSI float64
}

// Bins returns the bins that PSI is computed on, in order: intervals ascending
// or categories from the most frequent on, then "(other)", categories too rare
// for a bin of their own, and "(missing)", rows without a value, where there
// are any. There are none without rows on both sides.
func (c *Comparison) Bins() []Bin {
	c.align()
	bins := make([]Bin, len(c.bins))
	for i, b := range c.bins {
		bins[i] = Bin{c.label(b), c.refShare[i], c.curShare[i], c.psiTerm(i)}
	}
	return bins
}

func (c *Comparison) label(b bin) string {
	switch {
	case b.from == otherBin:
		return "(other)"
	case b.from == noValueBin:
		return "(missing)"
	case c.cur.Edges.Kind == Numeric:
		return c.cur.Edges.interval(b.from-NoValues, b.to-NoValues)
	default:
		return c.cur.Edges.Label(b.from)
	}
}
