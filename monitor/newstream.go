package monitor

import (
	"fmt"
	"time"

	"driftwatch/rules"
	"driftwatch/stats"
)

// newStream goes on from a checkpoint, with a reference or, where it is nil,
// learning one.
func newStream(d *Deps, ref *stats.Reference, name string, c Checkpoint, now time.Time) (*Stream, error) {
	retention := d.Retention.Milliseconds()
	s := &Stream{d: d, progress: c.Progress, panes: map[paneID]*pane{}, incident: &incidents{}, commit: Commit{Expire: NoTime}}
	s.progress.Totals = s.progress.Totals.clone()
	if s.progress.Totals.Rejected == nil {
		s.progress.Totals.Rejected = map[string]uint64{}
	}
	for i := range c.Incidents {
		if c.Incidents[i].State == firing {
			s.incident.open = append(s.incident.open, &c.Incidents[i])
		}
	}
	for _, p := range c.Progress.Partitions {
		s.parts = append(s.parts, &partition{PartitionProgress: p, heard: now, arrived: now})
	}
	var err error
	if s.plan, err = newPlan(d.Config, retention, ref); err != nil {
		return nil, err
	}
	if !d.backtest {
		if s.health, err = compileHealth(d.Config.Name); err != nil {
			return nil, err
		}
	}
	if ref == nil {
		var health []rules.Saved
		s.kept, health = splitSaved(c.Alerts)
		if s.health != nil {
			s.health.Restore(now, health) // the built-in rules do not change
		}
		err = s.resumeLearning(c.Progress.Learn)
	} else {
		err = s.resumeCounting(ref, name, c, now)
	}
	return s, err
}

func compileHealth(monitor string) (*rules.Engine, error) {
	e, problems := newHealth(monitor)
	for _, p := range problems {
		if !p.Warning {
			return nil, fmt.Errorf("a built-in rule is wrong: %s", p.Message)
		}
	}
	return e, nil
}

func (s *Stream) resumeLearning(p *LearnProgress) error {
	l := &learning{start: NoTime, span: milliseconds(s.d.Config.Reference.Learn), before: s.progress.Totals.clone()}
	if p != nil {
		l.start, l.evicted, l.limit, l.before = p.Start, p.Evicted, p.Limit, p.Before
	}
	s.learning, s.progress.Learn = l, nil
	s.progress.Layout, s.progress.Closed = "", NoTime
	if l.start == NoTime { // it begins: what a former one left is dropped
		return s.d.Store.Sample(func(r SampleRow) error {
			r.Value = nil
			s.commit.SampleDrop = append(s.commit.SampleDrop, r)
			return nil
		})
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

func (s *Stream) resumeCounting(ref *stats.Reference, name string, c Checkpoint, now time.Time) error {
	full := ref
	ref, err := restrict(full, s.d.Config.Features)
	if err != nil {
		return err
	}
	if s.plan, err = newPlan(s.d.Config, s.d.Retention.Milliseconds(), ref); err != nil {
		return err
	}
	s.ref = newReference(ref, name)
	s.ref.hash = full.Hash()
	if s.engine, err = s.d.compile(ref, s.d.Log); err != nil {
		return err
	}
	s.window = newWindow(s.plan.layout, len(s.plan.segments.names)+1)
	t := &s.plan.times
	if id := s.d.Config.layoutID(ref); s.progress.Layout != id {
		// The panes so far are of another layout: they stay as history, and
		// the windows fill anew.
		s.progress.Layout = id
		if s.progress.Closed != NoTime {
			s.progress.Closed = floor(s.progress.Closed, t.every)
			s.progress.Origin = floor(max(s.progress.Closed, s.progress.Highest)+t.every, t.every)
		}
	}
	s.progress.Every, s.progress.Size = t.every, t.size
	if err := s.resume(); err != nil {
		return err
	}
	mine, health := splitSaved(c.Alerts)
	at := time.UnixMilli(max(s.progress.Closed, 0)).UTC()
	for _, a := range c.Alerts { // after learning no window is closed yet
		for _, t := range []time.Time{a.Left, a.Began} {
			if t.After(at) {
				at = t
			}
		}
	}
	for _, e := range []struct {
		engine *rules.Engine
		saved  []rules.Saved
	}{{s.engine, mine}, {s.health, health}} {
		if e.engine == nil {
			continue
		}
		for _, tr := range e.engine.Restore(at, e.saved) {
			s.decided(tr, nil, now)
		}
	}
	return nil
}

// splitSaved tells the states of the built-in rules from those of the
// configured ones, which cannot have their names.
func splitSaved(saved []rules.Saved) (mine, health []rules.Saved) {
	for _, a := range saved {
		if builtIn(a.Rule) {
			health = append(health, a)
		} else {
			mine = append(mine, a)
		}
	}
	return mine, health
}

func builtIn(rule string) bool {
	for _, r := range healthRules("") {
		if r.Name == rule {
			return true
		}
	}
	return false
}
