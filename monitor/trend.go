package monitor

import (
	"cmp"
	"math"
	"slices"
)

// Of so few numbers the ranks can agree with the order by chance.
const trendLength = 8

// Trending says that numbers in the order of time rise, or fall, most of the way:
// Spearman's rank correlation with the time is above 0.8 or below -0.8. Numbers
// that are not (NaN) are left out. What only goes up and down with the hour is
// not trending, where there is a day of it or more.
func Trending(xs []float64) bool {
	xs = slices.DeleteFunc(slices.Clone(xs), math.IsNaN)
	n := float64(len(xs))
	if len(xs) < trendLength {
		return false
	}
	ranks := ranksOf(xs)
	var product, square float64
	for i, r := range ranks {
		t := float64(i) - (n-1)/2
		product += t * (r - (n-1)/2)
		square += (r - (n-1)/2) * (r - (n-1)/2)
	}
	times := n * (n*n - 1) / 12
	return square > 0 && math.Abs(product/math.Sqrt(square*times)) > 0.8
}

// ranksOf are the ranks from 0, of equal numbers their mean.
func ranksOf(xs []float64) []float64 {
	order := make([]int, len(xs))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(xs[a], xs[b]) })
	ranks := make([]float64, len(xs))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && xs[order[j]] == xs[order[i]] {
			j++
		}
		for _, at := range order[i:j] {
			ranks[at] = float64(i+j-1) / 2
		}
		i = j
	}
	return ranks
}
