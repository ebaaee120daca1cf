package stats_test

import (
	"math"
	"slices"
	"testing"

	"driftwatch/stats"
)

// The empty stretch between 0, where there is always a cut, and values far from
// it is no part of the distance.
func TestWassersteinFarFromZero(t *testing.T) {
	far := func(ties int) (values []float64) {
		for range ties {
			values = append(values, 1e6)
		}
		for i := range 1000 - ties {
			values = append(values, 1e6+float64(i*7919%997)/2+1)
		}
		return values
	}
	for name, sides := range map[string][2][]float64{
		"above":             {far(3), far(5)},
		"below":             {negated(far(3)), negated(far(5))},
		"a tie and a shift": {far(9), moved(far(9), 20)},
	} {
		ref, cur := sides[0], sides[1]
		e := stats.NewNumeric("x", sorted(ref), 200)
		c := stats.NewBase(numericProfile(e, ref, 0), false).Compare(numericProfile(e, cur, 0))
		exact := 0.0 // of as many values on both sides: the mean difference of the sorted ones
		a, b := sorted(ref), sorted(cur)
		for i := range a {
			exact += math.Abs(a[i]-b[i]) / float64(len(a))
		}
		if got := compute(t, c, "wasserstein"); math.Abs(got-exact) > 0.2+0.15*exact { // but for the tails
			t.Errorf("%s: %g, exactly %g", name, got, exact)
		}
	}
}

func negated(values []float64) []float64 {
	values = slices.Clone(values)
	for i := range values {
		values[i] = -values[i]
	}
	return values
}

func moved(values []float64, by float64) []float64 {
	values = slices.Clone(values)
	for i := range values {
		values[i] += by
	}
	return values
}
