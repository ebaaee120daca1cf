package monitor

import (
	"errors"
	"fmt"
	"slices"

	"driftwatch/stats"
)

// BuildReference summarises rows as a reference: it reads them once to find out
// what there is and to choose the cut points, and once more to count. Files,
// topic ranges and learnt samples all go through it. cfg.Features empty means
// every scalar field that is worth it; what is not, and why, is in LeftOut.
func BuildReference(cfg Config, format Format, rows Rows, source string) (*stats.Reference, error) {
	return buildReference(cfg, format, rows, source, nil)
}

// noRecordsError is nothing to build a reference from.
type noRecordsError string

func (e noRecordsError) Error() string { return string(e) }

// TheTimestamp is why the field of the event time is left out.
const TheTimestamp = "the timestamp"

// OpenObject is why the rare keys of an object are left out.
const OpenObject = "an object whose keys are values, of which ever new ones come"

// buildReference gives the reference the segments of like, unless that is nil.
func buildReference(cfg Config, format Format, rows Rows, source string, like *stats.Reference) (*stats.Reference, error) {
	_, ref, err := inferReference(cfg, format, rows, source)
	if err != nil {
		return nil, err
	}
	ref.Source = source
	if like != nil {
		ref.Segments = like.Segments
	}
	if err := countReference(ref, cfg, format, rows); err != nil {
		return nil, fmt.Errorf("cannot count the reference from %s: %w", source, err)
	}
	return ref, nil
}

// inferReference is the first reading: features, edges and segments, without
// counts.
func inferReference(cfg Config, format Format, rows Rows, source string) (*inference, *stats.Reference, error) {
	in := newInference(cfg)
	ref := (*stats.Reference)(nil)
	err := in.read(format, rows)
	switch {
	case err != nil:
	case in.seen == 0:
		err = noRecordsError("there are no records")
	case in.schema.rows == 0:
		err = noRecordsError(fmt.Sprintf("it has no usable record (%d were read, %d malformed): the first looks like %s", in.seen, in.malformed, in.looks))
	default:
		if ref, err = in.reference(); err == nil {
			err = in.absent()
		}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("cannot build the reference from %s: %w", source, err)
	}
	return in, ref, nil
}

// CountAt counts rows at the edges of a reference, for setting the two against
// each other: the same features and segments, other counts and fields. Malformed
// is how many records had to be left out. It fails where there is no other.
func CountAt(ref *stats.Reference, format Format, rows Rows, source string) (counted *stats.Reference, malformed uint64, err error) {
	var seen uint64
	var first []byte
	r := *ref
	r.Source, r.From, r.To, r.Volume = source, 0, 0, nil
	fields := newSchema()
	read, err := fields.read(format)
	if err != nil {
		return nil, 0, fmt.Errorf("cannot count %s: %w", source, err)
	}
	err = countReference(&r, Default(), format, func(yield func(Row) error) error {
		return rows(func(r Row) error {
			if seen++; seen == 1 {
				first = slices.Clone(r.Value)
			}
			if err := read(r.Value); err != nil {
				return err
			}
			return yield(r)
		})
	})
	if err != nil {
		return nil, 0, fmt.Errorf("cannot count %s: %w", source, err)
	}
	malformed = seen - r.Counts[0].Rows
	if r.Counts[0].Rows == 0 {
		err = fmt.Errorf("%s has no usable record (%d were read, %d malformed)", source, seen, malformed)
		if d, wrong := format(nil); wrong == nil && seen > 0 {
			if looks := d.Explain(first); looks != "" { // else it is left out for another reason
				err = fmt.Errorf("%w: the first looks like %s", err, looks)
			}
		}
		return nil, malformed, err
	}
	fields.describe(&r)
	return &r, malformed, nil
}

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

func (in *inference) read(format Format, rows Rows) error {
	p := &plan{}
	var dimsAt []int
	for _, d := range in.dims {
		dimsAt = append(dimsAt, p.field(d))
	}
	timeAt := -1
	var parse func(Value) (int64, bool)
	if in.cfg.Timestamp.Field != "" {
		var err error
		if parse, err = in.cfg.Timestamp.parser(); err != nil {
			return err
		}
		timeAt = p.field(in.cfg.Timestamp.Field)
	}
	in.derive(p)
	decoder, err := format(p.fields)
	if err != nil {
		return err
	}
	row, dims := make([]Value, len(p.fields)), make([]Value, len(dimsAt))
	var scratch []byte
	return rows(func(r Row) error {
		at, record := r.Event, r.Value
		in.seen++
		if err := decoder.Decode(record, row); err != nil {
			in.malformed++
			if !errors.Is(err, ErrMalformed) {
				return err
			}
			if in.malformed == 1 {
				in.looks = decoder.Explain(record)
			}
			return nil
		}
		in.schema.rows++
		if timeAt >= 0 && at == NoTime {
			if t, ok := parse(row[timeAt]); ok {
				at = t
			}
		}
		if at != NoTime {
			in.hours.count(at)
			if in.from == NoTime || at < in.from {
				in.from = at
			}
			in.to = max(in.to, at+1)
		}
		for i, at := range dimsAt {
			dims[i] = row[at]
			in.present[i] = in.present[i] || row[at].Type != Absent
		}
		in.segments.count(dims)
		for _, c := range in.derived {
			c.see(c.compute(&Record{Time: r.Log, Value: record}, at, row, c.at), in.schema.rows, &scratch)
		}
		return decoder.Walk(record, func(name []byte, v Value) {
			p := in.schema.see(name, v)
			if p == nil {
				return
			}
			if len(in.declared) == 0 && !IsDerived(p.name) && len(in.watchable)-in.schema.freed < maxColumns {
				in.watch(p)
			}
			if p.column != nil {
				p.column.see(v, in.schema.rows, &scratch)
			}
		})
	})
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

// countReference is the second reading: the counts at the edges just chosen, by
// the code that counts windows.
func countReference(ref *stats.Reference, cfg Config, format Format, rows Rows) error {
	p, err := newPlan(cfg, 0, ref)
	if err != nil {
		return err
	}
	w, err := newWorker(p, format)
	if err != nil {
		return err
	}
	d := newDelta(p.layout)
	batch := make([]Record, 0, 1024)
	pane := d.pane(0, false, 1+len(ref.Segments))
	own := newOwnWindows(p.layout, ref, milliseconds(cfg.Window.Size))
	flush := func() error {
		err := w.decode(Block{Records: func(buf []Record, _ *Scratch) ([]Record, int) { return append(buf, batch...), 0 }})
		for i, why := range w.rows.reject {
			switch {
			case err != nil:
			case why == accepted:
				w.count(d, i, 0, placement{})
				own.count(w, i)
			case why == timestampMissing || why == timestampInvalid: // it is of the reference all the same
				w.count(d, i, 0, placement{})
			}
		}
		batch = batch[:0]
		return err
	}
	err = rows(func(r Row) error {
		batch = append(batch, Record{Time: r.Log, Value: slices.Clone(r.Value)})
		if len(batch) == cap(batch) {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return err
	}
	d.fold(p)
	ref.Counts, ref.Baselines = nil, own.baselines(len(p.features))
	for _, c := range pane.Segments {
		if c == nil {
			c = p.layout.NewCounts()
		}
		ref.Counts = append(ref.Counts, ref.Layout.Of(c))
	}
	return nil
}
