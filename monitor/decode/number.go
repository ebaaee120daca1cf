package decode

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
	"unsafe"
)

// number is a literal's absolute value, mant · 10^exp. Where it has more than
// maxDigits digits mant has overflowed and means nothing.
//
// A struct of more than four fields would not be kept in registers.
type number struct {
	mant        uint64
	exp, digits int
	integer     bool
}

// maxDigits is how many decimal digits always fit into a uint64.
const maxDigits = 19

// scanNumber reads the number that begins at i. Most have no more than seven digits
// on either side of the point: those are found and read eight bytes at a time, without
// a branch that depends on how many there are.
func scanNumber(b []byte, i int) (n number, end int) {
	if b[i] == '-' {
		i++
	}
	if len(b)-i < 8 {
		return scanLong(b, i)
	}
	whole := digits8(b[i:])
	k := whole.count
	if k == 0 || k == 8 || k > 1 && b[i] == '0' {
		return scanLong(b, i)
	}
	n = number{mant: whole.value, digits: k, integer: true}
	i += k
	if b[i] == '.' {
		if len(b)-i < 9 {
			return scanLong(b, i-k)
		}
		part := digits8(b[i+1:])
		if part.count == 0 || part.count == 8 {
			return scanLong(b, i-k)
		}
		n.mant = n.mant*pow10[part.count] + part.value
		n.digits += part.count
		n.exp, n.integer = -part.count, false
		if i += 1 + part.count; i == len(b) {
			return n, i
		}
	}
	if b[i]|0x20 == 'e' {
		n.integer = false
		return n.scanExponent(b, i+1)
	}
	return n, i
}

// run is how many digits something begins with, and their value.
type run struct {
	count int
	value uint64
}

// digits8 looks at the first eight bytes of b. See D. Lemire, "Quickly parsing eight
// digits" (2018), for the sum: the digits become pairs, fours and eight in a word.
func digits8(b []byte) run {
	x := binary.LittleEndian.Uint64(b) ^ '0'*each
	other := ((x &^ (0x80 * each)) + (0x7f-9)*each | x) & (0x80 * each) // the top bit of what is no digit
	count := bits.TrailingZeros64(other) &^ 7                           // bits of the digits
	x <<= (64 - count) & 63                                             // zeros before them; at 64 there is no shift, and at 0 no digit
	x = x*10 + x>>8
	const pairs = 0xff000000ff
	x = ((x&pairs)*(100+1000000<<32) + (x>>16&pairs)*(1+10000<<32)) >> 32
	return run{count / 8, x}
}

// scanLong is scanNumber for any number, behind its sign.
func scanLong(b []byte, i int) (n number, end int) {
	start := i
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		n.mant = n.mant*10 + uint64(b[i]-'0')
	}
	n.digits = i - start
	if n.digits == 0 || n.digits > 1 && b[start] == '0' {
		return n, -1
	}
	n.integer = true
	if i < len(b) && b[i] == '.' {
		i++
		start = i
		for ; i < len(b) && b[i]-'0' <= 9; i++ {
			n.mant = n.mant*10 + uint64(b[i]-'0')
		}
		if i == start {
			return n, -1
		}
		n.digits += i - start
		n.exp = start - i
		n.integer = false
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		n.integer = false
		return n.scanExponent(b, i+1)
	}
	return n, i
}

// scanExponent reads what follows the 'e'.
func (n number) scanExponent(b []byte, i int) (number, int) {
	negative := i < len(b) && b[i] == '-'
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		i++
	}
	start, exp := i, 0
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		if exp < 10000 { // enough for every float64, and no overflow
			exp = exp*10 + int(b[i]-'0')
		}
	}
	if i == start {
		return n, -1
	}
	if negative {
		exp = -exp
	}
	n.exp += exp
	return n, i
}

// float is the float64 nearest to n, bit for bit that of strconv.ParseFloat on
// its literal; false if it overflows.
func (n number) float(literal []byte) (f float64, ok bool) {
	switch {
	case n.digits > maxDigits || n.exp > 0 || n.exp < -maxDigits:
		// ParseFloat does not keep its argument.
		f, err := strconv.ParseFloat(unsafe.String(&literal[0], len(literal)), 64)
		return f, err == nil
	case n.mant < 1<<53:
		f = float64(n.mant) / float64(pow10[-n.exp])
	default:
		f = quotient(n.mant, -n.exp)
	}
	if literal[0] == '-' {
		f = -f
	}
	return f, true
}

// quotient is the float64 nearest to m / 10^k, 0 <= k <= maxDigits.
//
// With both sides shifted left until their top bits are set the quotient of
// the integers has 63 or 64 bits, more than the 53 of a float64 and one to
// round by; the remainder only matters in being zero or not, which is kept in
// the last bit. The conversion then rounds once, and the scaling by a power of
// two is exact.
func quotient(m uint64, k int) float64 {
	d := pow10[k]
	up, down := bits.LeadingZeros64(d), bits.LeadingZeros64(m)
	m <<= down
	q, rem := bits.Div64(m>>1, m<<63, d<<up)
	if rem != 0 {
		q |= 1
	}
	return float64(q) * math.Float64frombits(uint64(1023-63+up-down)<<52)
}

var pow10 = [maxDigits + 1]uint64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}
