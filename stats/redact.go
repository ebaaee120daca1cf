package stats

import (
	"math"
	"slices"
)

const (
	namedRows   = 20  // a category or segment with fewer reference rows is not named
	namedValues = 200 // nor is any category of a feature with more of them
)

// Redact returns a copy of r to show or export, without what could single
// somebody out. Categories that fewer than 20 rows of the reference have, and
// all of a feature that has more than 200, are taken together as rare ones,
// without their names; segments of fewer than 20 rows are left out, and fields
// that are not watched, as their names may be keys of a map; cut points, least
// and greatest values are rounded to 3 significant digits, and cells between
// cuts that become equal are taken together. Means and standard deviations stay,
// but for a feature with fewer than 20 values. Of the sensitive features only the
// numbers of rows with and without a value stay, and of a boolean its shares.
//
// The counts are those at the cuts before rounding, so the copy is no reference:
// windows counted at its edges would seem to have moved.
func (r *Reference) Redact(sensitive ...string) *Reference {
	out := *r
	out.redactFields()
	out.Counts = []*Counts{{Rows: r.Counts[0].Rows}}
	kept := []int{0}
	out.Segments = nil
	for i, name := range r.Segments {
		if c := r.Counts[i+1]; c.Rows >= namedRows {
			out.Segments = append(out.Segments, name)
			out.Counts = append(out.Counts, &Counts{Rows: c.Rows})
			kept = append(kept, i+1)
		}
	}
	features := make([]*Edges, len(r.Layout.Features))
	for f := range features {
		secret := slices.Contains(sensitive, r.Layout.Features[f].Name)
		edges, to := r.redactFeature(f, secret)
		features[f] = edges
		for at, i := range kept {
			p := r.Layout.Profile(r.Counts[i], f)
			cells := make([]uint64, edges.Width())
			for cell, n := range p.Cells {
				cells[to[cell]] += n
			}
			m, x := p.Moments, p.Extremes
			if secret || p.Values() < namedRows {
				m, x = Moments{Left: p.Values()}, Extremes{}
			}
			x.Min, x.Max = significant(x.Min), significant(x.Max)
			c := out.Counts[at]
			c.Cells, c.Moments, c.Extremes = append(c.Cells, cells...), append(c.Moments, m), append(c.Extremes, x)
		}
	}
	out.Layout = NewLayout(features)
	return &out
}

// redactFeature returns the edges to show, and which of their cells each cell
// goes to.
func (r *Reference) redactFeature(feature int, secret bool) (edges *Edges, to []int) {
	e := r.Layout.Features[feature]
	to = make([]int, e.Width())
	for i := range to {
		to[i] = i
	}
	out := &Edges{Name: e.Name, Kind: e.Kind, EmptyMissing: e.EmptyMissing, Sentinels: e.Sentinels, Coerce: e.Coerce, Center: e.Center, Scale: e.Scale}
	switch {
	case e.Kind == Numeric && secret:
		for i := NoValues; i < len(to); i++ {
			to[i] = NoValues
		}
		out.Center, out.Scale = 0, 1
	case e.Kind == Numeric:
		out.Cuts, out.BinEnds = e.redactCuts(to)
	case e.Kind == Categorical:
		p := r.Layout.Profile(r.Counts[0], feature)
		known := len(e.Values) + len(e.Rare)
		for i, v := range e.Values {
			if !secret && known <= namedValues && p.Cells[NoValues+i] >= namedRows {
				to[NoValues+i] = NoValues + len(out.Values)
				out.Values = append(out.Values, v)
			} else {
				to[NoValues+i] = -1
			}
		}
		for i, cell := range to {
			if cell < 0 {
				to[i] = out.rare()
			}
		}
		to[e.rare()], to[e.unseen()] = out.rare(), out.unseen()
	default:
		out.Values = e.Values
	}
	out.prepare()
	return out, to
}

// redactCuts rounds the cuts, keeping the cells that hold a single value. It
// sets where the value cells go.
func (e *Edges) redactCuts(to []int) (cuts []float64, ends []int) {
	for i, c := range e.Cuts {
		rounded := significant(c)
		if i+1 < len(e.Cuts) && e.singles[i+1] {
			rounded = below(significant(e.Cuts[i+1]))
		}
		// A cell between equal cuts, or such as rounding has put in the wrong
		// order, becomes a part of the one before.
		if len(cuts) == 0 || rounded > cuts[len(cuts)-1] {
			cuts = append(cuts, rounded)
		}
		to[NoValues+i] = NoValues + len(cuts) - 1
		if slices.Contains(e.BinEnds, i) {
			ends = append(ends, len(cuts)-1)
		}
	}
	to[NoValues+len(e.Cuts)] = NoValues + len(cuts)
	return cuts, slices.Compact(ends)
}

// significant rounds x to 3 significant digits.
func significant(x float64) float64 {
	if x == 0 || math.IsInf(x, 0) {
		return x
	}
	digits := 2 - int(math.Floor(math.Log10(math.Abs(x))))
	if digits > 300 || digits < -300 {
		return x // the unit would not be a number
	}
	unit := math.Pow(10, math.Abs(float64(digits)))
	if digits < 0 {
		return math.Round(x/unit) * unit
	}
	return math.Round(x*unit) / unit
}
