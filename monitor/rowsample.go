package monitor

import (
	"math"
	"slices"
)

// rowSample is a sample of a pane's rows, or of a window's: those with the
// smallest hashes of their places (bottom-k; Cohen and Kaplan, "Summarizing data
// using bottom-k sketches", 2007). It is a set that does not depend on the order
// of adding and merging.
//
// Of the rows that are added most have to go again, so their shapes are made
// late, by finish; until then shapes and bytes leave them out.
//
// INVARIANT: every row that was added with a hash below limit is in rows, and no
// other. limit is the smallest hash of a row for which there was no room.
//
// So each row of several panes' samples with a hash below the smallest of their
// limits is in a sample of the window, which is larger than any of theirs.
type rowSample struct {
	most   int // rows there is room for, each with a share of the bytes of the shapes
	limit  uint64
	rows   []*sampledRow  // by place
	shapes map[string]int // of the rows, how many have each
	bytes  int            // of the distinct shapes
	spare  []*sampledRow  // memory for other rows
}

// sampledRow is what is kept of a row. It is its sample's own memory.
type sampledRow struct {
	place   place
	cells   []uint32 // of each feature the cell as it was counted, an index into a slab; uncounted
	headers []string // of each declared header: see headerText; "" where it was not looked at
	shape   string   // see shaper; "" where it was not looked at
	record  []byte   // of which the shape is still to be made; empty: of none
}

// uncounted is the cell of a feature that was not counted where the row was
// sampled.
const uncounted = math.MaxUint32

const (
	// windowRows of a window are sampled, or somewhat fewer where it has several
	// panes: about 1,100 of 5 that have as many rows, for the limit is the smallest
	// of theirs. What is in 2 % of the rows is then in the 1 % of the sample that a
	// change of schema needs, with a probability of 0.99.
	windowRows = 1280
	// paneRows are the fewest of a pane, in windows of many panes.
	paneRows = 32
	// shapeShare is a row's share of the bytes of the shapes: records of one
	// producer have few shapes, some hundred bytes each. Where each record has
	// others, as with random keys, fewer rows are sampled.
	shapeShare = 1 << 10
)

// sampledRows is how many rows of a pane are sampled: 256 of windows of 5 panes.
func sampledRows(t times) int {
	return max(paneRows, int(windowRows/max(1, t.size/t.every)))
}

func newRowSample(most int) rowSample {
	return rowSample{most: most, limit: math.MaxUint64, shapes: map[string]int{}}
}

// wants says whether there is room for a row of that hash.
func (s *rowSample) wants(hash uint64) bool { return hash < s.limit }

// merge adds the rows of o, which keeps its own.
func (s *rowSample) merge(o *rowSample) {
	s.lower(o.limit)
	for _, r := range o.rows {
		if !s.wants(r.place.hash) {
			return
		}
		s.add(r)
	}
}

// add adds a copy of r. The same row may be added twice.
func (s *rowSample) add(r *sampledRow) {
	if !s.wants(r.place.hash) {
		return
	}
	at, found := slices.BinarySearchFunc(s.rows, r, func(a, b *sampledRow) int { return a.place.compare(b.place) })
	if found {
		return
	}
	own := s.memory()
	own.place, own.shape = r.place, r.shape
	own.cells, own.headers = append(own.cells[:0], r.cells...), append(own.headers[:0], r.headers...)
	own.record = append(own.record[:0], r.record...)
	s.rows = slices.Insert(s.rows, at, own)
	s.shaped(own)
	s.fit()
}

// shaped takes the shape of a row into account, if it has been made.
func (s *rowSample) shaped(r *sampledRow) {
	if len(r.record) > 0 {
		return
	}
	if s.shapes[r.shape]++; s.shapes[r.shape] == 1 {
		s.bytes += len(r.shape)
	}
}

func (s *rowSample) fit() {
	for len(s.rows) > s.most || s.bytes > s.most*shapeShare {
		s.lower(s.rows[len(s.rows)-1].place.hash)
	}
}

// finish makes the shapes that are still to be made.
func (s *rowSample) finish(shape func(record []byte) string) {
	for _, r := range s.rows {
		if len(r.record) > 0 {
			r.shape, r.record = shape(r.record), r.record[:0]
			s.shaped(r)
		}
	}
	s.fit()
}

func (s *rowSample) memory() *sampledRow {
	n := len(s.spare)
	if n == 0 {
		return &sampledRow{}
	}
	r := s.spare[n-1]
	s.spare = s.spare[:n-1]
	return r
}

// lower leaves only the rows with a hash below limit.
func (s *rowSample) lower(limit uint64) {
	s.limit = min(s.limit, limit)
	n := len(s.rows)
	for ; n > 0 && !s.wants(s.rows[n-1].place.hash); n-- {
		r := s.rows[n-1]
		if len(r.record) > 0 {
			r.record = r.record[:0]
		} else if s.shapes[r.shape]--; s.shapes[r.shape] == 0 {
			delete(s.shapes, r.shape)
			s.bytes -= len(r.shape)
		}
		s.spare = append(s.spare, r)
	}
	s.rows = s.rows[:n]
}

// reset makes s sample nothing and keeps its memory.
func (s *rowSample) reset() {
	s.spare = append(s.spare, s.rows...)
	s.rows, s.limit, s.bytes = s.rows[:0], math.MaxUint64, 0
	clear(s.shapes)
}
