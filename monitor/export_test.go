package monitor

import "driftwatch/stats"

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
	d, l, lim := newDelta(p.layout), newLane(newPartition(Bounds{}, 0)), &limits{from: NoTime, to: NoTime}
	return func(records []Record) error {
		b := Block{From: records[0].Offset, To: records[len(records)-1].Offset + 1}
		b.Records = func(buf []Record, _ *Scratch) ([]Record, int) { return append(buf, records...), 0 }
		if err := w.decode(b); err != nil {
			return err
		}
		w.observe(d, l, b, lim)
		d.fold(p)
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
	return s.append(nil), nil
}
