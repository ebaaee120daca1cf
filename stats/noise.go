package stats

import "math"

// noiseLaw is what PSI does without drift, by its first three cumulants. They
// add up over the bins.
type noiseLaw struct{ mean, variance, third float64 }

// smallBin is the number of rows, expected on the side that has fewer of them,
// from which on the chi-squared law holds for the term of a bin. Below it, the
// term's cumulants are computed exactly. Where there are no more than fewBins,
// PSI takes so few values that it is twice as many.
const (
	smallBin = 10
	fewBins  = 3
)

// mostStates is more than the numbers of rows that a small bin can have: with 20
// expected, 95 rows or more have a chance of 1e-29.
const mostStates = 96

// noise returns the laws of PSI without drift. The plain one is
//
//	PSI ~ (1/n + 1/m) chi2(B-1)
//
// (Yurdakul and Naranjo, Journal of Risk Model Validation 14, 2020). It takes
// all bins to be well filled. The term of a bin where next to no rows are
// expected is not small, though, since 1/2 is added to unequal sides: a bin with
// one row of 100,000 in the reference, and none of 100 now, adds 2.9 of the 1
// that a degree of freedom may. Such terms, of rare nulls or of the gaps between
// heavy values, once made 2 to 9 % of clean windows look drifted at the 1 %
// level. Hence the exact law: given how many rows the two sides together have in
// a bin, those of one side are hypergeometric, whatever the distribution is.
// Where no bin is small it is the plain one.
func (c *Comparison) noise() (law noiseLaw, small bool) {
	n, m := float64(c.base.rows), float64(c.rows)
	unit := 1/n + 1/m
	limit := float64(smallBin)
	if len(c.bins) <= fewBins {
		limit = 2 * smallBin
	}
	var freedom float64 // that bins which are not small have
	for i, r := range c.refCount {
		both := r + c.curCount[i]
		if share := both / (n + m); share*min(n, m) >= limit || len(c.bins) == 1 {
			freedom += 1 - share
			continue
		}
		small = true
		l := termLaw(both, min(n, m), max(n, m), float64(len(c.bins))/2)
		law.mean, law.variance, law.third = law.mean+l.mean, law.variance+l.variance, law.third+l.third
	}
	if !small {
		freedom = float64(len(c.bins) - 1) // the same, but for rounding
	}
	law.mean += freedom * unit
	law.variance += 2 * freedom * unit * unit
	law.third += 8 * freedom * unit * unit * unit
	return law, small
}

// termLaw returns the cumulants of the term of a bin that has so many rows on
// both sides together. half is B/2, what smoothing adds to the rows.
func termLaw(both, few, many, half float64) noiseLaw {
	var sum, s1, s2, s3 float64
	states(both, few, many, func(k, weight float64) {
		x := term(both, k, few, many, half)
		sum, s1, s2, s3 = sum+weight, s1+weight*x, s2+weight*x*x, s3+weight*x*x*x
	})
	mean, square, cube := s1/sum, s2/sum, s3/sum
	return noiseLaw{mean, max(square-mean*mean, 0), cube - 3*mean*square + 2*mean*mean*mean}
}

// term is what a bin adds to the PSI that has so many rows on both sides
// together, k of them on the side of few rows.
func term(both, k, few, many, half float64) float64 {
	p, q := (k+0.5)/(few+half), (both-k+0.5)/(many+half)
	return (p - q) * math.Log(p/q)
}

// states calls do with each number k of rows that a small bin can have on the
// side of few rows, of so many on both sides together: the hypergeometric
// distribution. Weights are relative to the first, as the ratio of one to the
// one before is simple. It ends where they no longer matter.
func states(both, few, many float64, do func(k, weight float64)) {
	expected := both * few / (few + many)
	k, weight, most := max(0, both-many), 1.0, 1.0
	for range mostStates {
		do(k, weight)
		weight *= (both - k) * (few - k) / ((k + 1) * (many - both + k + 1))
		k++
		most = max(most, weight)
		if !(weight > 0) || k > expected && weight < 1e-17*most {
			return
		}
	}
}

// fit returns the law shift + scale*chi2(freedom) that has the cumulants of l
// (Pearson, Biometrika 46, 1959). It needs a variance and a tail to the right.
func (l noiseLaw) fit() (shift, scale, freedom float64, ok bool) {
	// Less is what rounding leaves of a law that has no width.
	least := 1e-9 * l.mean * l.mean
	if !(l.variance > least) || !(l.third > least*l.mean) {
		return 0, 0, 0, false
	}
	scale = l.third / (4 * l.variance)
	freedom = l.variance / (2 * scale * scale)
	return l.mean - scale*freedom, scale, freedom, true
}
