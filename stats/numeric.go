package stats

import (
	"math"
	"slices"
)

const (
	maxResolution = 4096
	// maxCuts bounds what is read from a file. It is more than the at most
	// 3*maxResolution+25 that NewNumeric makes.
	maxCuts = 4 * maxResolution
	// heavy is the part of the values, 1/heavy, from which on one of them is a
	// bin of its own for PSI too.
	heavy = 10
	// maxBinEnds is the most that NewNumeric makes: the deciles, and a cut
	// below each.
	maxBinEnds = 18
)

// NewNumeric builds the edges of a numeric feature from its sorted finite
// values, of which there may be none. The cuts are the quantiles i/resolution
// (resolution is taken into 10..4096), the 20-quantiles, among them the deciles,
// and the 0.1, 1, 99 and 99.9 % quantiles, all as numpy.quantile computes them.
// A value heavier than 1/resolution gets a cell of its own, by a cut just below
// it and one at it; where there are at most resolution distinct values each
// gets one, and the quantiles i/resolution are not needed. 0 has one in any case,
// so that zeros and negative numbers are counted exactly.
//
// The bins of PSI end at the deciles. A value that holds more than a tenth of
// all is a bin of its own: they then end just below it as well, as values that
// fall below the lowest decile would else be in its bin, unseen.
func NewNumeric(name string, sorted []float64, resolution int) *Edges {
	resolution = min(max(resolution, 10), maxResolution)
	e := &Edges{Name: name, Kind: Numeric, Cuts: cuts(sorted, resolution), Scale: 1}
	if len(sorted) > 0 {
		e.BinEnds = binEnds(sorted, e.Cuts)
		e.Center, e.Scale = meanAndScale(sorted)
	}
	e.prepare()
	return e
}

func binEnds(sorted, cuts []float64) []int {
	var ends []int
	for i := 1; i < 10; i++ {
		decile := quantile(sorted, float64(i)/10)
		at, _ := slices.BinarySearch(cuts, decile)
		ends = append(ends, at)
		from, _ := slices.BinarySearch(sorted, decile)
		to, _ := slices.BinarySearch(sorted, math.Nextafter(decile, math.Inf(1)))
		if at > 0 && (to-from)*heavy > len(sorted) && cuts[at-1] == below(decile) {
			ends = append(ends, at-1)
		}
	}
	slices.Sort(ends)
	return slices.Compact(ends)
}

func cuts(sorted []float64, k int) []float64 {
	cuts := []float64{below(0), 0}
	if len(sorted) == 0 {
		return cuts
	}
	at := []float64{0.001, 0.01, 0.99, 0.999}
	for i := 1; i < 20; i++ {
		at = append(at, float64(i)/20)
	}
	distinct := 1
	for i := 1; i < len(sorted); i++ {
		if sorted[i] != sorted[i-1] {
			distinct++
		}
	}
	if distinct > k {
		for i := 1; i < k; i++ {
			at = append(at, float64(i)/float64(k))
		}
	}
	for _, q := range at {
		cuts = append(cuts, quantile(sorted, q))
	}
	for from := 0; from < len(sorted); {
		v, to := sorted[from], from+1
		for to < len(sorted) && sorted[to] == v {
			to++
		}
		if distinct <= k || (to-from)*k > len(sorted) {
			cuts = append(cuts, below(v), v+0) // +0 makes -0 a 0
		}
		from = to
	}
	slices.Sort(cuts)
	return slices.DeleteFunc(slices.Compact(cuts), func(c float64) bool { return math.IsInf(c, 0) })
}

// below returns the greatest float64 less than v.
func below(v float64) float64 { return math.Nextafter(v, math.Inf(-1)) }

// quantile is numpy.quantile(sorted, q, method="linear"), to the last bit.
func quantile(sorted []float64, q float64) float64 {
	at := float64(len(sorted)-1) * q
	i := int(at)
	return lerp(sorted[i], sorted[min(i+1, len(sorted)-1)], at-float64(i)) + 0
}

// lerp interpolates from a to b the way NumPy does. The conversions keep the
// compiler from fusing operations, which would round differently by machine.
func lerp(a, b, t float64) float64 {
	d := b - a
	switch {
	case math.IsInf(d, 0):
		return float64(a*(1-t)) + float64(b*t)
	case t < 0.5:
		return a + float64(d*t)
	default:
		return b - float64(d*(1-t))
	}
}

// meanAndScale returns mean and standard deviation (n-1) without overflow, and
// 1 for a deviation too small to divide by.
func meanAndScale(xs []float64) (mean, sd float64) {
	n := float64(len(xs))
	for _, x := range xs {
		mean += x / n
	}
	var most float64
	for _, x := range xs {
		most = max(most, math.Abs(x/2-mean/2))
	}
	var squares float64
	for _, x := range xs {
		if most > 0 {
			d := (x/2 - mean/2) / most
			squares += d * d
		}
	}
	sd = 2 * most * math.Sqrt(squares/max(n-1, 1))
	if xs[0] == xs[len(xs)-1] {
		return xs[0] + 0, 1 // where rounding alone would make a deviation
	}
	if math.IsInf(zUnit/sd, 0) || math.IsInf(sd, 0) {
		return mean, 1
	}
	return mean, sd
}

// Number returns the cell of x: NoValues plus the number of cuts below it
// (numpy.searchsorted, side="left"), or Invalid for NaN and the infinities.
func (e *Edges) Number(x float64) int {
	if x-x != 0 {
		return Invalid
	}
	return NoValues + e.grid.search(x)
}

// Z returns z = (x-Center)/Scale in units of 2^-20, rounded to even, and false
// where |z| > 2^20 or x is not finite.
func (e *Edges) Z(x float64) (z int64, ok bool) {
	t := (x - e.Center) * e.perZ
	if !(t <= zLimit && t >= -zLimit) {
		return 0, false
	}
	return roundZ(t), true
}
