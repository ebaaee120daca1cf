package monitor

import (
	"fmt"
	"math"
	"slices"

	"driftwatch/stats"
)

// What the API shows is committed state, read from the store: never what the
// stream holds in memory.

// NotThereError is a query for a segment, a feature or a monitor that is not
// there; its text says which are.
type NotThereError string

func (e NotThereError) Error() string { return string(e) }

// NotFound tells the API to answer so.
func (e NotThereError) NotFound() bool { return true }

// maxHistory bounds the windows of one answer: the latest.
const maxHistory = 20_000

// History recomputes the closed windows whose ends are in [q.From, q.To) from
// the stored panes, of all epochs that still have some.
func (m *Monitor) History(q Query) ([]HistoryView, error) {
	ref := m.counting.Load()
	views := []HistoryView{}
	if ref == nil {
		return views, nil // learning: there are no windows yet
	}
	segment := slices.Index(ref.Segments, q.Segment) + 1
	if q.Segment != "" && segment == 0 {
		return nil, NotThereError(fmt.Sprintf("monitor %q has no segment %q; it has %v", q.Monitor, q.Segment, ref.Segments))
	}
	feature, found := findFeature(ref.Reference, q.Feature)
	if q.Feature != "" && !found {
		return nil, NotThereError(fmt.Sprintf("monitor %q has no feature %q; it has %v", q.Monitor, q.Feature, featureNames(ref.Reference)))
	}
	c, _, err := m.d.Store.Load()
	if err != nil {
		return nil, err
	}
	for _, e := range c.Progress.epochs() {
		h := &historyWindow{ref: ref, segment: segment, feature: feature, sensitive: slices.Contains(m.d.Config.sensitive(), q.Feature), expired: c.Expired, sum: ref.layout.NewCounts()}
		if e.Layout == c.Progress.Layout && segment == 0 && q.From <= e.Closed && e.Closed < q.To {
			h.latest = e.Closed
			if h.plan, h.sketch, err = m.latestSketch(ref, e); err != nil {
				return nil, err
			}
		}
		of, err := m.epochHistory(h, e, q)
		if err != nil {
			return nil, err
		}
		views = append(views, of...)
	}
	return views[max(0, len(views)-maxHistory):], nil
}

// epochHistory is the part of a history that lies in one epoch.
func (m *Monitor) epochHistory(h *historyWindow, e Epoch, q Query) (views []HistoryView, err error) {
	if e.Closed == NoTime {
		return nil, nil
	}
	first := e.Origin
	if e.Opened != NoTime {
		first = e.Opened
	}
	if h.expired != NoTime {
		first = max(first, ceil(h.expired, e.Every)) // of what ends by then, nothing is left
	}
	end := ceil(max(q.From, first+1), e.Every)
	last := min(e.Closed, q.To-1)
	end = max(end, floor(last, e.Every)-(maxHistory-1)*e.Every)
	if end > last {
		return nil, nil
	}
	panes, starts, err := m.storedPanes(h.ref, e.Layout, end-e.Size, last, h.segment)
	if err != nil {
		return nil, err
	}
	for ; end <= last; end += e.Every {
		h.move(panes, starts, end-e.Size, end)
		views = append(views, h.view(end-e.Size, end, e.Origin))
	}
	return views, nil
}

// storedPanes are the on-time counts of one segment in [from, to), and the
// starts in order.
func (m *Monitor) storedPanes(ref *reference, layout string, from, to int64, segment int) (map[int64]*stats.Counts, []int64, error) {
	name := ""
	if segment > 0 {
		name = ref.Segments[segment-1]
	}
	panes, starts := map[int64]*stats.Counts{}, []int64(nil)
	err := m.d.Store.Panes(layout, from, to, func(k PaneKey, b []byte) error {
		if k.Late || k.Segment != name {
			return nil
		}
		c := ref.layout.NewCounts()
		if err := ref.layout.Decode(c, b); err != nil {
			return fmt.Errorf("a stored pane of monitor %q cannot be read: %w", m.d.Config.Name, err)
		}
		panes[k.Start], starts = c, append(starts, k.Start)
		return nil
	})
	return panes, starts, err
}

// latestSketch is that of the latest window, the only one that has all it is made
// of: the others' are gone in part.
func (m *Monitor) latestSketch(ref *reference, e Epoch) (*plan, *sketch, error) {
	p, err := newPlan(m.d.Config, 0, ref.Reference)
	if err != nil {
		return nil, nil, err
	}
	all := newSketch(p)
	err = m.d.Store.Sketches(e.Closed-e.Size, e.Closed, func(_ int64, b []byte) error {
		of, err := decodeSketch(p, b)
		if err != nil {
			return fmt.Errorf("a stored sketch of monitor %q cannot be read: %w", m.d.Config.Name, err)
		}
		all.merge(of)
		return nil
	})
	return p, all, err
}

// historyWindow rolls one segment's window over stored panes.
type historyWindow struct {
	ref              *reference
	segment, feature int   // feature -1: the rows alone
	sensitive        bool  // nothing in the feature's own unit is shown
	expired          int64 // panes before are gone
	sum              *stats.Counts
	first, next      int // of starts: [first, next) are in the window

	latest int64 // end of the window that sketch is of; plan says what is in it
	plan   *plan
	sketch *sketch
}

func (h *historyWindow) move(panes map[int64]*stats.Counts, starts []int64, from, to int64) {
	for h.next < len(starts) && starts[h.next] < to {
		h.sum.Add(panes[starts[h.next]])
		h.next++
	}
	for h.first < h.next && starts[h.first] < from {
		h.sum.Sub(panes[starts[h.first]])
		h.first++
	}
	clear(h.sum.Extremes)
	for _, s := range starts[h.first:h.next] {
		for f, x := range panes[s].Extremes {
			h.sum.Extremes[f].Merge(x)
		}
	}
}

func (h *historyWindow) view(start, end, origin int64) HistoryView {
	v := HistoryView{
		Start: UnixMilli(start), End: UnixMilli(end), Rows: h.sum.Rows,
		Partial: start < max(origin, h.expired), Stats: map[string]Float{},
	}
	var of func() *sketch
	if h.sketch != nil && end == h.latest {
		of = func() *sketch { return h.sketch }
	}
	traffic := h.ref.traffic(h.segment, h.sum, start, end, v.Partial, of)
	for _, st := range stats.Table() {
		if st.Count != nil {
			v.Stats[st.Name] = Float(st.Count(traffic))
		}
	}
	name := ""
	if h.feature >= 0 {
		name = h.ref.Layout.Features[h.feature].Name
	}
	for _, statistic := range h.ref.constraintsOf(name) {
		x, _ := h.ref.asked(h.sum, statistic, name)
		v.Stats[statistic] = Float(x)
	}
	if h.feature < 0 {
		return v
	}
	profile := h.ref.layout.Profile(h.sum, h.feature)
	v.Missing = profile.Missing()
	c := h.ref.bases[h.segment][h.feature].Compare(profile)
	if of != nil {
		c.Samples = h.plan.valuesOf(of, h.feature)
	}
	for _, st := range stats.Statistics() {
		if st.Kinds&profile.Edges.Kind == 0 || h.sensitive && inOwnUnit(st.Name) {
			continue
		}
		x := math.NaN()
		if whole(profile, h.sum) {
			x = st.Compute(c)
		}
		v.Stats[st.Name] = Float(x)
	}
	return v
}
