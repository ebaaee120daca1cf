package monitor

import "math"

// decimal is a decimal literal, ± mant · 10^exp and, if more is set, something
// less than 10^exp besides.
type decimal struct {
	negative, more bool
	mant           uint64
	digits         int // of mant, without leading zeros
	exp            int
}

// maxDecimalDigits always fit into a uint64, and into no time in milliseconds.
const maxDecimalDigits = 19

// parseDecimal reads [-]digits[.digits][e[+-]digits].
func parseDecimal(b []byte) (d decimal, ok bool) {
	if len(b) > 0 && b[0] == '-' {
		d.negative = true
		b = b[1:]
	}
	n := d.append(b, 1)
	if n == 0 {
		return d, false
	}
	b = b[n:]
	if len(b) > 0 && b[0] == '.' {
		if n = d.append(b[1:], 0); n == 0 {
			return d, false
		}
		b = b[1+n:]
	}
	if len(b) == 0 {
		return d, true
	}
	if b[0]|0x20 != 'e' {
		return d, false
	}
	exp, ok := parseExponent(b[1:])
	d.exp += exp
	return d, ok
}

// append takes the digits that b begins with and returns how many they are.
// Each that is left out for lack of room adds dropped to the exponent, each
// other one dropped-1.
func (d *decimal) append(b []byte, dropped int) int {
	for i, c := range b {
		c -= '0'
		switch {
		case c > 9:
			return i
		case d.digits == maxDecimalDigits:
			d.more = d.more || c != 0
			d.exp += dropped
			continue
		}
		d.mant = d.mant*10 + uint64(c)
		if d.mant > 0 {
			d.digits++
		}
		d.exp += dropped - 1
	}
	return len(b)
}

func parseExponent(b []byte) (exp int, ok bool) {
	sign := 1
	if len(b) > 0 && (b[0] == '+' || b[0] == '-') {
		if b[0] == '-' {
			sign = -1
		}
		b = b[1:]
	}
	for _, c := range b {
		if c -= '0'; c > 9 {
			return 0, false
		}
		if exp < 1e8 { // beyond any number of digits; more would overflow
			exp = exp*10 + int(c)
		}
	}
	return sign * exp, len(b) > 0
}

// magnitude is the least n for which |d| < 10^n, 0 for zero.
func (d decimal) magnitude() int {
	if d.mant == 0 {
		return 0
	}
	return d.digits + d.exp
}

// floor is d · 10^places rounded down. Beyond the times there can be it is
// any number that is also beyond them.
func (d decimal) floor(places int) int64 {
	q, more := d.mant, d.more
	exp := d.exp + places
	for ; exp < 0 && q > 0; exp++ {
		more = more || q%10 != 0
		q /= 10
	}
	for ; exp > 0 && q > 0 && q <= maxTime; exp-- {
		q *= 10
	}
	ms := int64(min(q, maxTime+1))
	if !d.negative {
		return ms
	}
	if more {
		ms++
	}
	return -ms
}

// float is d nearly: to about the last of the digits that a float64 has.
func (d decimal) float() float64 {
	if d.mant == 0 {
		return 0 // whatever the exponent
	}
	x := float64(d.mant) * math.Pow10(d.exp)
	if d.negative {
		return -x
	}
	return x
}
