package monitor

import "driftwatch/stats"

// paneSize is what a pane takes, at most, in bytes.
type paneSize struct {
	segments, slab  int64 // how many there are, with overall, and the counts of each
	sets            int64 // how many of the segments have a record
	sketch, inDelta int64 // of its on-time rows, and where these may have records in the place of shapes
}

func (p *plan) paneSize() paneSize {
	const row, key = 128, 40 // what is around the cells of a row; a key in a sample that is open
	rows := int64(sampledRows(p.times))
	sketch := rows * (row + 4*int64(len(p.layout.Features)) + shapeShare + int64(len(p.headers))*maxHeaderBytes)
	for _, f := range p.sampled {
		sketch += int64(key * f.k)
	}
	return paneSize{int64(p.segments.count()), slabBytes(p.layout), max(1, int64(len(p.dims))), sketch, sketch + rows*shapedLate}
}

// counts are those of every segment.
func (s paneSize) counts() int64 { return s.segments * (s.slab + pointerBytes) }

// beside is what a pane takes beside its counts.
func (s paneSize) beside(id paneID) int64 {
	if id.late {
		return s.segments * pointerBytes
	}
	return s.segments*pointerBytes + s.sketch
}

func (s paneSize) whole() int64 { return s.counts() + s.sketch }

// waiting is what panes may take, beside the open ones, before they are committed: as
// much as 32 whole ones, or 8 where they are large.
func (s paneSize) waiting() int64 {
	whole := s.whole()
	return min(max(32*whole, 8<<20), max(8*whole, 128<<20))
}

// slabBytes is the size of the counts of one segment.
func slabBytes(l *stats.Layout) int64 {
	features := int64(len(l.Features))
	return 8*int64(l.Offsets[features]) + features*(momentsBytes+extremesBytes) + countsBytes
}
