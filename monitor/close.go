package monitor

import (
	"time"

	"driftwatch/rules"
)

// closeWindow closes the next window, if the watermark has reached its end, and steps
// the rules for it. Where it has reached that of another one, too, more is true.
func (s *Stream) closeWindow(now time.Time) (more bool, err error) {
	end, due := s.nextDue()
	if !due {
		return false, nil
	}
	if err := s.close(end, now); err != nil {
		return false, err
	}
	s.skipEmpty()
	_, more = s.nextDue()
	return more, nil
}

// nextDue is the end of the next window, and whether the watermark has reached it.
func (s *Stream) nextDue() (end int64, due bool) {
	end = s.nextEnd()
	return end, end != NoTime && s.progress.Watermark != NoTime && end <= s.progress.Watermark
}

// nextEnd is the end of the next window: one pane after the last, the first
// time the end of the first pane.
func (s *Stream) nextEnd() int64 {
	if s.progress.Closed != NoTime {
		return s.progress.Closed + s.plan.times.every
	}
	first := s.firstOpen()
	if first == NoTime {
		return NoTime
	}
	return first + s.plan.times.every
}

// firstOpen is the start of the earliest open pane; NoTime: there is none.
func (s *Stream) firstOpen() int64 {
	first := NoTime
	for id := range s.panes {
		if s.open(id) && (first == NoTime || id.start < first) {
			first = id.start
		}
	}
	for start := range s.away {
		if s.open(paneID{start, false}) && (first == NoTime || start < first) {
			first = start
		}
	}
	return first
}

// close merges the newest pane, takes out the expired ones, and evaluates.
func (s *Stream) close(end int64, now time.Time) error {
	t := &s.plan.times
	start := end - t.every
	if s.progress.Origin == NoTime {
		s.progress.Origin = start
		if s.progress.Amid {
			s.progress.Origin = end
		}
	}
	if err := s.roll(s.window, end); err != nil {
		return err
	}
	if n := len(s.window.members); n > 0 && s.window.members[n-1].start == start {
		s.filled = end
	}
	for _, w := range s.others {
		if err := s.roll(w, end); err != nil {
			return err
		}
	}
	s.progress.Closed = end
	s.progress.Windows++
	s.dirty = true
	v := s.view()
	s.unshown = v
	if s.d.closed != nil {
		s.d.closed(v.window, v.samples)
	}
	for _, tr := range s.engine.Step(v.window.End, v.window, v.samples) {
		if v.err != nil {
			return v.err
		}
		s.decided(tr, v)
	}
	if len(s.incident.open) > 0 {
		s.incident.follow(s, s.engine, v.window.End, v.samples, v)
		s.incident.tick(s, now)
	}
	return v.err
}

// roll makes w the window of a stream that has closed up to end, after the one a
// pane before.
func (s *Stream) roll(w *window, end int64) error {
	for len(w.members) > 0 && w.members[0].start < end-w.back() {
		p, err := s.pane(paneID{w.members[0].start, false})
		if err != nil {
			return err
		}
		w.remove(p)
	}
	start := end - w.lag - s.plan.times.every
	p, err := s.pane(paneID{start, false})
	if err != nil {
		return err
	}
	p.fold(s.plan)
	if !quiet(w.layout, p.segments[0]) {
		w.add(start, p)
	}
	w.refresh()
	return nil
}

// skipEmpty jumps over windows that are empty like the last one, as long as no
// pane and no deadline of a rule comes: a silent year costs no more than a
// silent hour. What a rule would have decided in between is decided.
func (s *Stream) skipEmpty() {
	t := &s.plan.times
	closed := s.progress.Closed
	if !s.window.quiet() || closed < s.progress.Origin+t.size || !s.othersAreEmpty() {
		return
	}
	to := floor(s.progress.Watermark, t.every)
	if first := s.firstOpen(); first != NoTime {
		to = min(to, first)
	}
	if next, ok := s.engine.Next(); ok {
		to = min(to, floor(next.UnixMilli()-1, t.every))
	}
	if to > closed {
		s.progress.Windows += uint64((to - closed) / t.every)
		s.progress.Closed = to
		s.unshown = s.viewOf(s.window, nil)
	}
}

// resume rebuilds the windows from the store, and finds out which panes are open.
func (s *Stream) resume() error {
	closed := s.progress.Closed
	if closed != NoTime {
		closed = floor(closed, s.plan.times.every)
		s.progress.Closed = closed
	}
	s.filled = closed // at the latest
	err := s.d.Store.Panes(s.progress.Layout, max(closed, Ancient+1), Distant, func(k PaneKey, _ []byte) error {
		if !k.Late {
			s.away[k.Start] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.window = newWindow(s.d.own(), s.plan.layout, s.plan.segments.count())
	s.window.sketched = true
	for _, of := range s.d.spans() {
		s.others = append(s.others, newWindow(of, s.plan.layout, s.plan.segments.count()))
	}
	for _, w := range append(s.others, s.window) {
		if err := s.fill(w, closed); err != nil {
			return err
		}
	}
	return nil
}

// panesAtOnce bounds what is read of a window at a time.
const panesAtOnce = 8

// fill gives a window the panes that it has where the stream has closed up to an end.
func (s *Stream) fill(w *window, closed int64) error {
	if closed == NoTime {
		return nil
	}
	step := panesAtOnce * s.plan.times.every
	for from, to := closed-w.back(), closed-w.lag; from < to; from += step {
		stored, err := s.load(from, min(from+step, to))
		if err != nil {
			return err
		}
		w.addAll(stored)
		for _, p := range stored {
			s.drop(p)
		}
	}
	w.refresh()
	return nil
}

// decided records a transition: in the outbox, and in its incident.
func (s *Stream) decided(tr rules.Transition, v *view) {
	a := s.alert(tr, v)
	receivers := s.d.Receivers(tr.Rule.Severity, tr.Rule.Receivers)
	s.commit.Transitions = append(s.commit.Transitions, Transition{Receivers: receivers, Alert: a.transition()})
	s.incident.take(s, a, receivers)
}
