package stats_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"driftwatch/stats"

	"gonum.org/v1/gonum/stat/distuv"
)

// Rows are not drawn one by one: only how many of them fall into each cell
// matters, which is multinomial, and drawn cell by cell.

// multinomial draws how n rows fall into cells of these masses, which need not
// add up to 1.
func multinomial(r *rand.Rand, dst []uint64, n uint64, masses []float64) {
	var left float64
	for _, p := range masses {
		left += p
	}
	for i, p := range masses {
		var k uint64
		switch {
		case n == 0 || p <= 0:
		case p >= left || i == len(masses)-1:
			k = n
		default:
			k = binomial(r, n, p/left)
		}
		dst[i], n, left = k, n-k, left-p
	}
}

// binomial draws the number of n trials that succeed: by inversion where few do,
// else by transformed rejection (Hoermann, Journal of Statistical Computation
// and Simulation 46, 1993, algorithm BTRS).
func binomial(r *rand.Rand, n uint64, p float64) uint64 {
	if p > 0.5 {
		return n - binomial(r, n, 1-p)
	}
	trials := float64(n)
	if trials*p < 10 {
		odds, u := p/(1-p), r.Float64()
		weight := math.Exp(trials * math.Log1p(-p))
		for k := uint64(0); ; k++ {
			u -= weight
			if u < 0 || k == n {
				return k
			}
			weight *= (trials - float64(k)) / float64(k+1) * odds
		}
	}
	spread := math.Sqrt(trials * p * (1 - p))
	b := 1.15 + 2.53*spread
	a := -0.0873 + 0.0248*b + 0.01*p
	center, alpha := trials*p+0.5, (2.83+5.1/b)*spread
	quick := 0.92 - 4.2/b
	mode := math.Floor((trials + 1) * p)
	for {
		u, v := r.Float64()-0.5, r.Float64()
		us := 0.5 - math.Abs(u)
		k := math.Floor((2*a/us+b)*u + center)
		if us >= 0.07 && v <= quick {
			return uint64(k)
		}
		if k < 0 || k > trials {
			continue
		}
		gamma := func(x float64) float64 { y, _ := math.Lgamma(x + 1); return y }
		bound := gamma(mode) + gamma(trials-mode) - gamma(k) - gamma(trials-k) + (k-mode)*math.Log(p/(1-p))
		if math.Log(v*alpha/(a/(us*us)+b)) <= bound {
			return uint64(k)
		}
	}
}

// world is a distribution, the edges of a feature, and a way to draw what a
// reference counts and the masses that its cells truly have.
type world struct {
	edges *stats.Edges
	// reference sets the counts, and the true masses, of the value cells.
	reference func(r *rand.Rand, counts []uint64, masses []float64)
}

// continuous is any continuous distribution: what the quantiles of n rows of one
// cut off does not depend on it. The counts between them are always the same,
// and the true masses have a Dirichlet distribution, which a cut at rank k of n
// divides k to n+1-k.
func continuous(n, resolution int) world {
	values := ladder(1, n+1)
	w := world{edges: stats.NewNumeric("x", values, resolution)}
	counts := numericProfile(w.edges, values, 0).Cells[stats.NoValues:]
	w.reference = func(r *rand.Rand, dst []uint64, masses []float64) {
		copy(dst, counts)
		var total float64
		for i := range masses {
			low, high := 0.0, float64(n+1)
			if i > 0 {
				low = max(w.edges.Cuts[i-1], 0)
			}
			if i < len(w.edges.Cuts) {
				high = w.edges.Cuts[i]
			}
			masses[i] = 0
			if high > low {
				masses[i] = distuv.Gamma{Alpha: high - low, Beta: 1, Src: r}.Rand()
			}
			total += masses[i]
		}
		for i := range masses {
			masses[i] /= total
		}
	}
	return w
}

// tied is a distribution of a few heavy values and what lies between: it is given
// by the weights of the values 1, 1.5, 2, 2.5 and so on.
func tied(n int, weights ...float64) world {
	var values []float64
	for i, w := range weights {
		values = append(values, slices.Repeat([]float64{1 + float64(i)/2}, int(math.Ceil(w*10_000)))...)
	}
	w := world{edges: stats.NewNumeric("x", values, 200)}
	at := make([]int, len(weights))
	for i := range weights {
		at[i] = w.edges.Number(1+float64(i)/2) - stats.NoValues
	}
	drawn := make([]uint64, len(weights))
	w.reference = func(r *rand.Rand, counts []uint64, masses []float64) {
		clear(counts)
		clear(masses)
		multinomial(r, drawn, uint64(n), weights)
		for i, k := range drawn {
			counts[at[i]] += k
			masses[at[i]] += weights[i]
		}
	}
	return w
}

const dictionary = 100 // categories in it

// zipf is a column of so many categories with frequencies 1/rank^1.1, 0 for
// equally frequent ones. The dictionary has those that the reference happens to
// have most often; moved is the part of the most frequent one that becomes
// another value, a new one, afterwards.
func zipf(n, categories int, exponent, moved float64) world {
	// Beyond rank 1,000 no category comes into the dictionary: it is expected
	// less than once in 10,000 rows, and 1/8 as often as the last one there.
	ranks := min(categories, 1000)
	weights := make([]float64, ranks+1)
	var total float64
	for i := range categories {
		w := math.Pow(float64(i+1), -exponent)
		weights[min(i, ranks)] += w
		total += w
	}
	for i := range weights {
		weights[i] /= total
	}
	size := min(categories, dictionary)
	w := world{edges: dictionaryEdges(size, categories > size)}
	drawn, order := make([]uint64, ranks+1), make([]uint64, ranks)
	w.reference = func(r *rand.Rand, counts []uint64, masses []float64) {
		multinomial(r, drawn, uint64(n), weights)
		for i, k := range drawn[:ranks] {
			order[i] = k<<16 | uint64(i)
		}
		slices.SortFunc(order, func(a, b uint64) int { return int(int64(b>>16) - int64(a>>16)) })
		clear(counts)
		clear(masses)
		left, mass := uint64(n), 1.0
		for code, o := range order[:size] {
			rank := o & 0xffff
			counts[code], masses[code] = o>>16, weights[rank]
			left, mass = left-counts[code], mass-masses[code]
			if rank == 0 {
				masses[code] *= 1 - moved
			}
		}
		counts[size], masses[size] = left, max(mass, 0)
		masses[size+1] = moved * weights[0]
	}
	return w
}

// dictionaryEdges has so many categories, and one beyond where there are more.
func dictionaryEdges(size int, more bool) *stats.Edges {
	counts := map[string]uint64{}
	for i := range size {
		counts[fmt.Sprintf("%04d", i)] = 2
	}
	if more {
		counts["rare"] = 1
	}
	return stats.NewCategorical("x", counts, size)
}
