package monitor

import (
	"fmt"
	"time"
)

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
		m.snapshot.Store(&snap)
		return
	}
	snap.Progress, snap.Committed = c.Progress, m.d.Now()
	for _, a := range c.Alerts {
		snap.Alerts[string(a.State)]++
	}
	if s := m.stream; s != nil {
		s.measure()
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
			why := "; is the broker up?"
			if source, ok := s.d.Source.(Troubled); ok {
				if err := source.Trouble(p.Partition); err != nil {
					why = ": " + err.Error()
				}
			}
			return fmt.Sprintf("no successful fetch from partition %d of the topic %q since %s%s", p.Partition, s.d.Config.Topic, Time{p.heard}.UTC().Format("15:04:05Z"), why)
		}
	}
	return ""
}
