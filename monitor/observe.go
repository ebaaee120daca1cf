package monitor

import (
	"errors"

	"driftwatch/stats"
)

// worker decodes blocks and observes them into a delta. Decoding looks up every
// cell, so that observing is adding only; in the steady state neither takes a
// lock nor allocates.
type worker struct {
	plan    *plan
	decoder Decoder
	row     []Value
	dims    []Value
	scratch Scratch
	text    []byte
	rows    decoded
	shaper  *shaper
	sampled sampledRow // the row that is being sampled
	derived Value      // of the feature that is being computed
}

// decoded are the records of one block, column by column.
type decoded struct {
	records []Record
	corrupt int
	reject  []reason
	event   []int64
	cells   []uint32  // (features, constraints) x records, as indexes into a slab
	numbers []float64 // features x records, of the numeric ones; NaN: there is none
	segment []int32   // records x sets
	// counted is what each record is counted in, nil: nothing, of each set, or of the
	// one set of all.
	counted [][]*stats.Counts
	groups  []stats.Group
	order   []int32 // of the records of the groups
	ends    []int32 // by segment, of its part of order
	// hashes are of the values to be sampled, record after record; those of record
	// i end before hashesTo[i].
	hashes   []fieldHash
	hashesTo []int32
	// unusable is, by cell, one value of the wrong type or invalid, for the log.
	unusable [stats.NoValues]unusable
}

type unusable struct {
	record, feature int
	seen            bool
}

func newWorker(p *plan, f Format) (*worker, error) {
	d, err := f(p.fields)
	if err != nil {
		return nil, err
	}
	return &worker{plan: p, decoder: d, row: make([]Value, len(p.fields)), shaper: newShaper(p.schema)}, nil
}

// decode takes a block apart completely; nothing is observed yet.
func (w *worker) decode(b Block) error {
	r := &w.rows
	var err error
	if r.records, r.corrupt, err = b.Records(r.records[:0], &w.scratch); err != nil {
		return err
	}
	n, features, sets := len(r.records), len(w.plan.features), len(w.plan.dims)
	r.reject = resize(r.reject, n)
	r.event = resize(r.event, n)
	r.cells = resize(r.cells, n*w.plan.width())
	r.numbers = resize(r.numbers, n*features)
	r.segment = resize(r.segment, n*sets)
	r.counted = resize(r.counted, max(1, sets))
	for s := range r.counted {
		r.counted[s] = resize(r.counted[s], n)
	}
	r.hashes, r.hashesTo = r.hashes[:0], resize(r.hashesTo, n)
	clear(r.unusable[:])
	for i := range r.records {
		why, err := w.decodeRecord(i)
		if err != nil {
			return err
		}
		r.reject[i], r.hashesTo[i] = why, int32(len(r.hashes))
	}
	for f := range w.plan.features {
		if pf := &w.plan.features[f]; pf.edges.Kind == stats.Numeric {
			pf.edges.Numbers(r.numbersOf(f), r.cellsOf(f), pf.offset)
		}
	}
	return nil
}

// cellsOf are the cells of a feature or, behind all of those, of a constraint.
func (r *decoded) cellsOf(column int) []uint32 {
	n := len(r.records)
	return r.cells[column*n : column*n+n]
}

func (r *decoded) numbersOf(feature int) []float64 {
	n := len(r.records)
	return r.numbers[feature*n : feature*n+n]
}

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}

func (w *worker) decodeRecord(i int) (reason, error) {
	p, r := w.plan, &w.rows
	rec := &r.records[i]
	switch {
	case len(rec.Value) == 0:
		return tombstone, nil
	case len(rec.Value) > p.maxBytes:
		return tooLarge, nil
	}
	if err := w.decoder.Decode(rec.Value, w.row); err != nil {
		if errors.Is(err, ErrMalformed) {
			return malformed, nil
		}
		return accepted, err
	}
	why, event := w.eventTime(i), NoTime
	if why == accepted {
		event = r.event[i]
	}
	n := len(r.records)
	for f := range p.features {
		pf := &p.features[f]
		v := &w.row[pf.field]
		if pf.derive != nil {
			w.derived = pf.derive(rec, event, w.row, pf.field)
			v = &w.derived
		}
		cell, x := stats.NoValues, v.Num
		if v.Type != Number || !pf.plain {
			cell, x = pf.cell(v, &w.text)
			if cell == stats.WrongType || cell == stats.Invalid {
				r.unusable[cell] = unusable{i, f, true}
			}
		}
		r.cells[f*n+i], r.numbers[f*n+i] = pf.offset+uint32(cell), x
	}
	if len(p.asked) > 0 {
		w.answers(i)
	}
	for s := range p.sampled {
		if f := &p.sampled[s]; f.key || r.cells[f.feature*n+i] >= f.from {
			w.hash(s, i)
		}
	}
	for s, fields := range p.dims {
		w.dims = w.dims[:0]
		for _, f := range fields {
			w.dims = append(w.dims, w.row[f])
		}
		r.segment[i*len(p.dims)+s] = p.segments.sets[s].segment(w.dims, &w.text)
	}
	return why, nil
}

// eventTime reads a decoded record's event time, or says what is wrong with it.
func (w *worker) eventTime(i int) reason {
	p, r := w.plan, &w.rows
	at := r.records[i].Time
	switch {
	case p.timeAt >= 0:
		v := w.row[p.timeAt]
		if v.Type == Absent || v.Type == Null {
			return timestampMissing
		}
		t, ok := p.time(v)
		if !ok {
			return timestampInvalid
		}
		at = t
	case at == NoTime:
		return timestampMissing
	case at < minTime || at > maxTime:
		return timestampInvalid
	}
	r.event[i] = at
	return accepted
}

// observe adds the decoded block to the delta, judging the records' times in
// the order of the log, as far as the limits let it go.
func (w *worker) observe(d *Delta, l *lane, b Block, lim *limits) {
	r := &w.rows
	next, done, fresh := b.To, false, false
	var seen int64
	end, bounded := lim.ends[b.Partition]
	for i := range r.records {
		rec := &r.records[i]
		if bounded && rec.Offset >= end {
			break
		}
		seen++
		if why := r.reject[i]; why != accepted {
			w.reject(d, l, rec.Time, why, 1, lim)
			continue
		}
		at := l.judge(r.event[i], rec.Time, &w.plan.times)
		switch {
		case at.reject != accepted:
			r.reject[i] = at.reject
			w.reject(d, l, rec.Time, at.reject, 1, lim)
		case !lim.holds(r.event[i]):
			d.Skipped++
		default:
			if w.plan.ordered {
				w.inOrder(l, i)
			}
			w.count(d, i, b.Partition, at)
			if len(w.plan.sampled) > 0 {
				w.sampleKeys(d, i, at)
			}
			w.sampleRow(d, i, &b, at)
			fresh = fresh || !at.late
			if at.late {
				w.tally(d, l, rec.Time, outcomeLate, 1, lim)
			}
			if l.max != NoTime && at.start != Ancient && at.start != Distant {
				d.Highest = max(d.Highest, r.event[i])
			}
		}
		if lim.over(l.max) {
			next, done = rec.Offset+1, true
			break
		}
	}
	w.add()
	if bounded && next >= end {
		next, done = max(end, b.From), true
	}
	if next == b.To {
		if r.corrupt > 0 {
			w.reject(d, l, NoTime, corrupt, uint64(r.corrupt), lim)
		}
		seen += int64(r.corrupt)
	}
	l.done = l.done || done
	lost := min(b.Lost, next-b.From)
	d.Skipped += uint64(next - b.From - lost - seen)
	d.decide(Range{Partition: b.Partition, From: b.From, To: next, Lost: lost, Max: l.max, Step: l.step, First: l.first, Last: l.lasts(), Arrived: l.arrived.max, ArrivedStep: l.arrived.step, Delay: l.delay, Fresh: fresh, Done: done})
}

// finish makes a delta ready to be handed on.
func (w *worker) finish(d *Delta) {
	for i := range d.Panes {
		if s := d.Panes[i].sketch; s != nil {
			s.rows.finish(w.shapeOf)
		}
	}
	d.fold(w.plan)
}

// reject counts n records that are not counted in a pane of their own.
func (w *worker) reject(d *Delta, l *lane, k int64, why reason, n uint64, lim *limits) {
	d.Rejected[why] += n
	w.tally(d, l, k, outcomeCounted+int(why), n, lim)
}

// tally counts n of them in the pane in which they arrive, of all rows together.
func (w *worker) tally(d *Delta, l *lane, k int64, cell int, n uint64, lim *limits) {
	start := l.present(k, &w.plan.times)
	if start == NoTime || !lim.holds(start) {
		return
	}
	d.counts(d.pane(start, false, 1+len(w.plan.segments.names)), 0).Cells[w.plan.outcome+cell] += n
}

// count adds one record to its pane, in one segment of each set.
func (w *worker) count(d *Delta, i int, partition int32, at placement) {
	p, r := w.plan, &w.rows
	rec := &r.records[i]
	segments := 1 + len(p.segments.names)
	pane := d.pane(at.start, at.late, segments)
	d.Rows++
	if p.learning {
		d.counts(pane, 0).Rows++
		if !at.late && at.start != Distant {
			d.Sample = append(d.Sample, SampleRow{placeHash(partition, rec.Offset), partition, rec.Offset, r.event[i], rec.Time, append([]byte(nil), rec.Value...)})
		}
		return
	}
	if len(p.dims) == 0 {
		w.into(0, i, d.counts(pane, 0))
		return
	}
	for s := range p.dims {
		w.into(s, i, d.counts(pane, r.segment[i*len(p.dims)+s]))
	}
}

// into says what a record is counted in, of one set; add counts it.
func (w *worker) into(set, i int, c *stats.Counts) {
	c.Rows++
	w.rows.counted[set][i] = c
}

// add counts all records of the block, column by column and segment by segment: so
// few cells are in use at a time, however many segments there are.
func (w *worker) add() {
	r := &w.rows
	for set, counted := range r.counted {
		w.group(set)
		for column := range w.plan.width() {
			var numbers []float64
			if column < len(w.plan.features) {
				numbers = r.numbersOf(column)
			}
			w.plan.layout.Observe(column, r.groups, r.cellsOf(column), numbers)
		}
		clear(counted)
	}
}

// group sorts the records that are counted by their segment of a set.
func (w *worker) group(set int) {
	r, sets := &w.rows, len(w.plan.dims)
	counted := r.counted[set]
	segment := func(i int) int32 {
		if sets == 0 {
			return 0
		}
		return r.segment[i*sets+set]
	}
	r.ends = resize(r.ends, 2+len(w.plan.segments.names))
	clear(r.ends)
	for i, c := range counted {
		if c != nil {
			r.ends[segment(i)+1]++
		}
	}
	for s := range r.ends[1:] {
		r.ends[s+1] += r.ends[s]
	}
	r.order = resize(r.order, int(r.ends[len(r.ends)-1]))
	for i, c := range counted {
		if c != nil {
			s := segment(i)
			r.order[r.ends[s]] = int32(i)
			r.ends[s]++
		}
	}
	r.groups = r.groups[:0]
	for from, to := 0, 0; from < len(r.order); from = to {
		in := counted[r.order[from]]
		for to < len(r.order) && counted[r.order[to]] == in {
			to++
		}
		r.groups = append(r.groups, stats.Group{In: in, Rows: r.order[from:to]})
	}
}

// limits are the event-time range of a backtest or a reference, half-open;
// NoTime leaves an end open.
type limits struct {
	from, to int64
	lateness int64
	ends     map[int32]int64 // the offsets before which partitions end; nil: they do not
}

func (l *limits) holds(event int64) bool {
	return (l.from == NoTime || event >= l.from) && (l.to == NoTime || event < l.to)
}

// over says that the running maximum has passed the range.
func (l *limits) over(runningMax int64) bool {
	return l.to != NoTime && runningMax != NoTime && runningMax >= l.to+l.lateness
}
