package monitor

import (
	"strings"

	"driftwatch/stats"
)

// Observer exposes the records' path, decode and observe, to the benchmarks.
func Observer(c Config, ref *stats.Reference, f Format) (func([]Record) error, error) {
	p, err := newPlan(c, 7*24*3600*1000, ref)
	if err != nil {
		return nil, err
	}
	w, err := newWorker(p, f)
	if err != nil {
		return nil, err
	}
	samples := &sampleLimits{}
	d, l, lim := newDelta(p, samples), newLane(newPartition(Bounds{}, 0)), &limits{from: NoTime, to: NoTime}
	segments, calls := p.segments.count(), int64(0)
	whole, counter := newPane(segments), counter{layout: p.layout}
	return func(records []Record) error {
		if calls++; calls%30 == 0 { // a pane of so many blocks
			whole.sketch.reset()
			*samples = sampleLimits{}
		}
		at := calls * 1 << 20 // other records each time
		b := Block{From: at + records[0].Offset, To: at + records[len(records)-1].Offset + 1}
		b.Records = func(buf []Record, _ *Scratch) ([]Record, error) {
			for _, r := range records {
				r.Offset += at
				buf = append(buf, r)
			}
			return buf, nil
		}
		if err := w.decode(b); err != nil {
			return err
		}
		w.observe(d, l, b, lim)
		w.finish(d)
		for i := range d.Panes {
			whole.mergeSketch(p, &d.Panes[i])
		}
		counter.count(&d.columns, len(d.Panes), segments, func(_ int, segment int32) *stats.Counts { return whole.counts(segment, p.layout.NewCounts) })
		samples.learn(d, NoTime)
		d.reset()
		return nil
	}, nil
}

// DeclaredOf is what a state is made under with d's profile.
func DeclaredOf(d Deps) *Declared { return d.declared(d.Profile) }

// Recode reads a stored sketch and writes it again.
func Recode(c Config, ref *stats.Reference, b []byte) ([]byte, error) {
	p, err := newPlan(c, 0, ref)
	if err != nil {
		return nil, err
	}
	s, err := decodeSketch(p, b)
	if err != nil {
		return nil, err
	}
	return s.append(nil, p), nil
}

// ShapeOf gives the fields of a record as name:letter. Known are the fields of
// the reference, "a.*" for an open object.
func ShapeOf(f Format, record []byte, known []string) (fields []string, whole bool) {
	names := fieldNames{}
	for _, name := range known {
		open, isOpen := strings.CutSuffix(name, "*")
		if isOpen {
			name = strings.TrimSuffix(open, ".")
		}
		names[fieldName{name, isOpen}] = struct{}{}
	}
	d, err := f(nil)
	if err != nil {
		panic(err)
	}
	s := newShaper(names)
	whole, _ = eachField(s.shape(d, record), func(name string, letter byte) { fields = append(fields, name+":"+string(letter)) })
	return fields, whole
}

// SchemaOf compares the fields of records, all of them, with those of a reference.
func SchemaOf(ref *stats.Reference, f Format, records [][]byte) (*stats.SchemaChanges, error) {
	d, err := f(nil)
	if err != nil {
		return nil, err
	}
	r := &reference{Reference: ref, schema: stats.NewSchema(ref)}
	s, shapes := newShaper(namesOf(ref)), map[string]int{}
	for _, record := range records {
		shapes[s.shape(d, record)]++
	}
	return r.shapes(shapes, stats.MinSchemaRows), nil
}

// FiresOn gives the alerts that fire on one window of records, by partition.
func FiresOn(d Deps, ref *stats.Reference, parts [][]Record, header func(*Record, string) ([]byte, bool)) ([]Alert, error) {
	d = d.withDefaults()
	p := Progress{Epoch: Epoch{Origin: NoTime, Closed: NoTime}, Watermark: NoTime, Highest: NoTime}
	for i := range parts {
		p.Partitions = append(p.Partitions, newPartition(Bounds{Partition: int32(i)}, 0))
	}
	prepared, err := newReference(ref, "test", "", d.Config)
	if err != nil {
		return nil, err
	}
	s, err := newStream(&d, prepared, Checkpoint{Progress: p, Expired: NoTime}, d.Now())
	if err != nil {
		return nil, err
	}
	w, err := newWorker(s.plan, d.Format)
	if err != nil {
		return nil, err
	}
	for i, records := range parts {
		b := Block{Partition: int32(i), To: int64(len(records)), Header: header}
		b.Records = func(buf []Record, _ *Scratch) ([]Record, error) { return append(buf, records...), nil }
		delta := newDelta(s.plan, &sampleLimits{})
		if err := w.decode(b); err != nil {
			return nil, err
		}
		w.observe(delta, newLane(p.Partitions[i]), b, &d.limits)
		w.finish(delta)
		if _, err := s.Accept(delta, d.Now()); err != nil {
			return nil, err
		}
	}
	if err := s.close(s.nextEnd(), d.Now()); err != nil {
		return nil, err
	}
	var fires []Alert
	for _, t := range s.commit.Transitions {
		if t.Alert.State == firing {
			fires = append(fires, t.Alert)
		}
	}
	return fires, nil
}

// Causes exposes what is asked about, by its rank.
var Causes = causes
