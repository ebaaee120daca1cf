package monitor

import (
	"slices"

	"driftwatch/stats"
)

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
		err := w.decode(Block{Records: func(buf []Record, _ *Scratch) ([]Record, int, error) { return append(buf, batch...), 0, nil }})
		if err != nil {
			return err
		}
		batch = batch[:0]
		for i, why := range w.rows.reject {
			switch why {
			case accepted, timestampMissing, timestampInvalid: // it is of the reference all the same
				w.count(d, i, 0, placement{})
			}
		}
		w.add()
		for i, why := range w.rows.reject {
			if why == accepted {
				own.count(w, i)
			}
		}
		w.add()
		return nil
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
