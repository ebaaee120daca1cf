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
}

// decoded are the records of one block, column by column.
type decoded struct {
	records []Record
	corrupt int
	reject  []reason
	event   []int64
	cells   []uint32  // records x (features, constraints), as indexes into a slab
	numbers []float64 // records x features
	z       []int64   // records x features: the standardised number
	zOK     []bool
	segment []int32 // records x sets
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
	r.records, r.corrupt = b.Records(r.records[:0], &w.scratch)
	n, features, sets := len(r.records), len(w.plan.features), len(w.plan.dims)
	r.reject = resize(r.reject, n)
	r.event = resize(r.event, n)
	r.cells = resize(r.cells, n*w.plan.width())
	r.numbers = resize(r.numbers, n*features)
	r.z = resize(r.z, n*features)
	r.zOK = resize(r.zOK, n*features)
	r.segment = resize(r.segment, n*sets)
	r.hashes, r.hashesTo = r.hashes[:0], resize(r.hashesTo, n)
	clear(r.unusable[:])
	for i := range r.records {
		why, err := w.decodeRecord(i)
		if err != nil {
			return err
		}
		r.reject[i], r.hashesTo[i] = why, int32(len(r.hashes))
	}
	return nil
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
	at, cells := i*len(p.features), w.cellsOf(i)
	for f := range p.features {
		pf := &p.features[f]
		var v Value
		if pf.derive == nil {
			v = w.row[pf.field]
		} else {
			v = pf.derive(rec, event, w.row, pf.field)
		}
		cell, x := pf.cell(v, &w.text)
		cells[f] = pf.offset + uint32(cell)
		if cell == stats.WrongType || cell == stats.Invalid {
			r.unusable[cell] = unusable{i, f, true}
		}
		if pf.edges.Kind == stats.Numeric && cell >= stats.NoValues {
			r.numbers[at+f] = x
			r.z[at+f], r.zOK[at+f] = pf.edges.Z(x)
		}
	}
	if len(p.asked) > 0 {
		w.answers(i)
	}
	for s := range p.sampled {
		if f := &p.sampled[s]; f.key || cells[f.feature] >= f.from {
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
		w.add(d.counts(pane, 0), i)
		return
	}
	for s := range p.dims {
		w.add(d.counts(pane, r.segment[i*len(p.dims)+s]), i)
	}
}

func (w *worker) add(c *stats.Counts, i int) {
	n := len(w.plan.features)
	cells := w.cellsOf(i)
	c.Rows++
	for _, cell := range cells[n:] {
		c.Cells[cell]++
	}
	for f, cell := range cells[:n] {
		c.Cells[cell]++
		pf := &w.plan.features[f]
		if pf.edges.Kind == stats.Numeric && cell >= pf.offset+stats.NoValues {
			c.Moments[f].Observe(w.rows.z[i*n+f], w.rows.zOK[i*n+f])
			c.Extremes[f].Observe(w.rows.numbers[i*n+f])
		}
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
