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
	segments := 1 + len(ref.Segments)
	all, counter := newPane(segments), counter{layout: p.layout}
	all.counts(0, p.layout.NewCounts)
	batch := make([]Record, 0, 1024)
	own := newOwnWindows(p.layout, ref, milliseconds(cfg.Window.Size))
	flush := func() error {
		err := w.decode(Block{Records: func(buf []Record, _ *Scratch) ([]Record, error) { return append(buf, batch...), nil }})
		if err != nil {
			return err
		}
		batch = batch[:0]
		for i, why := range w.rows.reject {
			switch why {
			case accepted, timestampMissing, timestampInvalid: // it is of the reference all the same
				w.rows.pane[i] = 0
			}
		}
		counter.count(&w.rows.columns, 1, segments, func(_ int, segment int32) *stats.Counts { return all.counts(segment, p.layout.NewCounts) })
		all.unfolded = true
		own.count(&counter, &w.rows)
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
	all.fold(p)
	ref.Counts, ref.Baselines = nil, own.baselines(len(p.features))
	for _, c := range all.segments {
		if c == nil {
			c = p.layout.NewCounts()
		}
		ref.Counts = append(ref.Counts, ref.Layout.Of(c))
	}
	return nil
}
