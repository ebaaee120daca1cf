package monitor

import (
	"encoding/binary"
	"fmt"

	"driftwatch/stats"
)

// pane is the stream's part of a pane: on-time or late, by segment (nil: no
// row).
type pane struct {
	segments []*stats.Counts
	examples examples
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
	for _, x := range d.Examples {
		p.examples.add(x)
	}
	if d.sketch != nil {
		if p.sketch == nil {
			p.sketch = newSketch(pl)
		}
		p.sketch.merge(d.sketch)
	}
	p.dirty = true
}

func (p *pane) rows() uint64 {
	if p == nil || p.segments[0] == nil {
		return 0
	}
	return p.segments[0].Rows
}

// A pane's stored form is, for each segment, the number of examples, each as
// partition and offset (all unsigned varints; only overall has examples), then
// the counts as stats.Layout writes them.

func appendPane(dst []byte, l *stats.Layout, c *stats.Counts, ex examples) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(ex)))
	for _, x := range ex {
		dst = binary.AppendUvarint(dst, uint64(uint32(x.Partition)))
		dst = binary.AppendUvarint(dst, uint64(x.Offset))
	}
	return l.Append(dst, c)
}

func decodePane(b []byte, l *stats.Layout, c *stats.Counts) (examples, error) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > maxExamples {
		return nil, fmt.Errorf("a stored pane names %d examples, at most %d are possible", n, maxExamples)
	}
	b = b[size:]
	var ex examples
	for range n {
		p, size := binary.Uvarint(b)
		if size <= 0 {
			return nil, fmt.Errorf("a stored pane ends within its examples")
		}
		b = b[size:]
		o, size := binary.Uvarint(b)
		if size <= 0 {
			return nil, fmt.Errorf("a stored pane ends within its examples")
		}
		b = b[size:]
		ex.add(examplePlace{placeHash(int32(uint32(p)), int64(o)), int32(uint32(p)), int64(o)})
	}
	return ex, l.Decode(c, b)
}

// window is the rolling merge of the on-time panes in [end - size, end). Counts
// and moments are subtracted when a pane expires; what cannot be, extremes and
// examples, is kept by pane and merged anew.
type window struct {
	layout  *stats.Layout
	sums    []*stats.Counts // by segment
	members []member
}

type member struct {
	start    int64
	extremes [][]stats.Extremes // by segment; nil: no row
	examples examples
	sketch   *sketch
}

func newWindow(l *stats.Layout, segments int) *window {
	w := &window{layout: l, sums: make([]*stats.Counts, segments)}
	for i := range w.sums {
		w.sums[i] = l.NewCounts()
	}
	return w
}

func (w *window) add(start int64, p *pane) {
	m := member{start: start, extremes: make([][]stats.Extremes, len(w.sums)), examples: p.examples, sketch: p.sketch}
	for i, c := range p.segments {
		if c == nil {
			continue
		}
		w.sums[i].Add(c)
		m.extremes[i] = append([]stats.Extremes(nil), c.Extremes...)
	}
	if m.sketch != nil {
		m.sketch.keys.settle() // the pane is complete
	}
	w.members = append(w.members, m)
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

// examples are those of the whole window.
func (w *window) examples() examples {
	var all examples
	for _, m := range w.members {
		for _, x := range m.examples {
			all.add(x)
		}
	}
	return all
}

// DecodePane reads a stored pane into counts that are zero, for whoever audits
// a state file.
func DecodePane(b []byte, l *stats.Layout, c *stats.Counts) error {
	_, err := decodePane(b, l, c)
	return err
}
