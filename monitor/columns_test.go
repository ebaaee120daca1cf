package monitor

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"driftwatch/stats"
)

// Rows are counted in their panes and segments, and nowhere else, however many there are
// of those.
func TestCounter(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	x := stats.NewNumeric("x", []float64{0, 1, 2, 3, 4, 5, 6, 7}, 10)
	l := stats.NewLayout([]*stats.Edges{x})
	for _, test := range []struct{ rows, panes, segments, sets int }{{0, 0, 1, 0}, {500, 1, 1, 0}, {500, 3, 1, 0}, {2000, 3, 40, 2}, {5000, 3000, 1000, 1}, {300, 7, 70_000, 1}} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			c := columns{cells: [][]uint32{nil}, numbers: [][]float64{{}}, segment: make([][]int32, test.sets)}
			c.begin(test.rows)
			type place struct {
				pane    int
				segment int32
			}
			want, got := map[place]map[uint32]uint64{}, map[place]*stats.Counts{}
			for row := range test.rows {
				c.numbers[0][row] = float64(r.IntN(8))
				if c.pane[row] = int32(r.IntN(test.panes+1)) - 1; c.pane[row] == nowhere && row > 0 {
					c.numbers[0][row] = c.numbers[0][row-1]
				}
			}
			x.Numbers(c.numbers[0], c.cells[0], 0)
			for row := range test.rows {
				for set := range max(1, test.sets) {
					at := place{int(c.pane[row]), 0}
					if test.sets > 0 {
						at.segment = int32(1 + r.IntN(test.segments-1))
						c.segment[set][row] = at.segment
					}
					if at.pane == nowhere {
						continue
					}
					if want[at] == nil {
						want[at] = map[uint32]uint64{}
					}
					want[at][c.cells[0][row]]++
				}
			}
			k := counter{layout: l}
			k.count(&c, test.panes, test.segments, func(pane int, segment int32) *stats.Counts {
				at := place{pane, segment}
				if got[at] == nil {
					got[at] = l.NewCounts()
				}
				return got[at]
			})
			if len(got) != len(want) {
				t.Fatalf("%d places, want %d", len(got), len(want))
			}
			for at, cells := range want {
				rows := uint64(0)
				for cell, n := range cells {
					rows += n
					if got[at] == nil || got[at].Cells[cell] != n {
						t.Fatalf("%v, cell %d: want %d rows of %+v", at, cell, n, got[at])
					}
				}
				if got[at].Rows != rows {
					t.Errorf("%v: %d rows, want %d", at, got[at].Rows, rows)
				}
			}
		})
	}
}
