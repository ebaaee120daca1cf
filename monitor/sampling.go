package monitor

import (
	"maps"
	"math"
	"sync"
)

// sampleLimits are what the stream tells the workers of the panes that are open: the
// limits of their samples of rows. Hashes that are not below them need not be sampled
// again, so that of a pane's rows few are, however many deltas they come in.
type sampleLimits struct {
	mu sync.Mutex
	by map[int64]uint64 // by start
}

func (l *sampleLimits) of(start int64) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if limit, known := l.by[start]; known {
		return limit
	}
	return math.MaxUint64
}

// learn takes the limits that a merged delta brings back, and forgets those of panes
// before the first that is open.
func (l *sampleLimits) learn(d *Delta, open int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.by == nil {
		l.by = map[int64]uint64{}
	}
	maps.DeleteFunc(l.by, func(start int64, _ uint64) bool { return start < open })
	for _, p := range d.Panes {
		if p.sketch != nil {
			l.by[p.Start] = p.limit
		}
	}
}

// sampleRow puts a counted row into the sample of its pane's on-time rows, where
// that has room for it. Rows that are late, or in no pane of their own, are in no
// window.
func (w *worker) sampleRow(d *Delta, i int, b *Block, at placement) {
	p, r := w.plan, &w.rows
	if p.learning || at.late || at.start == Distant {
		return
	}
	rec := &r.records[i]
	row := &w.sampled
	row.place = placeOf(b.Partition, rec.Offset)
	rows := &d.sketch(at.start).rows
	if !rows.wants(row.place.hash) {
		return
	}
	row.cells = row.cells[:0]
	for column := range p.width() {
		row.cells = append(row.cells, r.cells[column][i])
	}
	row.headers = row.headers[:0]
	for _, name := range p.headers {
		row.headers = append(row.headers, w.headerText(b, rec, name))
	}
	row.shape, row.record = "", nil
	switch {
	case p.schema == nil:
	case len(rec.Value) <= shapedLate:
		row.record = rec.Value
	default:
		row.shape = w.shapeOf(rec.Value)
	}
	rows.add(row)
}

// shapedLate is the longest record that is kept until its shape is made.
const shapedLate = shapeShare

func (w *worker) shapeOf(record []byte) string { return w.shaper.shape(w.decoder, record) }

// maxHeaderBytes is the longest value of a header that is told from others:
// versions, hosts and names of producers are shorter.
const maxHeaderBytes = 128

// emptyValue is a header of no bytes, as it is shown.
const emptyValue = "(empty)"

// headerText is a header's value as it is shown, like a segment's name.
func (w *worker) headerText(b *Block, r *Record, name string) string {
	var value []byte
	found := false
	if b.Header != nil {
		value, found = b.Header(r, name)
	}
	switch {
	case !found:
		return missingValue
	case len(value) == 0:
		return emptyValue
	case len(value) > maxHeaderBytes:
		return otherValue
	}
	return w.shaper.names.of(value, escapeSegment)
}
