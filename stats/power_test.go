package stats_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"driftwatch/stats"
)

// TestSees draws windows, value by value and not by our binning, that are
// the reference's changed by as much as Sees says, and by half of it: 9 of 10 of the former have
// psi_lo above the limit, and next to none of the latter.
func TestSees(t *testing.T) {
	const limit, windows = 0.1, 200
	// jump rounds to an integer up or down so that the mean is x.
	jump := func(r *rand.Rand, x float64) float64 {
		if below := math.Floor(x); r.Float64() < x-below {
			return below + 1
		}
		return math.Floor(x)
	}
	count := func(r *rand.Rand) float64 { return float64(binomial(r, 40, 0.3)) }
	flag := func(r *rand.Rand) float64 { return float64(binomial(r, 1, 0.3)) }
	shift := func(x float64, by float64, _ *rand.Rand) float64 { return x + by }
	for _, c := range []struct {
		name    string
		draw    func(*rand.Rand) float64
		shift   func(x, by float64, r *rand.Rand) float64
		missing float64
		rows    []int
	}{
		{"normal", (*rand.Rand).NormFloat64, shift, 0, []int{500, 3000, 10000}},
		{"normal, some missing", (*rand.Rand).NormFloat64, shift, 0.2, []int{1000}},
		{"log-normal", func(r *rand.Rand) float64 { return math.Exp(r.NormFloat64()) }, shift, 0, []int{1000, 10000}},
		{"uniform", (*rand.Rand).Float64, shift, 0, []int{1000}},
		{"counts", count, func(x, by float64, r *rand.Rand) float64 { return jump(r, x+by) }, 0, []int{1000}},
		// Only some of the zeros can become ones.
		{"flag", flag, func(x, by float64, r *rand.Rand) float64 {
			p := by * 1 / 0.7
			if by < 0 {
				p = -by / 0.3
			}
			if (by > 0) == (x == 0) && r.Float64() < p {
				return 1 - x
			}
			return x
		}, 0, []int{1000}},
		{"amounts and zeros", func(r *rand.Rand) float64 {
			if r.Float64() < 0.3 {
				return 0
			}
			return 50 + 10*r.NormFloat64()
		}, func(x, by float64, _ *rand.Rand) float64 {
			if x == 0 {
				return 0
			}
			return x + by/0.7
		}, 0, []int{3000}},
	} {
		for _, n := range c.rows {
			r := rand.New(rand.NewPCG(1, uint64(n)))
			var values []float64
			for range 20_000 {
				values = append(values, c.draw(r))
			}
			slices.Sort(values)
			edges := stats.NewNumeric("x", values, 200)
			ref := numericProfile(edges, values, uint64(20_000*c.missing))
			base := stats.NewBase(ref, false)
			size := base.Sees(uint64(n), limit)
			caught := func(size float64) (share float64) {
				for range windows {
					var now []float64
					missing := uint64(0)
					for range n {
						if r.Float64() < c.missing/(1+c.missing) {
							missing++
							continue
						}
						now = append(now, c.shift(values[r.IntN(len(values))], size*ref.Std(), r))
					}
					if base.Compare(numericProfile(edges, now, missing)).Stat("psi_lo") > limit {
						share += 1. / windows
					}
				}
				return share
			}
			up, down, half := caught(size), caught(-size), max(caught(size/2), caught(-size/2))
			t.Logf("%-22s %6d rows: %.3f sd, seen in %.2f up, %.2f down; half of it in %.2f", c.name, n, size, up, down, half)
			if worse := min(up, down); !(worse > 0.86 && worse < 0.98) || half > 0.3 {
				t.Errorf("%s, %d rows: %.3f sd is seen in %.2f and %.2f of windows, half of it in %.2f", c.name, n, size, up, down, half)
			}
		}
	}
}

// Likewise of categories: some rows of the most frequent one get another value.
func TestSeesOfCategories(t *testing.T) {
	const limit, windows, refRows = 0.1, 200, 20_000
	for _, c := range []struct {
		name    string
		weights []float64
		max     int
		missing uint64
		rows    []uint64
	}{
		{"three", []float64{5, 3, 2}, 100, 0, []uint64{500, 10_000}},
		{"three, some missing", []float64{5, 3, 2}, 100, 2000, []uint64{1000}},
		{"Zipf of 60", harmonic(60), 100, 0, []uint64{1000, 10_000}},
		{"Zipf of 500, most rare", harmonic(500), 50, 0, []uint64{3000}},
		{"one of two", []float64{0.97, 0.03}, 100, 0, []uint64{1000}},
	} {
		for _, n := range c.rows {
			r := rand.New(rand.NewPCG(2, n))
			counts, total := map[string]uint64{}, 0.0
			for _, w := range c.weights {
				total += w
			}
			for i, w := range c.weights {
				counts[strconv.Itoa(i)] = uint64(w / total * (refRows - float64(c.missing)))
			}
			edges := stats.NewCategorical("c", counts, c.max)
			ref := categoricalProfile(edges, counts, c.missing)
			base := stats.NewBase(ref, false)
			size := base.Sees(n, limit)
			caught := func(size float64) (share float64) {
				masses := make([]float64, len(ref.Cells))
				rest := float64(ref.Values() - ref.Cells[stats.NoValues])
				for i, k := range ref.Cells {
					masses[i] = float64(k)
					if i > stats.NoValues {
						masses[i] *= 1 + size*float64(ref.Rows())/rest
					}
				}
				masses[stats.NoValues] -= size * float64(ref.Rows())
				now := stats.Profile{Edges: edges, Cells: make([]uint64, len(ref.Cells))}
				for range windows {
					multinomial(r, now.Cells, n, normalised(masses))
					if base.Compare(now).Stat("psi_lo") > limit {
						share += 1. / windows
					}
				}
				return share
			}
			full, half := caught(size), caught(size/2)
			t.Logf("%-22s %6d rows: %.3f of the rows, seen in %.2f; half of it in %.2f", c.name, n, size, full, half)
			if !(full > 0.86 && full < 0.98) || half > 0.3 {
				t.Errorf("%s, %d rows: %.3f of the rows are seen in %.2f of windows, half of it in %.2f", c.name, n, size, full, half)
			}
		}
	}
}

func harmonic(n int) []float64 {
	weights := make([]float64, n)
	for i := range weights {
		weights[i] = 1 / float64(i+1)
	}
	return weights
}

func normalised(masses []float64) []float64 {
	total := 0.0
	for _, m := range masses {
		total += m
	}
	for i := range masses {
		masses[i] /= total
	}
	return masses
}

// Where there is nothing to see, or nothing that could be moved, it says so.
func TestSeesNothing(t *testing.T) {
	numbers := stats.NewNumeric("x", []float64{1, 2, 3}, 200)
	one := stats.NewNumeric("x", []float64{5, 5, 5}, 200)
	yes := stats.NewBoolean("b")
	onlyYes := stats.Profile{Edges: yes, Cells: make([]uint64, yes.Width())}
	onlyYes.Cells[stats.NoValues+1] = 5000
	text := stats.NewText("t")
	words := stats.Profile{Edges: text, Cells: make([]uint64, text.Width())}
	words.Cells[stats.NoValues] = 5000
	for name, c := range map[string]struct {
		ref   stats.Profile
		rows  uint64
		limit float64
		nan   bool
	}{
		"no reference":     {stats.Profile{}, 1000, 0.1, true},
		"no rows":          {numericProfile(numbers, ladder(1, 1000), 0), 0, 0.1, true},
		"text":             {words, 1000, 0.1, true},
		"one number":       {numericProfile(one, []float64{5, 5, 5}, 0), 1000, 0.1, true},
		"an absurd limit":  {numericProfile(numbers, ladder(1, 1000), 0), 1000, 1e6, true},
		"one of two":       {onlyYes, 1000, 0.1, false},
		"any shift at all": {numericProfile(numbers, ladder(1, 1000), 0), 1000, -1, false},
	} {
		if size := stats.NewBase(c.ref, false).Sees(c.rows, c.limit); math.IsNaN(size) != c.nan || size < 0 {
			t.Errorf("%s: %v", name, size)
		}
	}
}
