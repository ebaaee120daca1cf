package stats

import (
	"math"
	"math/bits"
)

// grid finds the number of cuts below a value in nearly constant time. It lays
// a grid over the cuts, uniform in the values or in their bits, which are nearly
// their logarithms, whichever spreads the cuts more evenly; a slot of it says how many cuts lie in the
// slots before, and comparing with the next two decides the rest, without a
// branch to mispredict. A slot with more cuts refers to a finer grid over just
// those, which takes care of skewed and clustered distributions.
//
// It is exact whatever is rounded, because slot() is monotone: a cut in an
// earlier slot than x is below x, and one in a later slot is above it.
type grid struct {
	cuts   []float64 // and +Inf twice, for the two that are compared
	levels []level
	slots  []uint16 // number of cuts in earlier slots, or finer + index of a level
}

// level is one grid over cuts[from:to].
type level struct {
	low, perSlot float64 // perSlot 0: cannot be divided, search
	byBits       bool    // the grid is uniform in ordered(x)
	lowBits      uint64
	shift        uint
	last         float64 // number of the last slot
	first        int     // index of slot 0
	from, to     int
}

const (
	finer       = 1 << 15 // more than there are cuts, at most maxCuts, or levels, which hold 3 cuts or more
	slotsPerCut = 8       // so that most slots hold no cut or one, at 16 bytes a cut
	deepest     = 6       // levels; cuts that are still too close then are searched
)

func newGrid(cuts []float64) grid {
	inf := math.Inf(1)
	g := grid{cuts: append(append(make([]float64, 0, len(cuts)+2), cuts...), inf, inf)}
	g.add(0, len(cuts), 1)
	return g
}

// add appends a level over cuts[from:to] and everything below it, and returns
// its index.
func (g *grid) add(from, to, depth int) int {
	index := len(g.levels)
	g.levels = append(g.levels, level{from: from, to: to})
	if to-from < 2 || depth > deepest {
		return index
	}
	n := slotsPerCut * (to - from)
	l, least := level{from: from, to: to}, math.MaxInt
	for _, low := range []float64{g.cuts[from], g.positive(from, to)} {
		for _, byBits := range []bool{false, true} {
			other := newLevel(low, g.cuts[to-1], n, byBits)
			other.first, other.from, other.to = len(g.slots), from, to
			if other.perSlot == 0 {
				continue
			}
			// What costs most is not to know beforehand which way a value goes.
			c := g.crowded(&other)
			if cost := c + 2*min(c, to-from-c); cost < least {
				l, least = other, cost
			}
		}
	}
	g.levels[index] = l
	if l.perSlot == 0 {
		return index
	}
	g.slots = append(g.slots, make([]uint16, n+1)...)
	at := from
	for slot := range n + 1 {
		start := at
		for at < to && l.slot(g.cuts[at]) == slot {
			at++
		}
		entry := start
		if at-start > 2 {
			entry = finer + g.add(start, at, depth+1)
		}
		g.slots[l.first+slot] = uint16(entry)
	}
	return index
}

// newLevel lays n slots over the values from low to high, and one over those above. Where it
// cannot, perSlot is 0.
func newLevel(low, high float64, n int, byBits bool) level {
	l := level{low: low, perSlot: float64(n) / (high - low), last: float64(n), byBits: byBits, lowBits: ordered(low)}
	if math.IsInf(l.perSlot, 0) || low >= high {
		return level{}
	}
	if byBits {
		l.shift = uint(bits.Len64((ordered(high) - l.lowBits) / uint64(n+1)))
	}
	return l
}

// positive is the least of some cuts that is above 0. Every feature has cuts at 0, which
// the values of many are far from: where they are logarithms, or nearly, none is farther.
func (g *grid) positive(from, to int) float64 {
	for _, c := range g.cuts[from:to] {
		if c > 0 {
			return c
		}
	}
	return g.cuts[from]
}

// crowded returns how many cuts are in slots that need a finer grid.
func (g *grid) crowded(l *level) int {
	crowded, slot, here := 0, -1, 0
	for _, c := range g.cuts[l.from:l.to] {
		if s := l.slot(c); s != slot {
			slot, here = s, 0
		}
		here++
		if here > 2 {
			crowded++
		}
	}
	return crowded
}

// slot chooses from two that are small enough to be inlined, which it is not.
func (l *level) slot(x float64) int {
	if l.byBits {
		return l.slotByBits(x)
	}
	return l.slotByValue(x)
}

func (l *level) slotByValue(x float64) int {
	t := (x - l.low) * l.perSlot
	if !(t > 0) {
		return 0
	}
	if t > l.last {
		t = l.last
	}
	return int(t)
}

func (l *level) slotByBits(x float64) int {
	at := ordered(x)
	if at <= l.lowBits {
		return 0
	}
	return int(min((at-l.lowBits)>>l.shift, uint64(l.last)))
}

// search returns the number of cuts below x, which must be finite.
func (g *grid) search(x float64) int { return g.searchFrom(0, x) }

// searchFrom begins at a level that x belongs to.
func (g *grid) searchFrom(index int, x float64) int {
	l := &g.levels[index]
	for l.perSlot != 0 {
		slot := 0
		if l.byBits {
			slot = l.slotByBits(x)
		} else {
			slot = l.slotByValue(x)
		}
		entry := int(g.slots[l.first+slot])
		if entry < finer {
			return entry + g.below(entry, x)
		}
		l = &g.levels[entry-finer]
	}
	from, to := l.from, l.to
	for from < to {
		middle := int(uint(from+to) >> 1)
		if g.cuts[middle] < x {
			from = middle + 1
		} else {
			to = middle
		}
	}
	return from
}

// below returns how many of the two cuts from entry on are below x.
func (g *grid) below(entry int, x float64) (n int) {
	next := g.cuts[entry : entry+2]
	if next[0] < x {
		n++
	}
	if next[1] < x {
		n++
	}
	return n
}

// searchAll writes the number of cuts below each finite x, plus offset, to cells.
func (g *grid) searchAll(xs []float64, cells []uint32, offset uint32) {
	cells = cells[:len(xs)]
	l := g.levels[0]
	slots := g.slots[l.first:]
	for i, x := range xs {
		if x-x != 0 {
			continue
		}
		if l.perSlot == 0 {
			cells[i] = offset + uint32(g.search(x))
			continue
		}
		slot := 0
		if l.byBits {
			slot = l.slotByBits(x)
		} else {
			slot = l.slotByValue(x)
		}
		entry := int(slots[slot])
		if entry < finer {
			entry += g.below(entry, x)
		} else {
			entry = g.searchFrom(entry-finer, x)
		}
		cells[i] = offset + uint32(entry)
	}
}
