package monitor

import (
	"errors"

	"driftwatch/stats"
)

// worker decodes blocks and observes them into a delta. Decoding looks up every
// cell; observing, in the order of the log, says in which pane a record is counted. In the
// steady state neither takes a lock for a record nor allocates.
type worker struct {
	plan    *plan
	decoder Decoder
	row     []Value
	scratch Scratch
	text    []byte
	rows    decoded
	shaper  *shaper
	sampled sampledRow // the row that is being sampled
	derived Value      // of the feature that is being computed
}

// decoded are the records of one block.
type decoded struct {
	columns
	records []Record
	reject  []reason
	event   []int64
	// hashes are of the values to be sampled, record after record; those of record
	// i end before hashesTo[i].
	hashes   []fieldHash
	hashesTo []int32
	observed int // records that are in a delta
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
	return &worker{plan: p, decoder: d, row: make([]Value, len(p.fields)), rows: decoded{columns: newColumns(p)}, shaper: newShaper(p.schema)}, nil
}

// decode takes a block apart completely; nothing is observed yet.
func (w *worker) decode(b Block) error {
	r := &w.rows
	var err error
	if r.records = r.records[:0]; b.Records != nil {
		r.records, err = b.Records(r.records, &w.scratch)
	}
	if err != nil {
		return err
	}
	n := len(r.records)
	r.observed = 0
	r.begin(n)
	r.reject = resize(r.reject, n)
	r.event = resize(r.event, n)
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
		if numbers := r.numbers[f]; numbers != nil {
			w.plan.features[f].edges.Numbers(numbers, r.cells[f], w.plan.features[f].offset)
		}
	}
	return nil
}

func (w *worker) decodeRecord(i int) (reason, error) {
	p, r := w.plan, &w.rows
	rec := &r.records[i]
	switch {
	case rec.Corrupt > 0:
		return corrupt, nil
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
		r.cells[f][i] = pf.offset + uint32(cell)
		if numbers := r.numbers[f]; numbers != nil {
			numbers[i] = x
		}
	}
	if len(p.asked) > 0 {
		w.answers(i)
	}
	for s := range p.sampled {
		if f := &p.sampled[s]; f.key || r.cells[f.feature][i] >= f.from {
			w.hash(s, i)
		}
	}
	for s, fields := range p.dims {
		r.segment[s][i] = p.segments.sets[s].segment(w.row, fields, &w.text)
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
// the order of the log, as far as the limits let it go, and until there are many panes.
// It gives what is left of the block.
func (w *worker) observe(d *Delta, l *lane, b Block, lim *limits) (rest Block) {
	r := &w.rows
	next, done, fresh := b.To, false, false
	first, seen := r.observed, int64(0)
	end, bounded := lim.ends[b.Partition]
	for ; r.observed < len(r.records); r.observed++ {
		i := r.observed
		rec := &r.records[i]
		if bounded && rec.Offset >= end {
			break
		}
		if i > first && d.full() {
			next = rec.Offset
			break
		}
		if n := rec.Corrupt; n > 0 {
			if bounded {
				n = min(n, end-rec.Offset)
			}
			seen += n
			w.reject(d, l, rec.Time, corrupt, uint64(n), lim)
			continue
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
			r.observed++
			break
		}
	}
	d.take(&r.columns, first, r.observed)
	if bounded && next >= end {
		next, done = max(end, b.From), true
	}
	l.done = l.done || done
	return decideBlock(d, l, b, Range{To: next, Fresh: fresh, Done: done}, seen)
}

// decideBlock adds the range of a block's beginning, in which so many records were seen, to the
// delta. It gives what is left of the block.
func decideBlock(d *Delta, l *lane, b Block, r Range, seen int64) (rest Block) {
	r.Partition, r.From, r.Lost = b.Partition, b.From, min(b.Lost, r.To-b.From)
	r.Max, r.Step, r.First, r.Last = l.max, l.step, l.first, l.lasts()
	r.Arrived, r.ArrivedStep, r.Delay = l.arrived.max, l.arrived.step, l.delay
	d.Skipped += uint64(r.To - r.From - r.Lost - seen)
	d.decide(r)
	b.From, b.Lost = r.To, b.Lost-r.Lost
	return b
}

// finish makes a delta ready to be handed on.
func (w *worker) finish(d *Delta) {
	for i := range d.Panes {
		if s := d.Panes[i].sketch; s != nil {
			s.rows.finish(w.shapeOf)
		}
	}
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
	d.Panes[d.pane(start, false)].Outcomes[cell] += n
}

// count says which pane one record is counted in.
func (w *worker) count(d *Delta, i int, partition int32, at placement) {
	r := &w.rows
	r.pane[i] = int32(d.count(at.start, at.late))
	if w.plan.learning && !at.late && at.start != Distant {
		rec := &r.records[i]
		d.Sample = append(d.Sample, SampleRow{placeHash(partition, rec.Offset), partition, rec.Offset, r.event[i], rec.Time, append([]byte(nil), rec.Value...)})
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
