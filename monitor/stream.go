package monitor

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"driftwatch/rules"
	"driftwatch/stats"
)

// Stream is the one owner of a monitor's state: it merges deltas into panes,
// advances the watermark, closes windows, steps the rules, and gathers what the
// next transaction must hold. It has no goroutine, clock or input of its own,
// so one order of Accept calls gives one result.
type Stream struct {
	d        *Deps
	plan     *plan
	ref      *reference
	engine   *rules.Engine
	health   *rules.Engine // the rules that are judged by the clock, not by windows; nil in a backtest
	progress Progress
	parts    []*partition // by partition number
	panes    map[paneID]*pane
	away     map[int64]bool  // open panes that are in the store only, by start
	held     int64           // bytes that panes take, at most
	spare    []*stats.Counts // of panes that are no longer needed
	counter  counter
	window   *window
	others   []*window // those that rules look at beside it
	filled   int64     // end of the last closed pane that was not quiet; NoTime: none
	incident *incidents
	learning *learning     // nil once there is a reference
	kept     []rules.Saved // while learning: the states to go on from
	days     []rules.Day   // likewise
	expired  int64         // panes that start before it were gone when the stream began

	commit    Commit // what the next transaction holds
	dirty     bool
	judged    uint64 // windows, when the rules' days were last committed
	unshown   *view  // of the window closed last, while the metrics do not show it
	latest    []SeriesStats
	latestAt  AlertWindow
	quietAt   time.Time // when the clock last moved the watermark; zero: it does not
	looked    time.Time // when health last looked
	woken     time.Time // when a released partition last had a record again
	lost      uint64    // since health last looked
	recreated uint64
	finished  bool // backtest: every partition is at the end of its range
}

// partition is one source partition as the stream sees it.
type partition struct {
	PartitionProgress
	heard   time.Time // last successful fetch
	arrived time.Time // last record, and later by as long as nothing could be heard since
	done    bool      // backtest: at the end of its range
}

// atEnd says that every record a committed read can see is decided.
func (p *partition) atEnd() bool { return p.Next >= p.End }

func (s *Stream) part(n int32) *partition {
	i, ok := slices.BinarySearchFunc(s.parts, n, func(p *partition, n int32) int { return int(p.Partition) - int(n) })
	if !ok {
		return nil
	}
	return s.parts[i]
}

// Accept merges a delta, whole, if it continues every partition where the
// stream is; else it changes nothing. After an error, which is a stored pane
// that cannot be read, the stream has moved and the pane has not: Run gives up,
// and nothing of it may be committed.
func (s *Stream) Accept(d *Delta, now time.Time) (accepted bool, err error) {
	for _, r := range d.Ranges {
		if p := s.part(r.Partition); p == nil || p.Next != r.From {
			return false, nil
		}
	}
	for _, r := range d.Ranges {
		p := s.part(r.Partition)
		if r.Fresh { // malformed and late records are silence
			if p.Released {
				s.woken = now
			}
			p.arrived, p.Released = now, false
		}
		p.Next, p.Max, p.Step, p.First, p.done = r.To, r.Max, r.Step, r.First, p.done || r.Done
		p.Arrived, p.ArrivedStep, p.Delay, p.Last = r.Arrived, r.ArrivedStep, r.Delay, r.Last
		p.End = max(p.End, p.Next)
		s.progress.Totals.Lost += uint64(r.Lost)
		s.lost += uint64(r.Lost)
	}
	t := &s.progress.Totals
	t.Skipped += d.Skipped
	t.Rows += uint64(d.Rows)
	for why, n := range d.Rejected {
		if n > 0 {
			t.Rejected[reasonNames[why]] += n
		}
	}
	s.progress.Highest = max(s.progress.Highest, d.Highest)
	panes := make([]*pane, len(d.Panes))
	for i := range d.Panes {
		if panes[i], err = s.merge(&d.Panes[i]); err != nil {
			return false, err
		}
	}
	s.counter.count(&d.columns, len(panes), s.plan.segments.count(), func(pane int, segment int32) *stats.Counts {
		return panes[pane].counts(segment, s.newCounts)
	})
	if s.learning != nil {
		s.learning.add(s, d.Sample)
	}
	s.dirty = true
	return true, nil
}

// merge adds a delta's pane, but for the rows that are not counted yet. One for a window that is closed, which only
// a partition that was released can bring, moves to the late part as a whole.
func (s *Stream) merge(d *DeltaPane) (*pane, error) {
	id := paneID{d.Start, d.Late}
	if !id.late && id.start != Distant && s.progress.Closed != NoTime && id.start < s.progress.Closed {
		id.late = true
	}
	p, err := s.pane(id)
	if err != nil {
		return nil, err
	}
	overall := p.counts(0, s.newCounts)
	for cell, n := range d.Outcomes {
		overall.Cells[s.plan.outcome+cell] += n
	}
	if d.counts != nil {
		overall.Add(d.counts)
	}
	p.dirty, p.unfolded = true, true
	if id.late {
		s.progress.Totals.Late += d.Rows
	} else {
		p.mergeSketch(s.plan, d)
	}
	return p, nil
}

// open says that a pane is on time and its window not closed: it is in memory, or away.
func (s *Stream) open(id paneID) bool {
	return !id.late && id.start != Distant && (s.progress.Closed == NoTime || id.start >= s.progress.Closed)
}

// pane finds a pane in memory or, where it may be there, in the store; or makes
// a new one.
func (s *Stream) pane(id paneID) (*pane, error) {
	if p := s.panes[id]; p != nil {
		return p, nil
	}
	p := newPane(s.plan.segments.count())
	if !s.open(id) || s.away[id.start] {
		stored, err := s.load(id.start, id.start+1)
		if err != nil {
			return nil, err
		}
		if old := stored[id]; old != nil {
			p = old
			delete(stored, id)
		}
		for _, other := range stored { // the late part, or that on time
			s.drop(other)
		}
	}
	s.panes[id] = p
	s.held += s.plan.size.beside(id)
	if s.open(id) {
		delete(s.away, id.start)
	}
	return p, nil
}

// load reads the committed panes with from <= start < to.
func (s *Stream) load(from, to int64) (map[paneID]*pane, error) {
	segment := map[string]int{"": 0}
	for i, name := range s.plan.segments.names {
		segment[name] = i + 1
	}
	panes := map[paneID]*pane{}
	err := s.d.Store.Panes(s.progress.Layout, from, to, func(k PaneKey, b []byte) error {
		i, known := segment[k.Segment]
		if !known {
			return nil
		}
		id := paneID{k.Start, k.Late}
		if panes[id] == nil {
			panes[id] = newPane(len(segment))
		}
		c := s.newCounts()
		if err := s.plan.layout.Decode(c, b); err != nil {
			return fmt.Errorf("the stored pane of %s cannot be read: %w", UnixMilli(k.Start).Format(time.RFC3339), err)
		}
		panes[id].segments[i] = c
		return nil
	})
	if err != nil {
		return nil, err
	}
	return panes, s.loadSketches(panes, from, to)
}

// loadSketches gives the panes that were read their sketches, where they still
// have one.
func (s *Stream) loadSketches(panes map[paneID]*pane, from, to int64) error {
	return s.d.Store.Sketches(from, to, func(start int64, b []byte) error {
		p := panes[paneID{start, false}]
		if p == nil {
			return nil
		}
		var err error
		if p.sketch, err = decodeSketch(s.plan, b); err != nil {
			return fmt.Errorf("%w: that of %s", err, UnixMilli(start).Format(time.RFC3339))
		}
		return nil
	})
}

// Heard takes the news of a successful fetch.
func (s *Stream) Heard(h Heartbeat) {
	if p := s.part(h.Partition); p != nil && !s.d.backtest {
		s.hear(p, h.At)
		p.End = max(h.End, p.Next)
	}
}

// Advance moves the watermark as far as the partitions, and in run the clock,
// allow, and closes the next window, if it has passed that. Where it has passed others,
// more is true: in between there may be a commit, or the end.
func (s *Stream) Advance(now time.Time) (more bool, err error) {
	s.release(now)
	if w := s.reach(now); w != NoTime && (s.progress.Watermark == NoTime || w > s.progress.Watermark) {
		s.progress.Watermark = w
		s.dirty = true
	}
	if s.learning == nil {
		if more, err = s.closeWindow(now); err != nil {
			return false, err
		}
	}
	s.stepHealth(now)
	s.incident.tick(s, now)
	return more, nil
}

// takeCommit hands out what the next transaction must hold, and begins anew.
func (s *Stream) takeCommit() *Commit {
	c := s.commit
	s.commit = Commit{Expire: NoTime, ExpireSketches: NoTime}
	c.Expire = NoTime
	if s.progress.Watermark != NoTime {
		c.Expire = s.progress.Watermark - s.plan.times.retention
		s.progress.forget(c.Expire)
	}
	c.Progress = s.progress
	c.Progress.Totals.Rejected = maps.Clone(s.progress.Totals.Rejected)
	c.Progress.Partitions = nil
	for _, p := range s.parts {
		c.Progress.Partitions = append(c.Progress.Partitions, p.PartitionProgress)
	}
	if s.learning != nil {
		c.Progress.Learn = s.learning.progress()
	}
	c.Alerts = s.states()
	if s.engine != nil && s.progress.Windows != s.judged {
		c.Days, s.judged = s.engine.Days(), s.progress.Windows
	}
	c.Panes, c.Sketches = s.dirtyPanes()
	if s.progress.Closed != NoTime {
		c.ExpireSketches = s.progress.Closed - s.plan.times.size
	}
	s.dirty = false
	s.incident.committed()
	return &c
}

// states are the alert states that are not ok.
func (s *Stream) states() []rules.Saved {
	all := s.kept
	if s.engine != nil {
		all = s.engine.Export()
	}
	if s.health != nil {
		all = append(all, s.health.Export()...)
	}
	return all
}

func (s *Stream) dirtyPanes() (values []PaneValue, sketches []SketchValue) {
	for id, p := range s.panes {
		if !p.dirty {
			continue
		}
		p.fold(s.plan)
		for i, c := range p.segments {
			if c == nil {
				continue
			}
			k := PaneKey{Layout: s.progress.Layout, Start: id.start, Late: id.late}
			if i > 0 {
				k.Segment = s.plan.segments.names[i-1]
			}
			values = append(values, PaneValue{k, s.plan.layout.Append(nil, c)})
		}
		if p.sketch != nil && !id.late && id.start != Distant {
			sketches = append(sketches, SketchValue{id.start, p.sketch.append(nil, s.plan)})
		}
		p.dirty = false
	}
	return values, sketches
}
