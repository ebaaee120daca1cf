package stats

import (
	"math"
	"math/bits"
)

const (
	zUnit  = 1 << 20 // z is kept as a multiple of 2^-20
	zLimit = 1 << 40 // |z| <= 2^20 in those units
)

// Moments are the sums of z and of z*z over the values of a feature, with z as
// Edges.Z gives it. They are integers of 128 bits, so that adding and
// subtracting are exact in any order; they hold 2^48 values without overflow.
// The number of values is that of the cells, less Left.
type Moments struct {
	Left uint64 // values with |z| > 2^20: counted here, in no sum

	sumHigh, sumLow       uint64 // two's complement
	squareHigh, squareLow uint64
}

// Observe adds one value, with the results of Edges.Z.
func (m *Moments) Observe(z int64, ok bool) {
	if !ok {
		m.Left++
		return
	}
	var carry uint64
	m.sumLow, carry = bits.Add64(m.sumLow, uint64(z), 0)
	m.sumHigh += uint64(z>>63) + carry
	size := uint64(max(z, -z))
	high, low := bits.Mul64(size, size)
	m.squareLow, carry = bits.Add64(m.squareLow, low, 0)
	m.squareHigh += high + carry
}

// Add adds o to m.
func (m *Moments) Add(o *Moments) {
	m.Left += o.Left
	var carry uint64
	m.sumLow, carry = bits.Add64(m.sumLow, o.sumLow, 0)
	m.sumHigh += o.sumHigh + carry
	m.squareLow, carry = bits.Add64(m.squareLow, o.squareLow, 0)
	m.squareHigh += o.squareHigh + carry
}

// Sub undoes Add.
func (m *Moments) Sub(o *Moments) {
	m.Left -= o.Left
	var borrow uint64
	m.sumLow, borrow = bits.Sub64(m.sumLow, o.sumLow, 0)
	m.sumHigh -= o.sumHigh + borrow
	m.squareLow, borrow = bits.Sub64(m.squareLow, o.squareLow, 0)
	m.squareHigh -= o.squareHigh + borrow
}

// meanAndSquares returns the mean of z and the sum of (z - mean)^2, both in
// units of z, of n > 0 values.
func (m *Moments) meanAndSquares(n uint64) (mean, squares float64) {
	count := float64(n)
	pivot := int64(math.Round(signed(m.sumHigh, m.sumLow) / count))

	// Around the pivot, an integer next to the mean, both sums are exact and
	// nothing cancels any more: S - n*p, and Q - 2p*S + n*p*p. Arithmetic
	// modulo 2^128 will do, since the results fit.
	nHigh, nLow := multiply(0, n, pivot)
	low, borrow := bits.Sub64(m.sumLow, nLow, 0)
	rest := signed(m.sumHigh-nHigh-borrow, low) / count

	aHigh, aLow := multiply(m.sumHigh, m.sumLow, -2*pivot)
	bHigh, bLow := multiply(nHigh, nLow, pivot)
	low, carry := bits.Add64(m.squareLow, aLow, 0)
	high := m.squareHigh + aHigh + carry
	low, carry = bits.Add64(low, bLow, 0)
	high += bHigh + carry

	squares = signed(high, low) - count*rest*rest
	return (float64(pivot) + rest) / zUnit, max(squares, 0) / (zUnit * zUnit)
}

// multiply returns a*b modulo 2^128, in two's complement.
func multiply(aHigh, aLow uint64, b int64) (high, low uint64) {
	high, low = bits.Mul64(aLow, uint64(b))
	return high + aHigh*uint64(b) + aLow*uint64(b>>63), low
}

// signed is the value of a two's complement integer, rounded.
func signed(high, low uint64) float64 {
	if int64(high) >= 0 {
		return math.Ldexp(float64(high), 64) + float64(low)
	}
	low, borrow := bits.Sub64(0, low, 0)
	return -(math.Ldexp(float64(-high-borrow), 64) + float64(low))
}

// Extremes are the least and the greatest value. They can be merged but not
// subtracted.
type Extremes struct {
	Min, Max float64
	Seen     bool // false: no value yet, Min and Max mean nothing
}

// Observe takes in one finite value. A -0 counts as 0: which of two equal ones
// is kept would else depend on the order.
func (x *Extremes) Observe(v float64) {
	v += 0
	if !x.Seen {
		*x = Extremes{v, v, true}
		return
	}
	if v < x.Min {
		x.Min = v
	}
	if v > x.Max {
		x.Max = v
	}
}

// Merge takes in all that o has seen.
func (x *Extremes) Merge(o Extremes) {
	if o.Seen {
		x.Observe(o.Min)
		x.Observe(o.Max)
	}
}
