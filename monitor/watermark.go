package monitor

import (
	"slices"
	"time"
)

// release lets go of partitions that are at their end and silent, so that they
// do not hold the watermark, and takes back those that cannot be read: they may
// have records that nobody has seen.
func (s *Stream) release(now time.Time) {
	idle := time.Duration(s.d.Config.Window.IdleTimeout)
	for _, p := range s.parts {
		released := p.done
		if !s.d.backtest {
			// It was silent only up to when it was last heard of.
			// When one of them wakes, the others must be heard of anew: what woke
			// it may be in their logs too.
			released = s.reachable(p, now) && p.atEnd() && p.heard.After(s.woken) && (p.Released || p.heard.Sub(p.arrived) >= idle)
		}
		if p.Released != released {
			p.Released = released
			s.dirty = true
		}
	}
}

// reachable says that a fetch from the partition has succeeded lately.
func (s *Stream) reachable(p *partition, now time.Time) bool {
	return now.Sub(p.heard) < time.Duration(s.d.Config.Window.IdleTimeout)
}

// reach is how far the watermark may go now; NoTime: there is none yet.
func (s *Stream) reach(now time.Time) int64 {
	low, highest, held := NoTime, NoTime, false
	for _, p := range s.parts {
		highest = max(highest, p.Max)
		switch {
		case p.Released:
		case p.Max == NoTime:
			held = true
		case low == NoTime || p.Max < low:
			low = p.Max
		}
	}
	lateness := s.plan.times.lateness
	switch {
	case held:
		return NoTime
	case low != NoTime:
		s.quietAt = time.Time{}
		return low - lateness
	case s.d.backtest:
		s.finished = true
		if to := s.d.limits.to; to != NoTime && highest >= to { // all of the last window was read
			return max(to, s.progress.Highest)
		}
		return s.progress.Highest
	default:
		return s.reachByClock(now, highest, lateness)
	}
}

// reachByClock goes on when every partition is released: a topic that stops is
// noticed. The clock counts only while every partition is at its end and heard
// of, and only by how much it advances, so that a clock that jumps does no harm.
func (s *Stream) reachByClock(now time.Time, highest, lateness int64) int64 {
	waits := s.learning != nil && s.learning.start == NoTime // for the first record, however old
	for _, p := range s.parts {
		waits = waits || !p.atEnd() || !s.reachable(p, now)
	}
	if waits {
		s.quietAt = time.Time{}
		return NoTime
	}
	from := s.progress.Watermark
	if highest != NoTime {
		from = max(from, highest-lateness)
	}
	if from == NoTime { // a topic without a record starts now
		from = now.UnixMilli() - lateness
		s.progress.Origin = floor(from, s.plan.times.every)
		s.progress.Closed = s.progress.Origin
	}
	if s.quietAt.IsZero() {
		s.quietAt = now
	}
	passed := now.Sub(s.quietAt).Milliseconds()
	s.quietAt = s.quietAt.Add(time.Duration(passed) * time.Millisecond)
	return from + passed
}

// caughtUp says that every partition is at its end.
func (s *Stream) caughtUp() bool {
	return !slices.ContainsFunc(s.parts, func(p *partition) bool { return !p.atEnd() })
}

// deaf says that nothing could be heard for a while because the stream itself
// stood still: that is no fault of the partitions, and no silence of theirs.
func (s *Stream) deaf(d time.Duration) {
	for _, p := range s.parts {
		p.heard, p.arrived = p.heard.Add(d), p.arrived.Add(d)
	}
}

// leastIdle is the shortest idle timeout: a fetch waits for records up to 250 ms.
const leastIdle = 2 * time.Second

// hear takes in that a fetch from p has succeeded. Whatever writes to a partition that could
// not be read may have been cut off as well, and comes back later than the broker: an
// outage is no silence, and between two fetches there is not more of it than a part of
// the idle timeout.
func (s *Stream) hear(p *partition, at time.Time) {
	idle, gap := time.Duration(s.d.Config.Window.IdleTimeout), at.Sub(p.heard)
	switch {
	case gap <= 0:
		return
	case gap >= idle:
		p.arrived = at
	default:
		p.arrived = p.arrived.Add(max(0, gap-idle/4))
	}
	p.heard = at
}
