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
}

type paneID struct {
	start int64
	late  bool
}

func newPane(segments int) *pane { return &pane{segments: make([]*stats.Counts, segments)} }

// merge adds a delta's part.
func (p *pane) merge(pl *plan, d *DeltaPane) {
	for i, c := range d.Segments {
		if c == nil {
			continue
		}
		if p.segments[i] == nil {
			p.segments[i] = pl.layout.NewCounts()
		}
		p.segments[i].Add(c)
	}
	p.dirty = true
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
		m.sketch.keys.settle() // the pane is complete
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
