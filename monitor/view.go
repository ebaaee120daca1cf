package monitor

import (
	"fmt"
	"strconv"
	"time"
)

// MonitorView is one entry of /api/v1/monitors.
type MonitorView struct {
	Name      string            `json:"name"`
	Topic     string            `json:"topic"`
	Rows      uint64            `json:"rows"` // counted into a pane since the state began, late ones too
	Late      uint64            `json:"late"`
	Rejected  map[string]uint64 `json:"rejected"`
	Skipped   uint64            `json:"skipped"`
	Lost      uint64            `json:"lost"`
	Watermark *Time             `json:"watermark"` // null: not yet
	Lag       int64             `json:"lag"`       // records to the last stable offset
	Next      map[string]int64  `json:"next"`      // "payments/0": 81273
	Learning  bool              `json:"learning"`
	Reference *AlertReference   `json:"reference"` // null while learning
	LeftOut   []LeftOutView     `json:"left_out"`
	Declared  *Declared         `json:"declared,omitempty"` // what the state was made under
}

// LeftOutView is a field that is not watched.
type LeftOutView struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// Query selects history or panes. From and To bound the windows' ends or the
// panes' starts, half-open, in Unix ms.
type Query struct {
	Monitor, Segment, Feature string
	AllSegments               bool // panes only
	From, To                  int64
}

// HistoryView is one closed window of one series.
type HistoryView struct {
	Start   Time             `json:"start"`
	End     Time             `json:"end"`
	Rows    uint64           `json:"rows"`
	Missing uint64           `json:"missing"`
	Partial bool             `json:"partial"` // the window began before the counting did
	Stats   map[string]Float `json:"stats"`
}

// PaneView is one pane of one segment. Rows counts the late ones too.
type PaneView struct {
	Segment string `json:"segment"`
	Start   Time   `json:"start"`
	End     Time   `json:"end"`
	Rows    uint64 `json:"rows"`
	Late    uint64 `json:"late"`
}

// Snapshot is what the metrics show of one monitor: its state as of the last
// commit, and the latest closed window's statistics.
type Snapshot struct {
	Monitor   string
	Topic     string
	Progress  Progress
	Committed time.Time // wall time of the last commit
	Window    AlertWindow
	Series    []SeriesStats
	Alerts    map[string]int // by state: pending, firing
	Pooled    uint64         // rows of that window in segments pooled as (other), of the first set
	// NotReady is the sentence /readyz gives; "" is ready.
	NotReady string
}

// SeriesStats are the statistics of one feature ("" for the rows themselves)
// in one segment ("" overall); undefined ones are left out.
type SeriesStats struct {
	Segment, Feature string
	Rows             uint64
	Stats            map[string]float64
}

// Delivery is what a receiver has done about an incident.
type Delivery struct {
	Revision   uint64 `json:"revision"`
	MessageID  string `json:"message_id"` // the receiver's own name of the message, for editing it
	Attempting bool   `json:"attempting"` // a first message was about to be sent when last heard of
	Shown      uint64 `json:"shown"`      // revision that the message shows already, where events are still to be told; else 0
	Charted    bool   `json:"charted"`    // its chart was sent, or what stands for it
	Told       uint64 `json:"told"`       // number of the last event of the incident's timeline that was told
}

// View is the monitor as of the last commit.
func (m *Monitor) View() (MonitorView, error) {
	c, _, err := m.d.Store.Load()
	if err != nil {
		return MonitorView{}, fmt.Errorf("cannot read the state of monitor %q: %w", m.d.Config.Name, err)
	}
	v := c.view(m.d.Config.Name, m.d.Config.Topic)
	if ref := m.counting.Load(); ref != nil {
		shown := ref.view(max(c.Progress.Closed, 0))
		v.Reference = &shown
		for _, l := range ref.LeftOut {
			v.LeftOut = append(v.LeftOut, LeftOutView{l.Name, l.Reason})
		}
	}
	return v, nil
}

// StoredView is a monitor that has a state and is no longer configured.
func StoredView(name string, s Store) (MonitorView, error) {
	c, _, err := s.Load()
	if err != nil {
		return MonitorView{}, fmt.Errorf("cannot read the state of the former monitor %q: %w", name, err)
	}
	return c.view(name, c.Progress.Topic), nil
}

func (c *Checkpoint) view(name, topic string) MonitorView {
	p, t := &c.Progress, &c.Progress.Totals
	v := MonitorView{
		Name: name, Topic: topic, Rows: t.Rows, Late: t.Late, Rejected: t.Rejected,
		Skipped: t.Skipped, Lost: t.Lost, Next: map[string]int64{}, Learning: p.Learn != nil, LeftOut: []LeftOutView{}, Declared: c.Declared,
	}
	if v.Rejected == nil {
		v.Rejected = map[string]uint64{}
	}
	for _, part := range p.Partitions {
		v.Next[topic+"/"+strconv.Itoa(int(part.Partition))] = part.Next
		v.Lag += max(0, part.End-part.Next)
	}
	if p.Watermark != NoTime {
		at := UnixMilli(p.Watermark)
		v.Watermark = &at
	}
	return v
}
