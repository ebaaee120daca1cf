package stats_test

import (
	"fmt"
	"math"
	"math/rand/v2"

	"driftwatch/stats"

	"gonum.org/v1/gonum/mathext"
)

// drift is a change of a standard normal distribution: the share of values up to
// x now.
type drift struct {
	name string
	now  func(x, size float64) float64
}

func normal(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

func drifts() []drift {
	return []drift{
		{"shift", func(x, size float64) float64 { return normal(x - size) }},
		{"scale", func(x, size float64) float64 { return normal(x / (1 + size)) }},
		{"mixture", func(x, size float64) float64 { return (1-size)*normal(x) + size*normal((x-4)*2) }},
	}
}

// sized returns the size at which the PSI over deciles is psi, by bisection.
func (d drift) sized(psi float64) float64 {
	low, high := 0.0, 0.9
	for range 60 {
		middle := (low + high) / 2
		var got float64
		for i := range 10 {
			upTo := func(i int) float64 { return d.now(mathext.NormalQuantile(float64(i)/10), middle) }
			q := upTo(i+1) - upTo(i)
			got += (q - 0.1) * math.Log(q/0.1)
		}
		if got < psi {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// psiLo draws windows of a drift with that PSI, each with a reference of n rows,
// and returns the share of them where psi_lo is above the true PSI, and where it
// is above 0.1.
func (d drift) psiLo(psi float64, n int, rows uint64) (aboveTrue, aboveLimit float64) {
	w, size := continuous(n, 10), d.sized(psi)
	r := rand.New(rand.NewPCG(rows, uint64(n)))
	lo, _ := stats.Lookup("psi_lo")
	ref := stats.Profile{Edges: w.edges, Cells: make([]uint64, w.edges.Width())}
	cur := stats.Profile{Edges: w.edges, Cells: make([]uint64, w.edges.Width())}
	before := make([]float64, w.edges.Width()-stats.NoValues)
	now := make([]float64, len(before))
	var c stats.Comparison
	for range windows {
		w.reference(r, ref.Cells[stats.NoValues:], before)
		below, upTo := 0.0, 0.0
		for i, mass := range before {
			upTo = min(upTo+mass, 1)
			q := 1.0
			if upTo < 1 && i < len(before)-1 {
				q = d.now(mathext.NormalQuantile(upTo), size)
			}
			if upTo == 0 {
				q = 0
			}
			now[i], below = q-below, q
		}
		multinomial(r, cur.Cells[stats.NoValues:], rows, now)
		c.Reset(stats.NewBase(ref, false), cur)
		bound := lo.Compute(&c)
		if bound > truePSI(w.edges, before, now) {
			aboveTrue += 1.0 / windows
		}
		if bound > 0.1 {
			aboveLimit += 1.0 / windows
		}
	}
	return aboveTrue, aboveLimit
}

// truePSI is the PSI of the masses over the bins of the edges.
func truePSI(e *stats.Edges, before, now []float64) float64 {
	var psi, p, q float64
	end := 0
	for i := range before {
		p, q = p+before[i], q+now[i]
		last := i == len(before)-1
		if !last && (end == len(e.BinEnds) || i != e.BinEnds[end]) {
			continue
		}
		psi += (p - q) * math.Log(p/q)
		p, q, end = 0, 0, end+1
	}
	return psi
}

// coverageTable measures how often the lower bound is not one.
func coverageTable() table {
	m := table{
		title:  "Coverage: percent of windows of m rows where psi_lo is above the true PSI, by shift, by scale and by mixture.",
		corner: "true PSI, n, m =", heads: []string{"100", "1,000", "30,000"},
	}
	for _, psi := range []float64{0, 0.05, 0.1, 0.2} {
		for _, n := range []int{1000, 100_000} {
			l := line{label: fmt.Sprintf("%-5g %d", psi, n)}
			for _, rows := range []uint64{100, 1000, 30_000} {
				l.cells = append(l.cells, &cell{most: []float64{mostAbove}, measure: func() (shares []float64) {
					for _, d := range drifts() {
						above, _ := d.psiLo(psi, n, rows)
						shares = append(shares, above)
						if psi == 0 {
							break
						}
					}
					return shares
				}})
			}
			m.lines = append(m.lines, l)
		}
	}
	return m
}

// recommendedTable measures what the recommended rule does.
func recommendedTable() table {
	m := table{
		title:  "The recommended rule: percent of windows of m rows with psi_lo > 0.1, by shift, against 100,000 reference rows.",
		corner: "true PSI, m =", heads: []string{"500", "1,000", "3,000", "10,000"},
	}
	for _, psi := range []float64{0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5} {
		l := line{label: fmt.Sprint(psi)}
		for _, rows := range []uint64{500, 1000, 3000, 10_000} {
			most := 1.0
			if psi <= 0.1 {
				most = mostAbove
			}
			l.cells = append(l.cells, &cell{most: []float64{most}, measure: func() []float64 {
				_, above := drifts()[0].psiLo(psi, 100_000, rows)
				return []float64{above}
			}})
		}
		m.lines = append(m.lines, l)
	}
	return m
}
