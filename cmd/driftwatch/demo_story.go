package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"driftwatch/monitor/notify"
)

const (
	// settled is how long an incident must stay as it is before it is shown:
	// the alerts of one cause join it within seconds, and where Slack edits its
	// message, a terminal can only print it again.
	settled = 2 * time.Second
	// patience bounds the wait for the last payments to be counted.
	patience = 15 * time.Second
)

// story tells on the terminal what happens. It knows the faults from the load,
// and everything else from the HTTP API, like any user.
type story struct {
	out        io.Writer
	load       *load
	showsSlack bool // Slack is not configured: show what it would

	state     demoState
	elapsed   time.Duration // since the start, when state was fetched
	learnt    bool
	faulty    bool
	incidents map[string]*toldIncident
}

// toldIncident is how far an incident has been told.
type toldIncident struct {
	revision, shown uint64
	since           time.Time // when the revision was first seen
}

// tell narrates until all payments are counted or ctx ends.
func (s *story) tell(ctx context.Context, address string) error {
	s.incidents = map[string]*toldIncident{}
	s.line("%.0f payments/s go to the topic %s of a Kafka in memory, %s", s.load.rate, s.load.topic, s.load.brokers[0])
	s.line("metrics and API: http://%s/", address)
	s.line("learning what is normal")
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		state, err := fetchDemoState(ctx, address)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		s.state, s.elapsed = state, time.Since(s.load.start)
		left := s.load.total() - min(state.decided(), s.load.total())
		s.tellReference()
		s.tellFaults()
		s.tellIncidents(time.Now(), left == 0)
		if left == 0 {
			return nil
		}
		if s.load.duration > 0 && time.Since(s.load.start) > s.load.duration+patience {
			return fmt.Errorf("%d of the demo's %d payments are still not counted %v after the last was due; is the machine very busy?",
				left, s.load.total(), patience)
		}
	}
}

func (s *story) tellReference() {
	if s.learnt || s.state.monitor.Reference == nil {
		return
	}
	s.learnt = true
	s.line("the reference is built; every window of 4 s is compared with it from now on")
	for _, f := range s.state.monitor.LeftOut {
		s.line("  not watched: %s, %s", f.Name, f.Reason)
	}
}

func (s *story) tellFaults() {
	faulty := s.load.faults.active(time.Since(s.load.start))
	switch {
	case faulty && !s.faulty:
		s.line("now injecting: %s", faultText)
	case !faulty && s.faulty:
		s.line("the faults have ended")
	}
	s.faulty = faulty
}

// tellIncidents shows the incidents that have settled; at the end, all.
func (s *story) tellIncidents(now time.Time, end bool) {
	for _, incident := range s.state.incidents {
		told := s.incidents[incident.ID]
		if told == nil {
			told = &toldIncident{}
			s.incidents[incident.ID] = told
		}
		if told.revision != incident.Revision {
			told.revision, told.since = incident.Revision, now
		}
		if told.shown == told.revision || !end && now.Sub(told.since) < settled {
			continue
		}
		told.shown = told.revision
		if s.showsSlack {
			s.line("Slack would show:\n    | %s", strings.ReplaceAll(strings.TrimSpace(notify.Render(incident)), "\n", "\n    | "))
		}
	}
}

// sumUp ends the story.
func (s *story) sumUp() {
	fired, resolved := len(s.state.alerts), 0
	for _, a := range s.state.alerts {
		if a.State == "ok" {
			resolved++
		}
	}
	m := s.state.monitor
	s.line("done: %d payments counted, %.0f/s; %d alerts fired, %d resolved",
		m.Rows, float64(m.Rows)/max(s.elapsed.Seconds(), 1), fired, resolved)
}

// line prints one line with the time since the start in front.
func (s *story) line(format string, args ...any) {
	elapsed := int(time.Since(s.load.start).Seconds())
	fmt.Fprintf(s.out, "%02d:%02d %s\n", elapsed/60, elapsed%60, fmt.Sprintf(format, args...))
}

// lockedWriter keeps the lines of several goroutines apart.
type lockedWriter struct {
	mu sync.Mutex // over w
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
