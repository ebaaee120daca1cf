package stats

import (
	"crypto/sha256"
	"encoding/hex"
)

// Layout puts the cells of several features into one slab of counters. The
// names of the features are distinct. A layout is not changed after it is made
// and is safe for concurrent use.
type Layout struct {
	Features []*Edges
	// Offsets has one entry per feature, the index of its first cell in the
	// slab, and at the end the size of the slab.
	Offsets []int

	ids   [][8]byte
	index map[[8]byte]int
}

// NewLayout lays out features in the order given. Their edges must not change
// from here on.
func NewLayout(features []*Edges) *Layout {
	l := &Layout{Features: features, Offsets: []int{0}, index: make(map[[8]byte]int, len(features))}
	for i, e := range features {
		l.Offsets = append(l.Offsets, l.Offsets[i]+e.Width())
		id := e.id()
		l.ids = append(l.ids, id)
		l.index[id] = i
	}
	return l
}

// ID returns a short hash over the edges of all features in their order.
func (l *Layout) ID() string {
	h := sha256.New()
	for _, id := range l.ids {
		h.Write(id[:])
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// NewCounts returns counts of nothing.
func (l *Layout) NewCounts() *Counts {
	return &Counts{
		Cells:    make([]uint64, l.Offsets[len(l.Features)]),
		Moments:  make([]Moments, len(l.Features)),
		Extremes: make([]Extremes, len(l.Features)),
	}
}

// Of returns the part of c, a view and not a copy, that counts the features of l,
// where c is laid out by a Layout of these and of others behind them.
func (l *Layout) Of(c *Counts) *Counts {
	n, cells := len(l.Features), l.Offsets[len(l.Features)]
	return &Counts{c.Rows, c.Cells[:cells:cells], c.Moments[:n:n], c.Extremes[:n:n]}
}

// Profile returns a view, not a copy, of the counts of one feature.
func (l *Layout) Profile(c *Counts, feature int) Profile {
	return Profile{
		Edges:    l.Features[feature],
		Cells:    c.Cells[l.Offsets[feature]:l.Offsets[feature+1]:l.Offsets[feature+1]],
		Moments:  c.Moments[feature],
		Extremes: c.Extremes[feature],
	}
}

// Counts is what one segment counted over some time, laid out by a Layout.
//
// INVARIANT: everything in it but Extremes is an integer, so that Add and Sub
// are exact and any order of them gives the same bits.
type Counts struct {
	Rows  uint64
	Cells []uint64
	// Moments and Extremes have an entry per feature, which stays zero where
	// the feature is not numeric.
	Moments  []Moments
	Extremes []Extremes
}

// Add adds o, which has the same layout.
func (c *Counts) Add(o *Counts) {
	c.Rows += o.Rows
	cells := c.Cells[:len(o.Cells)]
	for i, n := range o.Cells {
		cells[i] += n
	}
	for i := range o.Moments {
		c.Moments[i].Add(&o.Moments[i])
		c.Extremes[i].Merge(o.Extremes[i])
	}
}

// Sub undoes Add, bit for bit, for all but Extremes: what a minimum was before
// cannot be known, so they are left alone. Whoever subtracts re-merges them.
func (c *Counts) Sub(o *Counts) {
	c.Rows -= o.Rows
	cells := c.Cells[:len(o.Cells)]
	for i, n := range o.Cells {
		cells[i] -= n
	}
	for i := range o.Moments {
		c.Moments[i].Sub(&o.Moments[i])
	}
}

// Reset makes c count nothing.
func (c *Counts) Reset() {
	c.Rows = 0
	clear(c.Cells)
	clear(c.Moments)
	clear(c.Extremes)
}

// Profile is a view of the counts of one feature.
type Profile struct {
	Edges    *Edges
	Cells    []uint64
	Moments  Moments
	Extremes Extremes
}

// Rows returns the sum of all cells.
func (p Profile) Rows() uint64 { return sum(p.Cells) }

// Values returns the number of rows that have a value. The empty string is one
// in a feature of strings, unless it was declared missing.
func (p Profile) Values() uint64 {
	if len(p.Cells) == 0 {
		return 0
	}
	n := sum(p.Cells[NoValues:])
	if !p.Edges.noValue(Empty) {
		n += p.Cells[Empty]
	}
	return n
}

// Missing returns the number of rows whose value is missing, by Edges.Missing.
func (p Profile) Missing() uint64 {
	var n uint64
	for cell := range min(NoValues, len(p.Cells)) {
		if p.Edges.Missing(cell) {
			n += p.Cells[cell]
		}
	}
	return n
}

// noValue returns the number of rows without a value, for whatever reason.
func (p Profile) noValue() uint64 { return p.Rows() - p.Values() }

func sum(counts []uint64) uint64 {
	var total uint64
	for _, n := range counts {
		total += n
	}
	return total
}

// count returns the count of a cell, 0 in the zero Profile.
func (p Profile) count(cell int) uint64 {
	if cell >= len(p.Cells) {
		return 0
	}
	return p.Cells[cell]
}
