package stats

import (
	"math"
	"strconv"
)

// Label names a cell for people: "(12.1, 14.9]", "<= 3", "> 40", "= 5", the
// category itself, "(rare)", "(unseen)", "(absent)" and so on. Numbers are
// rounded to 3 significant digits, so two labels may be equal.
func (e *Edges) Label(cell int) string {
	switch {
	case cell < NoValues:
		return [NoValues]string{"(absent)", "(null)", "(empty)", "(wrong type)", "(invalid)", "(sentinel)"}[cell]
	case e.Kind == Numeric:
		return e.interval(cell-NoValues, cell-NoValues+1)
	case cell < e.rare():
		return e.Values[cell-NoValues]
	case e.Kind == Text:
		return "(text)"
	case cell == e.rare():
		return "(rare)"
	default:
		return "(unseen)"
	}
}

// interval names the value cells from..to-1 of a numeric feature, counted from
// 0, taken together.
func (e *Edges) interval(from, to int) string {
	last := len(e.Cuts)
	switch {
	case from <= 0 && to > last:
		return "(any)"
	case from <= 0:
		limit, open := e.upper(to)
		if open {
			return "< " + limit
		}
		return "<= " + limit
	case to > last:
		// A cut just below a value, left of it, means that value and more.
		if e.singles[from] {
			return ">= " + short(e.Cuts[from])
		}
		return "> " + short(e.Cuts[from-1])
	case to == from+1 && e.singles[from]:
		return "= " + short(e.Cuts[from])
	}
	lower := "(" + short(e.Cuts[from-1])
	if e.singles[from] {
		lower = "[" + short(e.Cuts[from])
	}
	limit, open := e.upper(to)
	if open {
		return lower + ", " + limit + ")"
	}
	return lower + ", " + limit + "]"
}

// upper returns the upper limit of the value cells before to. It is open where
// the next cell holds a single value: the limit is then that value, not the
// number just below it.
func (e *Edges) upper(to int) (limit string, open bool) {
	if e.singles[to] {
		return short(e.Cuts[to]), true
	}
	return short(e.Cuts[to-1]), false
}

// short writes x with 3 significant digits: 12.1, 0.00123, 1.5e+06.
func short(x float64) string {
	if a := math.Abs(x); a >= 1000 && a < 1e6 {
		digits := math.Pow(10, math.Floor(math.Log10(a))-2)
		return strconv.FormatFloat(math.Round(x/digits)*digits, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'g', 3, 64)
}
