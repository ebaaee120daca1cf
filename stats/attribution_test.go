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
