package monitor

import (
	"cmp"
	"fmt"
	"slices"

	"driftwatch/stats"
)

// Panes lists the stored panes with starts in [q.From, q.To), those of former
// layouts too: what an audit adds up. A pane that has records of before and
// after a change of layout is one.
func (m *Monitor) Panes(q Query) ([]PaneView, error) {
	c, _, err := m.d.Store.Load()
	if err != nil {
		return nil, err
	}
	found := map[paneSlice]*PaneView{}
	for _, e := range c.Progress.epochs() {
		if err := m.addPanes(found, e, q); err != nil {
			return nil, err
		}
	}
	ref := m.counting.Load()
	if q.Segment != "" && len(found) == 0 && (ref == nil || !slices.Contains(ref.Segments, q.Segment)) {
		return nil, NotThereError(fmt.Sprintf("monitor %q has no segment %q", q.Monitor, q.Segment))
	}
	views := make([]PaneView, 0, len(found))
	for _, v := range found {
		views = append(views, *v)
	}
	slices.SortFunc(views, func(a, b PaneView) int {
		return cmp.Or(a.Start.Compare(b.Start.Time), a.End.Compare(b.End.Time), cmp.Compare(a.Segment, b.Segment))
	})
	return views, nil
}

// paneSlice is what makes a pane the same to an audit.
type paneSlice struct {
	start, end int64
	segment    string
}

func (m *Monitor) addPanes(found map[paneSlice]*PaneView, e Epoch, q Query) error {
	layout := stats.NewLayout(nil) // rows only
	counts := layout.NewCounts()
	return m.d.Store.Panes(e.Layout, q.From, q.To, func(k PaneKey, b []byte) error {
		if !q.AllSegments && k.Segment != q.Segment {
			return nil
		}
		counts.Reset()
		if err := layout.Decode(counts, b); err != nil {
			return fmt.Errorf("a stored pane of monitor %q cannot be read: %w", m.d.Config.Name, err)
		}
		at := paneSlice{k.Start, k.Start + e.Every, k.Segment}
		if k.Start == Ancient || k.Start == Distant {
			at.end = k.Start
		}
		v := found[at]
		if v == nil {
			v = &PaneView{Segment: k.Segment, Start: UnixMilli(at.start), End: UnixMilli(at.end)}
			found[at] = v
		}
		v.Rows += counts.Rows
		if k.Late {
			v.Late += counts.Rows
		}
		return nil
	})
}
