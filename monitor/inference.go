package monitor

import (
	"errors"
	"fmt"
	"slices"

	"driftwatch/stats"
)

// inference is the first reading.
type inference struct {
	cfg       Config
	declared  map[string]Feature
	schema    *schema
	watchable []*path // those with a column, in the order of appearance
	derived   []derivedColumn
	hours     *hours
	segments  *segmentCounter
	dims      []string // fields of all dimensions, set after set
	present   []bool   // of each: some record has it
	seen      uint64
	malformed uint64
	looks     string // what the first malformed record looks like
	from, to  int64
}

func newInference(cfg Config) *inference {
	in := &inference{cfg: cfg, declared: map[string]Feature{}, schema: newSchema(), hours: newHours(), segments: newSegmentCounter(cfg.Segments), from: NoTime, to: NoTime}
	for _, f := range cfg.watched() {
		in.declared[f.Name] = f
		if !IsDerived(f.Name) {
			in.watch(in.schema.declare(f.Name))
		}
	}
	for _, set := range cfg.Segments {
		in.dims = append(in.dims, set...)
	}
	in.present = make([]bool, len(in.dims))
	return in
}

// watch makes a column for a path that has none.
func (in *inference) watch(p *path) {
	if p.column == nil {
		p.column = newColumn(p.name, in.declared[p.name])
		in.watchable = append(in.watchable, p)
	}
}

// absent says which field that the configuration names is in no record.
func (in *inference) absent() error {
	if f := in.cfg.Timestamp.Field; f != "" && in.from == NoTime {
		return fmt.Errorf("no record has a time that can be read in the field %q; see timestamp", f)
	}
	for i, field := range in.dims {
		if !in.present[i] {
			return fmt.Errorf("no record has the field %q; see segments", field)
		}
	}
	return nil
}

// maxColumns bounds the fields that are looked at, and those of the schema.
const maxColumns = 2000

// reading is the inference while it reads: what it decodes of each row.
type reading struct {
	*inference
	decoder Decoder
	row     []Value
	parse   func(Value) (int64, bool)
	timeAt  int   // index in row of the event time's field; -1: there is none
	dimsAt  []int // likewise of the dimensions'
	dims    []Value
	scratch []byte
}

func (in *inference) read(format Format, rows Rows) error {
	p, r := &plan{}, &reading{inference: in, timeAt: -1}
	for _, d := range in.dims {
		r.dimsAt = append(r.dimsAt, p.field(d))
	}
	var err error
	if in.cfg.Timestamp.Field != "" {
		if r.parse, err = in.cfg.Timestamp.parser(); err != nil {
			return err
		}
		r.timeAt = p.field(in.cfg.Timestamp.Field)
	}
	in.derive(p)
	if r.decoder, err = format(p.fields); err != nil {
		return err
	}
	r.row, r.dims = make([]Value, len(p.fields)), make([]Value, len(r.dimsAt))
	return rows(r.take)
}

// take learns from one row.
func (r *reading) take(row Row) error {
	r.seen++
	if err := r.decoder.Decode(row.Value, r.row); err != nil {
		r.malformed++
		if !errors.Is(err, ErrMalformed) {
			return err
		}
		if r.malformed == 1 {
			r.looks = r.decoder.Explain(row.Value)
		}
		return nil
	}
	r.schema.rows++
	at := r.eventTime(row)
	for i, f := range r.dimsAt {
		r.dims[i] = r.row[f]
		r.present[i] = r.present[i] || r.row[f].Type != Absent
	}
	r.segments.count(r.dims)
	for _, c := range r.derived {
		c.see(c.compute(&Record{Time: row.Log, Value: row.Value}, at, r.row, c.at), r.schema.rows, &r.scratch)
	}
	return r.decoder.Walk(row.Value, r.field)
}

// eventTime is that of a decoded row, NoTime where it has none.
func (r *reading) eventTime(row Row) int64 {
	at := row.Event
	if r.timeAt >= 0 && at == NoTime {
		if t, ok := r.parse(r.row[r.timeAt]); ok {
			at = t
		}
	}
	if at == NoTime {
		return at
	}
	r.hours.count(at)
	if r.from == NoTime || at < r.from {
		r.from = at
	}
	r.to = max(r.to, at+1)
	return at
}

// field learns from one field of a row.
func (r *reading) field(name []byte, v Value) {
	p := r.schema.see(name, v)
	if p == nil {
		return
	}
	if len(r.declared) == 0 && !IsDerived(p.name) && !isReserved(p.name) && len(r.watchable)-r.schema.freed < maxColumns {
		r.watch(p)
	}
	if p.column != nil {
		p.column.see(v, r.schema.rows, &r.scratch)
	}
}

// reference chooses the features and their edges.
func (in *inference) reference() (*stats.Reference, error) {
	ref := &stats.Reference{Dimensions: in.cfg.Segments}
	if in.from != NoTime {
		ref.From, ref.To = in.from, in.to
	}
	ref.Volume = in.hours.volume()
	in.schema.describe(ref)
	var features []*stats.Edges
	for _, c := range in.candidates() {
		f, declared := in.declared[c.name]
		k, leftOut := c.kind(in.schema.rows)
		switch {
		case declared && f.Kind != "":
			var err error
			if k, err = stats.ParseKind(f.Kind); err != nil {
				return nil, err
			}
		case declared && k == 0:
			return nil, fmt.Errorf("the feature %q %s in %d records, so its kind cannot be inferred; declare its kind, or leave it out", c.name, neverOr(leftOut), in.schema.rows)
		case declared:
		case c.name == in.cfg.Key:
			leftOut = "the key"
		case c.name == in.cfg.Timestamp.Field:
			leftOut = TheTimestamp
		}
		if !declared && IsDerived(c.name) {
			if k == 0 { // no record has the times that it is computed of
				continue
			}
			leftOut = ""
		}
		if !declared && leftOut != "" {
			ref.LeftOut = append(ref.LeftOut, stats.LeftOut{Name: c.name, Reason: leftOut})
			continue
		}
		features = append(features, c.edges(k, f, in.cfg))
		ref.Singletons = append(ref.Singletons, c.singletons())
	}
	if field := in.cfg.Timestamp.Field; field != "" && len(in.declared) > 0 {
		ref.LeftOut = append(ref.LeftOut, stats.LeftOut{Name: field, Reason: TheTimestamp})
	}
	for _, f := range ref.Fields {
		if f.Open && len(in.declared) == 0 {
			ref.LeftOut = append(ref.LeftOut, stats.LeftOut{Name: f.Pattern(), Reason: OpenObject})
		}
	}
	if !slices.ContainsFunc(features, func(e *stats.Edges) bool { return len(in.declared) > 0 || !IsDerived(e.Name) }) {
		return nil, fmt.Errorf("none of the %d fields is worth watching (the last reason: %s); declare features", len(in.watchable), lastReason(ref.LeftOut))
	}
	ref.Layout = stats.NewLayout(features)
	ref.Segments = in.segments.names(in.cfg.MaxSegments)
	if len(in.cfg.Segments) == 0 {
		ref.Segments = nil
	}
	return ref, nil
}

func neverOr(reason string) string {
	if reason == "" || reason == "never has a value" {
		return "never has a value"
	}
	return "is " + reason
}

func lastReason(l []stats.LeftOut) string {
	if len(l) == 0 {
		return "no record has a field"
	}
	return l[len(l)-1].Name + ": " + l[len(l)-1].Reason
}
