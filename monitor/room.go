package monitor

import (
	"slices"

	"driftwatch/stats"
)

// Panes are in memory while rows come to them or windows move over them; the store has
// those that are committed. There is room for the open ones and for some others.

// newCounts are counts of nothing.
func (s *Stream) newCounts() *stats.Counts {
	s.held += s.plan.size.slab
	n := len(s.spare)
	if n == 0 {
		return s.plan.layout.NewCounts()
	}
	c := s.spare[n-1]
	s.spare = s.spare[:n-1]
	c.Reset()
	return c
}

// committed drops from memory what the store now holds and the stream no
// longer adds to, or will not for a while.
func (s *Stream) committed() {
	var open []int64
	for id, p := range s.panes {
		if s.open(id) {
			open = append(open, id.start)
		} else if !p.dirty {
			s.forget(id)
		}
	}
	most := s.plan.times.open()
	if s.learning != nil || len(open) <= most {
		return
	}
	slices.Sort(open)
	for _, start := range open[most:] {
		s.forget(paneID{start, false})
		s.away[start] = true
	}
}

// crowded says that there is no room for more panes before a commit.
func (s *Stream) crowded() bool {
	return s.learning == nil && s.held >= int64(s.plan.times.open())*s.plan.size.whole()+s.plan.size.waiting()
}

// forget drops a pane from memory.
func (s *Stream) forget(id paneID) {
	s.drop(s.panes[id])
	delete(s.panes, id)
	s.held -= s.plan.size.beside(id)
}

// drop lets go of a pane's counts and keeps the memory for others, of two panes at most.
func (s *Stream) drop(p *pane) {
	for _, c := range p.segments {
		if c == nil {
			continue
		}
		s.held -= s.plan.size.slab
		if len(s.spare) < 2*len(p.segments) {
			s.spare = append(s.spare, c)
		}
	}
}
