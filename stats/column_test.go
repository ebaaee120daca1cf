package stats_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"driftwatch/stats"
)

// Columns are counted as their values are one by one.
func TestColumns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		x := shapes(2000)[rapid.SampledFrom([]string{"normal", "pareto", "bimodal", "integers"}).Draw(t, "shape")]
		if rapid.Bool().Draw(t, "constant") {
			x = []float64{7, 7}
		}
		e := stats.NewNumeric("x", sorted(x), 200)
		l := stats.NewLayout([]*stats.Edges{stats.NewText("before"), e})
		n, segments := rapid.IntRange(0, 300).Draw(t, "rows"), rapid.IntRange(1, 5).Draw(t, "segments")
		want, got := make([]*stats.Counts, segments), make([]*stats.Counts, segments)
		for i := range want {
			want[i], got[i] = l.NewCounts(), l.NewCounts()
		}
		groups, cells, xs := make([]stats.Group, segments), make([]uint32, n), make([]float64, n)
		offset := uint32(l.Offsets[1])
		for i := range n {
			cells[i], xs[i] = offset+stats.Null, math.NaN()
			to := r.IntN(segments + 1)
			if to < segments {
				groups[to].In, groups[to].Rows = got[to], append(groups[to].Rows, int32(i))
			}
			switch r.IntN(10) {
			case 0:
				if to < segments {
					want[to].Cells[offset+stats.Null]++
				}
				continue
			case 1:
				xs[i] = []float64{math.Copysign(0, -1), 0, math.MaxFloat64, -math.MaxFloat64, 5e-324, e.Cuts[0], 1e300}[r.IntN(7)]
			case 2: // halfway between two that z can be rounded to
				xs[i] = e.Center + e.Scale*(float64(r.IntN(200))+0.5)/(1<<20)
			default:
				xs[i] = x[r.IntN(len(x))]
			}
			if to < segments {
				observe(l, want[to], 1, xs[i])
			}
		}
		e.Numbers(xs, cells, offset)
		l.Observe(1, groups, cells, xs)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v, want %+v", got, want)
		}
	})
}

func TestObserveCategories(t *testing.T) {
	l := stats.NewLayout([]*stats.Edges{stats.NewNumeric("x", nil, 10), stats.NewBoolean("b")})
	c, first := l.NewCounts(), uint32(l.Offsets[1])
	l.Observe(1, []stats.Group{{c, []int32{0, 2, 3}}}, []uint32{first, first, first + 7, first}, nil)
	if got := l.Profile(c, 1).Cells; !slices.Equal(got, []uint64{2, 0, 0, 0, 0, 0, 0, 1}) {
		t.Errorf("cells %v", got)
	}
}

// A dictionary tells texts from one another however alike they are.
func TestDictionary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alike := rapid.Custom(func(t *rapid.T) string {
			return strings.Repeat("a", rapid.IntRange(0, 20).Draw(t, "before")) + rapid.StringN(1, 2, -1).Draw(t, "middle") + strings.Repeat("a", rapid.IntRange(0, 20).Draw(t, "after"))
		})
		known := rapid.SliceOfNDistinct(alike, 0, 60, rapid.ID[string]).Draw(t, "known")
		counts := map[string]uint64{}
		for i, v := range known {
			counts[v] = uint64(len(known) - i)
		}
		most := rapid.IntRange(0, 60).Draw(t, "most")
		e := stats.NewCategorical("c", counts, most)
		for i, v := range known {
			if got, want := e.Category([]byte(v)), stats.NoValues+min(i, most); got != want {
				t.Fatalf("%q is in cell %d, want %d", v, got, want)
			}
		}
		other := alike.Draw(t, "other")
		if _, is := counts[other]; !is && e.Label(e.Category([]byte(other))) != "(unseen)" {
			t.Fatalf("%q is in cell %d", other, e.Category([]byte(other)))
		}
	})
}

// BenchmarkColumn is all that is done with a column of numbers: look-up, counts, moments and extremes.
func BenchmarkColumn(b *testing.B) {
	for _, k := range []int{200, 4096} {
		for _, name := range []string{"normal", "pareto", "bimodal", "integers"} {
			x := shapes(1 << 16)[name]
			e := stats.NewNumeric("x", sorted(x), k)
			l := stats.NewLayout([]*stats.Edges{e})
			b.Run(fmt.Sprintf("K=%d/%s", k, name), func(b *testing.B) {
				const block = 1024
				cells, all := make([]uint32, block), make([]int32, block)
				for i := range all {
					all[i] = int32(i)
				}
				groups := []stats.Group{{l.NewCounts(), all}}
				b.ReportAllocs()
				n := 0
				for b.Loop() {
					xs := x[n&(1<<16-1):][:block]
					e.Numbers(xs, cells, 0)
					l.Observe(0, groups, cells, xs)
					n += block
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*block), "ns/value")
			})
		}
	}
}
