package monitor

import (
	"slices"

	"driftwatch/stats"
)

// pane is the stream's part of a pane: on-time or late, by segment (nil: no
// row).
type pane struct {
	segments []*stats.Counts
	sketch   *sketch // nil: nothing is sketched, or no longer
	dirty    bool
	unfolded bool // segments[0] does not have all that the others do
}

type paneID struct {
	start int64
	late  bool
}

func newPane(segments int) *pane { return &pane{segments: make([]*stats.Counts, segments)} }

// counts are those of a segment, made when first needed.
func (p *pane) counts(segment int32, anew func() *stats.Counts) *stats.Counts {
	if p.segments[segment] == nil {
		p.segments[segment] = anew()
	}
	return p.segments[segment]
}

// fold derives overall from the first set's segments, of which every record is in exactly
// one, and what it says of all records together.
func (p *pane) fold(pl *plan) {
	if !p.unfolded {
		return
	}
	p.unfolded = false
	overall := p.segments[0]
	if len(pl.segments.sets) > 0 {
		overall.Rows = 0
		clear(overall.Cells[:pl.outcome])
		clear(overall.Moments)
		clear(overall.Extremes)
		for _, s := range pl.segments.sets[0].all {
			if c := p.segments[s]; c != nil {
				overall.Add(c)
			}
		}
	}
	overall.Cells[pl.outcome+outcomeCounted] = overall.Rows
}

// mergeSketch adds what a delta sketched of its part.
func (p *pane) mergeSketch(pl *plan, d *DeltaPane) {
	if d.sketch == nil {
		return
	}
	if p.sketch == nil {
		p.sketch = newSketch(pl)
	}
	p.sketch.merge(d.sketch)
	d.limit = p.sketch.rows.limit
}

func (p *pane) rows() uint64 {
	if p == nil || p.segments[0] == nil {
		return 0
	}
	return p.segments[0].Rows
}

// window is the rolling merge of the on-time panes of a span. Counts and moments are
// subtracted when a pane expires; what cannot be, extremes and sketches, is kept by
// pane and merged anew.
type window struct {
	span
	sketched bool // its members have their sketches
	layout   *stats.Layout
	sums     []*stats.Counts // by segment
	members  []member
}

type member struct {
	start    int64
	extremes [][]stats.Extremes // by segment; nil: no row
	sketch   *sketch
}

func newWindow(of span, l *stats.Layout, segments int) *window {
	w := &window{span: of, layout: l, sums: make([]*stats.Counts, segments)}
	for i := range w.sums {
		w.sums[i] = l.NewCounts()
	}
	return w
}

func (w *window) add(start int64, p *pane) {
	m := member{start: start, extremes: make([][]stats.Extremes, len(w.sums))}
	for i, c := range p.segments {
		if c == nil {
			continue
		}
		w.sums[i].Add(c)
		m.extremes[i] = append([]stats.Extremes(nil), c.Extremes...)
	}
	if w.sketched && p.sketch != nil {
		m.sketch = p.sketch
		m.sketch.settle() // the pane is complete
	}
	w.members = append(w.members, m)
}

// addAll adds those of stored panes that are on time, in order; refresh must follow.
func (w *window) addAll(stored map[paneID]*pane) {
	var starts []int64
	for id := range stored {
		if !id.late {
			starts = append(starts, id.start)
		}
	}
	slices.Sort(starts)
	for _, start := range starts {
		w.add(start, stored[paneID{start, false}])
	}
}

// remove takes out the oldest pane, whose counts are p.
func (w *window) remove(p *pane) {
	for i, c := range p.segments {
		if c != nil {
			w.sums[i].Sub(c)
		}
	}
	w.members = w.members[1:]
}

// refresh brings the sums' extremes up to date.
func (w *window) refresh() {
	for i, sum := range w.sums {
		clear(sum.Extremes)
		for _, m := range w.members {
			for f := range m.extremes[i] {
				sum.Extremes[f].Merge(m.extremes[i][f])
			}
		}
	}
}

func (w *window) rows() uint64 { return w.sums[0].Rows }

func (w *window) quiet() bool { return quiet(w.layout, w.sums[0]) }
