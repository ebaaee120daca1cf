package stats

import (
	"math"
	"slices"
)

// Base is a reference's profile of one feature, prepared once and then compared
// with many windows. It is not changed by comparing and is safe for concurrent
// use.
type Base struct {
	// NewRate is the share of values that are expected to be unseen ones
	// although nothing has changed: Good and Turing's singletons / values of
	// the reference. Reference.Base sets it, NewBase leaves it 0.
	NewRate float64
	// Baseline is how much the feature varies by itself. Reference.Base sets it
	// for all rows, where the profile has one; NewBase leaves it zero.
	Baseline Baseline

	ref    Profile
	rows   uint64
	values uint64
	bins   []bin     // value bins of a numeric feature
	cdf    []float64 // share of numeric values up to each cut

	mean, std float64
	iqr       float64
	spread    float64 // what quantile shifts are divided by
	quantiles         // of the reference
	// What wasserstein covers ends at these cuts.
	tailBelow, tailAbove int
}

type quantiles struct{ p01, p05, p50, p95, p99 float64 }

// NewBase prepares a reference profile. It must not be changed while the Base
// is in use. The zero Profile, or one without rows, stands for no reference:
// statistics that need one are then NaN.
//
// The bins that PSI uses of a numeric feature are those of its edges; with own
// set, as for a segment, whose deciles are others, they are its cells merged into
// ten bins of nearly equal mass, and a cell of a single value that holds a tenth
// or more is a bin of its own.
func NewBase(ref Profile, own bool) *Base {
	b := &Base{ref: ref, rows: ref.Rows(), values: ref.Values()}
	if b.rows == 0 || ref.Edges.Kind != Numeric {
		return b
	}
	at := ref.Edges.BinEnds
	if own {
		at = alone(evenly(ref.Cells[NoValues:], b.values), ref)
	}
	b.bins = split(at, len(ref.Edges.Cuts)+1)
	b.cdf = cumulate(nil, ref.Cells[NoValues:])
	b.mean, b.std = ref.Mean(), ref.Std()
	b.quantiles = quantiles{ref.Quantile(0.01), ref.Quantile(0.05), ref.Quantile(0.5), ref.Quantile(0.95), ref.Quantile(0.99)}
	b.iqr = ref.Quantile(0.75) - ref.Quantile(0.25)
	b.spread = b.iqr
	if b.spread == 0 {
		b.spread = b.p95 - b.p05
	}
	b.tailBelow, b.tailAbove = tails(b.cdf, b.values)
	return b
}

// alone adds the cuts on both sides of each cell of a single value that holds
// more than a tenth of the values.
func alone(at []int, ref Profile) []int {
	total := ref.Values()
	for i, n := range ref.Cells[NoValues:] {
		if ref.Edges.singles[i] && n > total/heavy {
			at = append(at, i-1, i)
		}
	}
	slices.Sort(at)
	return slices.Compact(at)
}

// evenly chooses at most 9 cuts that split the cells into parts of nearly equal
// mass: for each tenth the cut whose share below is nearest to it. Where a
// value holds the first tenths, that is the cut just below it.
func evenly(cells []uint64, total uint64) []int {
	if total == 0 {
		return nil
	}
	var at []int
	best, bestMass := 0, cells[0]
	cut, mass := 0, cells[0]
	for tenth := 1; tenth < 10; tenth++ {
		off := func(n uint64) float64 { return math.Abs(float64(n) - float64(tenth)/10*float64(total)) }
		for ; cut < len(cells)-1 && off(mass) <= off(bestMass); cut++ {
			// Of equally good cuts the first, and below all mass the last:
			// that makes the bin which holds the mass the narrowest.
			if off(mass) < off(bestMass) || mass == 0 {
				best, bestMass = cut, mass
			}
			mass += cells[cut+1]
		}
		if len(cells) > 1 && (len(at) == 0 || at[len(at)-1] != best) {
			at = append(at, best)
		}
	}
	return at
}

// split makes the bins of n cells that end at the cuts given.
func split(at []int, n int) []bin {
	bins := make([]bin, 0, len(at)+1)
	from := 0
	for _, cut := range at {
		bins = append(bins, bin{NoValues + from, NoValues + cut + 1})
		from = cut + 1
	}
	return append(bins, bin{NoValues + from, NoValues + n})
}

// cumulate appends to dst the share of values up to each cut: one number for
// each cell but the last, or none where there are no values.
func cumulate(dst []float64, cells []uint64) []float64 {
	total := float64(sum(cells))
	if total == 0 {
		return dst
	}
	var below uint64
	for _, n := range cells[:len(cells)-1] {
		below += n
		dst = append(dst, float64(below)/total)
	}
	return dst
}

func ratio(part, all uint64) float64 { return quotient(float64(part), float64(all)) }

// quotient is x/y, undefined where y is 0 and where it overflows.
func quotient(x, y float64) float64 {
	if y == 0 {
		return math.NaN()
	}
	return finite(x / y)
}

// finite makes what overflowed undefined.
func finite(x float64) float64 {
	if math.IsInf(x, 0) {
		return math.NaN()
	}
	return x
}
