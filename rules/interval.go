package rules

import "math"

// interval is the numbers from lo to hi, without an end that is open.
type interval struct {
	lo, hi         float64
	openLo, openHi bool
}

func anyNumber() interval          { return interval{lo: math.Inf(-1), hi: math.Inf(1)} }
func point(x float64) interval     { return interval{lo: x, hi: x} }
func (a interval) isPoint() bool   { return a.lo == a.hi && !a.openLo && !a.openHi }
func (a interval) empty() bool     { return a.lo > a.hi || a.lo == a.hi && (a.openLo || a.openHi) }
func (a interval) minus() interval { return interval{-a.hi, -a.lo, a.openHi, a.openLo} }

func (a interval) and(b interval) interval {
	switch {
	case b.lo > a.lo:
		a.lo, a.openLo = b.lo, b.openLo
	case b.lo == a.lo:
		a.openLo = a.openLo || b.openLo
	}
	switch {
	case b.hi < a.hi:
		a.hi, a.openHi = b.hi, b.openHi
	case b.hi == a.hi:
		a.openHi = a.openHi || b.openHi
	}
	return a
}

func (a interval) plus(b interval) interval {
	return interval{a.lo + b.lo, a.hi + b.hi, a.openLo || b.openLo, a.openHi || b.openHi}
}

// times and over are for a b that is one number, and not 0; else they know nothing.
func (a interval) times(b interval) interval {
	if a.isPoint() {
		a, b = b, a
	}
	switch {
	case !b.isPoint() || b.lo == 0:
		return anyNumber()
	case b.lo < 0:
		return a.minus().times(point(-b.lo))
	}
	return interval{a.lo * b.lo, a.hi * b.lo, a.openLo, a.openHi}
}

func (a interval) over(b interval) interval {
	switch {
	case !b.isPoint() || b.lo == 0:
		return anyNumber()
	case b.lo < 0:
		return a.minus().over(point(-b.lo))
	}
	return interval{a.lo / b.lo, a.hi / b.lo, a.openLo, a.openHi}
}

// where is the part of a for which a comparison with some number of b can hold.
func (a interval) where(operator string, b interval) interval {
	switch operator {
	case ">":
		return a.and(interval{b.lo, math.Inf(1), true, false})
	case ">=":
		return a.and(interval{b.lo, math.Inf(1), b.openLo, false})
	case "<":
		return a.and(interval{math.Inf(-1), b.hi, false, true})
	case "<=":
		return a.and(interval{math.Inf(-1), b.hi, false, b.openHi})
	case "==":
		return a.and(b)
	}
	if a.isPoint() && b.isPoint() && a.lo == b.lo { // !=
		return interval{lo: 1}
	}
	return a
}
