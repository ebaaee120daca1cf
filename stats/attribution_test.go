package stats_test

import (
	"math"
	"testing"

	"driftwatch/stats"

	"pgregory.net/rapid"
)

// TestAttributionAddsUp splits rows among segments, some of which one side does
// not have.
func TestAttributionAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := anyLayout(t)
		var refs, curs []*stats.Counts
		for range rapid.IntRange(1, 5).Draw(t, "segments") {
			refs = append(refs, anyCounts(t, "ref", l))
			curs = append(curs, anyCounts(t, "cur", l))
		}
		ref, cur := sumOf(l, refs...), sumOf(l, curs...)
		for i := range l.Features[:3] {
			overall := stats.NewBase(l.Profile(ref, i), false).Compare(l.Profile(cur, i))
			var before, now []stats.Profile
			for s := range refs {
				before, now = append(before, l.Profile(refs[s], i)), append(now, l.Profile(curs[s], i))
			}
			parts := stats.Attribute(overall, before, now)
			if math.IsNaN(overall.PSI()) {
				if parts != nil {
					t.Fatalf("%v without a PSI", parts)
				}
				continue
			}
			var total float64
			for s, p := range parts {
				total += p.PSI
				if p.Segment != s || math.Abs(p.PSI-p.Mix-p.Within) > 1e-12 {
					t.Fatalf("segment %d: %+v", s, p)
				}
				if one := before[s].Rows() == 0 || now[s].Rows() == 0; one && math.Abs(p.Within) > 1e-12 {
					t.Fatalf("segment %d is on one side only and has shift within: %+v", s, p)
				}
			}
			if math.Abs(total-overall.PSI()) > 1e-12*max(1, overall.PSI()) {
				t.Fatalf("contributions add up to %g of %g", total, overall.PSI())
			}
		}
	})
}

// TestAttributionTellsMixFromWithin has two segments that differ: once they
// change places, once one of them changes.
func TestAttributionTellsMixFromWithin(t *testing.T) {
	e := stats.NewBoolean("x")
	p := func(no, yes uint64) stats.Profile { return profile2(e, no, yes) }
	for _, k := range []struct {
		name        string
		ref, cur    []stats.Profile
		mix, within bool
	}{
		{"mix", []stats.Profile{p(900, 100), p(100, 900)}, []stats.Profile{p(1620, 180), p(20, 180)}, true, false},
		{"within", []stats.Profile{p(900, 100), p(100, 900)}, []stats.Profile{p(900, 100), p(700, 300)}, false, true},
	} {
		var ref, cur [2]uint64
		for i := range k.ref {
			ref[0] += k.ref[i].Cells[stats.NoValues]
			ref[1] += k.ref[i].Cells[stats.NoValues+1]
			cur[0] += k.cur[i].Cells[stats.NoValues]
			cur[1] += k.cur[i].Cells[stats.NoValues+1]
		}
		overall := stats.NewBase(p(ref[0], ref[1]), false).Compare(p(cur[0], cur[1]))
		var mix, within float64
		for _, c := range stats.Attribute(overall, k.ref, k.cur) {
			mix, within = mix+c.Mix, within+c.Within
		}
		if (mix > 0.9*overall.PSI()) != k.mix || (within > 0.9*overall.PSI()) != k.within {
			t.Errorf("%s: PSI %g = mix %g + within %g", k.name, overall.PSI(), mix, within)
		}
	}
}

// TestAttributionByBruteForce takes the formulas of the doc as they stand, for
// flags that may be missing.
func TestAttributionByBruteForce(t *testing.T) {
	e := stats.NewBoolean("x")
	rapid.Check(t, func(t *rapid.T) {
		segments := rapid.IntRange(1, 4).Draw(t, "segments")
		count := rapid.Custom(func(t *rapid.T) [3]uint64 {
			return [3]uint64{rapid.Uint64Range(0, 400).Draw(t, "false"), rapid.Uint64Range(0, 400).Draw(t, "true"), rapid.Uint64Range(0, 9).Draw(t, "null")}
		})
		ref := rapid.SliceOfN(count, segments, segments).Draw(t, "ref")
		cur := rapid.SliceOfN(count, segments, segments).Draw(t, "cur")
		profile := func(n [3]uint64) stats.Profile {
			return stats.Profile{Edges: e, Cells: []uint64{stats.Null: n[2], stats.NoValues: n[0], n[1]}}
		}
		var p, q [3]uint64
		var refs, curs []stats.Profile
		for s := range segments {
			refs, curs = append(refs, profile(ref[s])), append(curs, profile(cur[s]))
			for b := range 3 {
				p[b], q[b] = p[b]+ref[s][b], q[b]+cur[s][b]
			}
		}
		parts := stats.Attribute(stats.NewBase(profile(p), false).Compare(profile(q)), refs, curs)
		n, m, bins := float64(p[0]+p[1]+p[2]), float64(q[0]+q[1]+q[2]), 0.0
		for b := range 3 {
			if p[b]+q[b] > 0 {
				bins++
			}
		}
		if n == 0 || m == 0 {
			return
		}
		// cell is the smoothed share of all rows that a bin of a segment has.
		cell := func(counts [3]uint64, b int, rows float64) float64 {
			own := float64(counts[0]+counts[1]+counts[2]) / rows
			return (float64(counts[b]) + own/2) / (rows + bins/2)
		}
		for s := range segments {
			var psi float64
			for b := range 3 {
				if p[b]+q[b] == 0 {
					continue
				}
				log := math.Log((float64(q[b]) + 0.5) / (m + bins/2) / ((float64(p[b]) + 0.5) / (n + bins/2)))
				psi += (cell(cur[s], b, m) - cell(ref[s], b, n)) * log
			}
			if math.Abs(parts[s].PSI-psi) > 1e-12 {
				t.Fatalf("segment %d has %g of the PSI, want %g", s, parts[s].PSI, psi)
			}
		}
	})
}
