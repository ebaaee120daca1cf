package stats

import (
	"math"
	"math/bits"
)

// A column has one entry for each of some rows. Of a numeric feature there are two:
// its numbers, NaN where the row has none, and its cells.

// Numbers writes the cells of the finite numbers of a column, each plus offset, and
// leaves those of the others as they are. The slices are of equal length.
func (e *Edges) Numbers(xs []float64, cells []uint32, offset uint32) {
	e.grid.searchAll(xs, cells, offset+NoValues)
}

// Group are rows that are counted in the same Counts.
type Group struct {
	In   *Counts
	Rows []int32
}

// Observe counts the column of one feature: of each row of a group the cell, an index
// into Counts.Cells, and the number, which is not finite where there is none. xs may be nil
// where the feature is not numeric. Rows are not added to Counts.Rows.
//
// It gives the same bits as Moments.Observe and Extremes.Observe of each value, but
// keeps the sums at hand throughout a group.
func (l *Layout) Observe(feature int, groups []Group, cells []uint32, xs []float64) {
	e := l.Features[feature]
	for _, g := range groups {
		switch {
		case e.Kind != Numeric:
			for _, i := range g.Rows {
				g.In.Cells[cells[i]]++
			}
		case len(g.Rows) < fewRows:
			for _, i := range g.Rows {
				g.In.Cells[cells[i]]++
				if x := xs[i]; x-x == 0 {
					g.In.Moments[feature].Observe(e.Z(x))
					g.In.Extremes[feature].Observe(x)
				}
			}
		default:
			e.observe(g.In.Cells, &g.In.Moments[feature], &g.In.Extremes[feature], g.Rows, cells, xs)
		}
	}
}

// fewRows do not make up for what it takes to begin a sum.
const fewRows = 4

func (e *Edges) observe(counts []uint64, m *Moments, extremes *Extremes, rows []int32, cells []uint32, xs []float64) {
	const usual = 1 << 31 // |z| whose squares are of 64 bits, and 2^32 of which can be added up in as many
	cells = cells[:len(xs)]
	center, perZ := e.Center, e.perZ
	least, greatest := math.Inf(1), math.Inf(-1)
	var sum int64
	var high, low, carry uint64
	for _, i := range rows {
		x := xs[i]
		counts[cells[i]]++
		t := (x - center) * perZ
		if !(t <= usual && t >= -usual) {
			if x-x == 0 {
				m.Observe(e.Z(x))
				extremes.Observe(x)
			}
			continue
		}
		if x < least {
			least = x
		}
		if x > greatest {
			greatest = x
		}
		z := roundZ(t)
		sum += z
		low, carry = bits.Add64(low, uint64(z*z), 0)
		high += carry
	}
	m.Add(&Moments{sumHigh: uint64(sum >> 63), sumLow: uint64(sum), squareHigh: high, squareLow: low})
	if least <= greatest {
		extremes.Observe(least)
		extremes.Observe(greatest)
	}
}

// roundZ rounds to the nearest integer, and to the even one of two, where |t| is below 2^51:
// from there on a float64 has no fraction left, and its last bits are the integer.
func roundZ(t float64) int64 {
	const bias = 3 << 51
	// The conversion keeps t from being fused with what it is a product of, as some
	// processors would: z is to be the same on all.
	return int64(math.Float64bits(float64(t)+bias)) - int64(math.Float64bits(bias))
}
