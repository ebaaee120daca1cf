package monitor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"driftwatch/rules"
	"driftwatch/stats"
)

// flushEvery is how long a record waits in a delta: 100 ms is not felt by
// anybody, and merging ten deltas a second costs nothing.
const flushEvery = 100 * time.Millisecond

// read is one epoch: it reads from where the stream is until the topology
// changes, the stream is replaced, or ctx ends. It is the one loop that ticks,
// and the only goroutine that touches the stream.
func (m *Monitor) read(ctx context.Context) error {
	s := m.stream
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rejected := &rejectLog{log: m.d.Log, topic: m.d.Config.Topic}
	pl := newPipeline(s.plan, m.partitions(), m.d.Workers, m.d.limits, rejected)
	beats := make(chan Heartbeat)
	pl.beat = func(h Heartbeat) {
		select {
		case beats <- h:
		case <-ctx.Done():
		}
	}
	from := map[int32]int64{}
	for _, p := range s.parts {
		from[p.Partition] = p.Next
	}
	ended := make(chan error, 1)
	go func() { ended <- pl.run(ctx, m.d.Source, m.topology, from, m.d.Format, m.d.Workers) }()
	drained, err := m.turn(ctx, pl, beats, rejected)
	cancel()
	for range pl.out { // until the workers are gone
	}
	if looks := rejected.looks.Load(); looks != nil && m.looks == "" {
		m.looks = *looks
	}
	if source := <-ended; drained {
		return errors.Join(err, source)
	}
	return err
}

func (m *Monitor) partitions() []PartitionProgress {
	var all []PartitionProgress
	for _, p := range m.stream.parts {
		all = append(all, p.PartitionProgress)
	}
	return all
}

// turn takes what the pipeline brings, until it ends (drained), the stream is
// replaced, a backtest is at its end, or ctx ends.
func (m *Monitor) turn(ctx context.Context, pl *pipeline, beats <-chan Heartbeat, rejected *rejectLog) (drained bool, err error) {
	s := m.stream
	ticker := time.NewTicker(flushEvery)
	defer ticker.Stop()
	due := &due{at: m.d.Now()}
	for ticks := 1; ; {
		select {
		case d, ok := <-pl.out:
			if !ok {
				return true, nil
			}
			if err := m.accept(d); err != nil {
				return false, err
			}
			pl.recycle(d)
		case h := <-beats:
			s.Heard(h)
			continue
		case <-ticker.C:
			m.setReady(s.notReady(m.d.Now()))
			if ticks++; ticks%100 == 0 { // every 10 s
				rejected.tick()
			}
		case <-ctx.Done():
			return false, ctx.Err()
		}
		for more := true; more; {
			if ctx.Err() != nil {
				return false, ctx.Err()
			}
			now := m.d.Now()
			if more, err = s.Advance(now); err != nil {
				return false, err
			}
			s.deaf(m.d.Now().Sub(now))
			pl.watermark.Store(s.progress.Watermark)
			if s.learning != nil && (s.learning.again || s.learning.done(s)) {
				if err := m.relearn(ctx, now); err != nil {
					return false, err
				}
				return false, errAgain
			}
			if due.now(s, now, m.d.Checkpoint) {
				if err := m.commit(ctx); err != nil {
					return false, err
				}
			}
		}
		if s.finished {
			return false, nil
		}
	}
}

func (m *Monitor) accept(d *Delta) error {
	accepted, err := m.stream.Accept(d, m.d.Now())
	if err == nil && !accepted {
		err = fmt.Errorf("monitor %q: a delta does not continue the stream; this is a fault in driftwatch", m.d.Config.Name)
	}
	return err
}

// due says when to commit: at once when something was decided, every
// checkpoint interval, and when there is no room for more panes.
type due struct{ at time.Time }

func (d *due) now(s *Stream, now time.Time, every time.Duration) bool {
	decided := len(s.commit.Transitions) > 0 || len(s.commit.Incidents) > 0
	if !decided && !(s.dirty && now.Sub(d.at) >= every) && !s.crowded() {
		return false
	}
	d.at = now
	return true
}

// commit makes one transaction of what the stream decided since the last one.
func (m *Monitor) commit(ctx context.Context) error {
	if m.stream == nil {
		return nil
	}
	began := m.d.Now()
	if err := m.write(ctx, m.stream.takeCommit()); err != nil {
		return err
	}
	m.stream.committed()
	m.stream.deaf(m.d.Now().Sub(began))
	return nil
}

// write makes one transaction. A store that fails is tried until it works:
// nothing else may go on before.
func (m *Monitor) write(ctx context.Context, c *Commit) error {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 10*time.Second) {
		err := m.d.Store.Commit(c)
		if err == nil {
			break
		}
		m.d.Log.Error("the state cannot be written; nothing is counted until it can", "monitor", m.d.Config.Name, "err", err)
		m.setReady("the state cannot be written, and nothing is counted until it can: " + err.Error())
		if sleep(ctx, wait) != nil {
			m.stream = nil // nothing may be committed after what was not
			return fmt.Errorf("the last state of monitor %q was not written and will be read again: %w", m.d.Config.Name, err)
		}
	}
	m.publish(c)
	next := map[int32]int64{}
	for _, p := range c.Progress.Partitions {
		next[p.Partition] = p.Next
	}
	m.offer(next)
	return nil
}

// relearn ends learning, or begins it again at an earlier time: in one
// transaction the sample and the panes are deleted, the reference is stored,
// and the stream returns to where it started. Then everything is counted once.
func (m *Monitor) relearn(ctx context.Context, now time.Time) error {
	l := m.stream.learning
	c := m.stream.takeCommit()
	c.Reset, c.Panes, c.SampleAdd, c.SampleDrop = true, nil, nil, nil
	p := &c.Progress
	p.rewind()
	var ref *reference
	switch next, stray := l.stray(m.stream); {
	case l.again:
		p.Learn = &LearnProgress{Start: l.start, Floor: l.floor, Before: l.before.clone()}
	case stray:
		m.d.Log.Warn("too few records to learn from, and all at the beginning; learning begins later", "monitor", m.d.Config.Name,
			"at", UnixMilli(l.start).Format(time.RFC3339), "later", UnixMilli(next).Format(time.RFC3339), "rows", len(l.rows))
		p.Learn = &LearnProgress{Start: NoTime, Floor: next, Before: l.before.clone()}
	default:
		var err error
		if ref, err = m.builtReference(m.learned(l)); err != nil {
			return stuckError{err}
		}
		if c.Reference, err = ref.MarshalBinary(); err != nil {
			return err
		}
		c.Declared = m.d.declared(ref.Reference)
	}
	if err := m.write(ctx, c); err != nil {
		return err
	}
	from := Checkpoint{Progress: *p, Alerts: c.Alerts, Days: m.stream.days, Expired: NoTime}
	for _, i := range m.stream.incident.open {
		from.Incidents = append(from.Incidents, i.copy())
	}
	var err error
	m.stream, err = newStream(&m.d, ref, from, now)
	m.counting.Store(ref)
	return err
}

// stuckError is a fault of this monitor's configuration that only the data has
// shown: the others go on.
type stuckError struct{ error }

func (e stuckError) Unwrap() error { return e.error }

// learned builds the reference from the sample, and sees that the rules can use
// it.
func (m *Monitor) learned(l *learning) (*stats.Reference, error) {
	from, to := l.start, l.start+l.span
	source := fmt.Sprintf("learned from %s to %s", UnixMilli(from).Format(time.RFC3339), UnixMilli(to).Format(time.RFC3339))
	ref, err := BuildReference(m.d.Config, m.d.Format, l.sample(), source)
	if err != nil {
		return nil, err
	}
	ref.From, ref.To, ref.Volume = from, to, l.volume(m.stream)
	if l.evicted { // its windows are thinner than those that are compared with it
		ref.Baselines = nil
	}
	engine, err := m.d.compile(ref, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	m.d.Log.Info("the reference was learned", "monitor", m.d.Config.Name, "rows", ref.Counts[0].Rows, "features", len(ref.Layout.Features))
	rows := map[string]uint64{"": ref.Counts[0].Rows}
	for i, name := range ref.Segments {
		rows[name] = ref.Counts[i+1].Rows
	}
	for _, p := range engine.Check(rules.Sizes{Reference: rows}) {
		m.d.Log.Warn("a rule may not do all that it says", "monitor", m.d.Config.Name, "rule", p.Path, "why", p.Message)
	}
	return ref, nil
}
