package monitor

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

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

// View is the monitor as of the last commit.
func (m *Monitor) View() (MonitorView, error) {
	c, _, err := m.d.Store.Load()
	if err != nil {
		return MonitorView{}, fmt.Errorf("cannot read the state of monitor %q: %w", m.d.Config.Name, err)
	}
	p, t := &c.Progress, &c.Progress.Totals
	v := MonitorView{
		Name: m.d.Config.Name, Topic: m.d.Config.Topic, Rows: t.Rows, Late: t.Late, Rejected: t.Rejected,
		Skipped: t.Skipped, Lost: t.Lost, Next: map[string]int64{}, Learning: p.Learn != nil, LeftOut: []LeftOutView{},
	}
	if v.Rejected == nil {
		v.Rejected = map[string]uint64{}
	}
	for _, part := range p.Partitions {
		v.Next[m.d.Config.Topic+"/"+strconv.Itoa(int(part.Partition))] = part.Next
		v.Lag += max(0, part.End-part.Next)
	}
	if p.Watermark != NoTime {
		at := UnixMilli(p.Watermark)
		v.Watermark = &at
	}
	if ref := m.counting.Load(); ref != nil {
		shown := ref.view(max(p.Closed, 0))
		v.Reference = &shown
		for _, l := range ref.LeftOut {
			v.LeftOut = append(v.LeftOut, LeftOutView{l.Name, l.Reason})
		}
	}
	return v, nil
}

// maxHistory bounds the windows of one answer.
const maxHistory = 20_000

// History recomputes the closed windows whose ends are in [q.From, q.To) from
// the stored panes.
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
	feature := slices.IndexFunc(ref.Layout.Features, func(e *stats.Edges) bool { return e.Name == q.Feature })
	if q.Feature != "" && feature < 0 {
		return nil, NotThereError(fmt.Sprintf("monitor %q has no feature %q; see profile show or /api/v1/monitors", q.Monitor, q.Feature))
	}
	c, _, err := m.d.Store.Load()
	if err != nil {
		return nil, err
	}
	p := &c.Progress
	if p.Closed == NoTime {
		return views, nil
	}
	end := max(q.From, p.Origin+1)
	if r := floor(end, p.Every); r < end {
		end = r + p.Every
	}
	last := min(p.Closed, q.To-1)
	end = max(end, floor(last, p.Every)-(maxHistory-1)*p.Every)
	panes, starts, err := m.storedPanes(ref, p, end-p.Size, last, segment)
	if err != nil {
		return nil, err
	}
	h := &historyWindow{ref: ref, segment: segment, feature: feature, sum: ref.Layout.NewCounts()}
	for ; end <= last; end += p.Every {
		h.move(panes, starts, end-p.Size, end)
		views = append(views, h.view(end-p.Size, end, p.Origin))
	}
	return views, nil
}

// storedPanes are the on-time counts of one segment in [from, to), and the
// starts in order.
func (m *Monitor) storedPanes(ref *reference, p *Progress, from, to int64, segment int) (map[int64]*stats.Counts, []int64, error) {
	name := ""
	if segment > 0 {
		name = ref.Segments[segment-1]
	}
	panes, starts := map[int64]*stats.Counts{}, []int64(nil)
	err := m.d.Store.Panes(p.Layout, from, to, func(k PaneKey, b []byte) error {
		if k.Late || k.Segment != name {
			return nil
		}
		c := ref.Layout.NewCounts()
		if _, err := decodePane(b, ref.Layout, c); err != nil {
			return fmt.Errorf("a stored pane of monitor %q cannot be read: %w", m.d.Config.Name, err)
		}
		panes[k.Start], starts = c, append(starts, k.Start)
		return nil
	})
	return panes, starts, err
}

// historyWindow rolls one segment's window over stored panes.
type historyWindow struct {
	ref              *reference
	segment, feature int
	sum              *stats.Counts
	first, next      int // of starts: [first, next) are in the window
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
	v := HistoryView{Start: UnixMilli(start), End: UnixMilli(end), Rows: h.sum.Rows, Partial: start < origin, Stats: map[string]Float{}}
	if h.feature < 0 {
		return v
	}
	profile := h.ref.Layout.Profile(h.sum, h.feature)
	v.Missing = profile.Missing()
	c := h.ref.bases[h.segment][h.feature].Compare(profile)
	for _, st := range stats.Statistics() {
		if st.Kinds&h.ref.Layout.Features[h.feature].Kind == 0 {
			continue
		}
		x := st.Compute(c)
		if st.Name == "rows" && v.Partial {
			x = math.NaN()
		}
		v.Stats[st.Name] = Float(x)
	}
	return v
}

// Panes lists stored panes with starts in [q.From, q.To).
func (m *Monitor) Panes(q Query) ([]PaneView, error) {
	c, _, err := m.d.Store.Load()
	if err != nil {
		return nil, err
	}
	layout := stats.NewLayout(nil)
	ref := m.counting.Load()
	if q.Segment != "" && (ref == nil || !slices.Contains(ref.Segments, q.Segment)) {
		return nil, NotThereError(fmt.Sprintf("monitor %q has no segment %q", q.Monitor, q.Segment))
	}
	views := []PaneView{}
	start, first := NoTime, 0 // of the pane at hand, and its first view
	counts := layout.NewCounts()
	err = m.d.Store.Panes(c.Progress.Layout, q.From, q.To, func(k PaneKey, b []byte) error {
		if !q.AllSegments && k.Segment != q.Segment {
			return nil
		}
		counts.Reset()
		if _, err := decodePane(b, layout, counts); err != nil {
			return fmt.Errorf("a stored pane of monitor %q cannot be read: %w", m.d.Config.Name, err)
		}
		if k.Start != start {
			start, first = k.Start, len(views)
		}
		at := first + slices.IndexFunc(views[first:], func(v PaneView) bool { return v.Segment == k.Segment })
		if at < first {
			at = len(views)
			end := k.Start + m.every()
			if k.Start == Ancient || k.Start == Distant {
				end = k.Start
			}
			views = append(views, PaneView{Segment: k.Segment, Start: UnixMilli(k.Start), End: UnixMilli(end)})
		}
		views[at].Rows += counts.Rows
		if k.Late {
			views[at].Late += counts.Rows
		}
		return nil
	})
	return views, err
}

func (m *Monitor) every() int64 { return milliseconds(m.d.Config.Window.Every) }

// Snapshot is what the metrics show: the state as of the last commit.
func (m *Monitor) Snapshot() Snapshot {
	s := *m.snapshot.Load()
	s.NotReady = *m.notReady.Load()
	return s
}

// Ready says in a sentence why the monitor is not reading; nil: it is.
func (m *Monitor) Ready() error {
	if why := m.notReady.Load(); *why != "" {
		return fmt.Errorf("monitor %q: %s", m.d.Config.Name, *why)
	}
	return nil
}

func (m *Monitor) setReady(why string) { m.notReady.Store(&why) }

// publish makes a snapshot of what was just committed; nil: nothing yet.
func (m *Monitor) publish(c *Commit) {
	snap := Snapshot{Monitor: m.d.Config.Name, Topic: m.d.Config.Topic, Alerts: map[string]int{}}
	if c == nil {
		m.setReady("it has not started yet")
		snap.Progress = m.stored.Progress
		m.snapshot.Store(&snap)
		return
	}
	snap.Progress, snap.Committed = c.Progress, m.d.Now()
	for _, a := range c.Alerts {
		snap.Alerts[string(a.State)]++
	}
	if s := m.stream; s != nil {
		snap.Window, snap.Series = s.latestAt, s.latest
		if s.ref != nil && len(s.plan.segments.sets) > 0 {
			snap.Pooled = s.window.sums[s.plan.segments.sets[0].other].Rows
		}
	}
	m.snapshot.Store(&snap)
}

// notReady is why the stream is not reading.
func (s *Stream) notReady(now time.Time) string {
	for _, p := range s.parts {
		if !s.reachable(p, now) {
			return fmt.Sprintf("no successful fetch from partition %d of the topic %q since %s; is the broker up?", p.Partition, s.d.Config.Topic, Time{p.heard}.UTC().Format("15:04:05Z"))
		}
	}
	return ""
}
