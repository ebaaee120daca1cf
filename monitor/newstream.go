package monitor

import (
	"slices"
	"time"

	"driftwatch/rules"
)

// newStream goes on from a checkpoint, with a reference or, where it is nil,
// learning one.
func newStream(d *Deps, ref *reference, c Checkpoint, now time.Time) (*Stream, error) {
	retention := max(d.Retention.Milliseconds(), d.keeps()+milliseconds(d.Config.Window.Size))
	s := &Stream{d: d, progress: c.Progress, panes: map[paneID]*pane{}, away: map[int64]bool{}, incident: &incidents{}, commit: Commit{Expire: NoTime, ExpireSketches: NoTime}}
	s.progress.Totals = s.progress.Totals.clone()
	if s.progress.Totals.Rejected == nil {
		s.progress.Totals.Rejected = map[string]uint64{}
	}
	s.incident.resume(c.Incidents, time.Duration(d.Incidents.Regroup))
	for _, p := range c.Progress.Partitions {
		s.parts = append(s.parts, &partition{PartitionProgress: p, heard: now, arrived: now})
	}
	var err error
	if s.plan, err = newPlan(d.Config, retention, ref.stored()); err != nil {
		return nil, err
	}
	s.counter.layout = s.plan.layout
	if !d.backtest {
		if s.health, err = d.clockRules(); err != nil {
			return nil, err
		}
	}
	windows, clock := s.splitSaved(c.Alerts)
	if s.health != nil {
		for _, tr := range s.health.Restore(now.Truncate(time.Second).UTC(), clock) {
			s.decided(tr, nil)
		}
	}
	if ref == nil {
		s.kept, s.days = windows, c.Days
		err = s.resumeLearning(c.Progress.Learn)
	} else {
		err = s.resumeCounting(ref, c, windows, now)
	}
	return s, err
}

func (s *Stream) resumeLearning(p *LearnProgress) error {
	l := &learning{start: NoTime, floor: NoTime, span: milliseconds(s.d.Config.Reference.Learn), before: s.progress.Totals.clone()}
	if p != nil {
		l.start, l.floor, l.evicted, l.limit, l.before = p.Start, p.Floor, p.Evicted, p.Limit, p.Before
	}
	s.learning, s.progress.Learn = l, nil
	s.progress.Every = s.plan.times.every
	if l.start == NoTime { // it begins: what a former one left is not its own
		return nil
	}
	var err error
	if s.panes, err = s.load(Ancient+1, Distant); err != nil {
		return err
	}
	return s.d.Store.Sample(func(r SampleRow) error {
		r.Value = append([]byte(nil), r.Value...)
		l.insert(r)
		return nil
	})
}

func (s *Stream) resumeCounting(ref *reference, c Checkpoint, saved []rules.Saved, now time.Time) error {
	var err error
	s.ref = ref
	if s.engine, err = s.d.compile(ref.Reference, s.d.Log); err != nil {
		return err
	}
	t := &s.plan.times
	if means := s.d.Config.paneMeaning(ref.Reference); s.progress.Means != means {
		s.progress.goOn(means, t.every)
	}
	s.progress.Size, s.progress.Keep, s.expired = t.size, s.d.keeps(), c.Expired
	if err := s.resume(); err != nil {
		return err
	}
	s.engine.RestoreDays(c.Days)
	for _, tr := range s.engine.Restore(restoredAt(s.progress.Closed, c.Alerts), saved) {
		s.decided(tr, nil)
	}
	return nil
}

// restoredAt is the event time at which saved alerts are taken up: that of the
// last window and, as after learning no window is closed yet, not before what is
// known of them.
func restoredAt(closed int64, saved []rules.Saved) time.Time {
	at := time.UnixMilli(max(closed, 0)).UTC()
	for _, a := range saved {
		for _, t := range []time.Time{a.Left, a.Began} {
			if t.After(at) {
				at = t
			}
		}
	}
	return at
}

// splitSaved tells the states of the rules that are judged by the clock from
// those of the others. What is of no rule any more is with the others.
func (s *Stream) splitSaved(saved []rules.Saved) (windows, clock []rules.Saved) {
	for _, a := range saved {
		if s.health != nil && slices.Contains(s.health.Names(), a.Rule) {
			clock = append(clock, a)
		} else {
			windows = append(windows, a)
		}
	}
	return windows, clock
}
