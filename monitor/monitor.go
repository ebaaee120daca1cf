// Package monitor is driftwatch's engine. Data flows one way:
//
//	Source -> Decoder -> worker (a Delta) -> Stream (panes, windows, rules) -> Commit -> Store
//
// Everything is a merge of panes; see the types Delta, Stream, Commit. The
// packages below it are the edges: brokers, formats, files, receivers, HTTP.
package monitor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"driftwatch/stats"
)

// Monitor watches one topic: it owns the stream, feeds it from the source, and
// commits what it decides.
type Monitor struct {
	d        Deps
	stored   Checkpoint
	found    bool
	anew     bool                        // what the reference is built from has changed
	ranges   map[string]*stats.Reference // built from the topic, by what they were built from
	stream   *Stream
	topology Topology
	looks    string // what a malformed record looks like, once there was one

	snapshot atomic.Pointer[Snapshot]
	notReady atomic.Pointer[string]
	counting atomic.Pointer[reference] // what windows are compared with now; nil while learning
	offsets  chan map[int32]int64
}

// New checks that the parts fit together. It starts nothing; its error is for
// the person who wrote the configuration.
func New(d Deps) (*Monitor, error) {
	d = d.withDefaults()
	m := &Monitor{d: d, ranges: map[string]*stats.Reference{}, offsets: make(chan map[int32]int64, 1)}
	if d.Profile != nil {
		if err := checkReference(d.Config, d.Profile); err != nil {
			return nil, fmt.Errorf("monitor %q: %w", d.Config.Name, err)
		}
		restricted, err := restrict(d.Profile, d.Config.watched())
		if err != nil {
			return nil, err
		}
		if _, err := d.compile(restricted, slog.New(slog.DiscardHandler)); err != nil {
			return nil, err
		}
	}
	m.publish(nil)
	return m, nil
}

// Name is the monitor's name.
func (m *Monitor) Name() string { return m.d.Config.Name }

// Start finds the topic, decides where reading begins and, where the reference
// is a range of the topic, builds it. It writes nothing: what cannot start
// leaves the state as it was, and Run begins with the first transaction. So it
// can be tried while another Monitor runs on the state, and again afterwards: a
// range that was built is built once.
func (m *Monitor) Start(ctx context.Context) (err error) {
	m.setReady("it is starting; a reference that is a range of the topic is built first")
	defer func() {
		if err != nil {
			m.setReady(err.Error())
		}
	}()
	if m.stored, m.found, err = m.d.Store.Load(); err != nil {
		return fmt.Errorf("cannot read the state of monitor %q: %w", m.d.Config.Name, err)
	}
	if m.topology, err = m.d.Source.Topology(ctx); err != nil {
		return err
	}
	if err := m.begin(ctx); err != nil {
		return err
	}
	learning := m.stored.Progress.Learn
	ref, err := m.reference(ctx)
	if err != nil {
		return err
	}
	if m.stream, err = newStream(&m.d, ref, m.stored, m.d.Now()); err != nil {
		return fmt.Errorf("monitor %q: %w", m.d.Config.Name, err)
	}
	m.counting.Store(ref)
	m.adopt()
	c := &m.stream.commit
	c.Declared = m.d.declared(ref.stored())
	c.Reset = c.Reset || learning == nil || m.stored.Progress.Learn != learning // what a former learning left is not its own
	if ref != nil && m.d.Profile == nil {
		if c.Reference, err = ref.MarshalBinary(); err != nil {
			return fmt.Errorf("the reference of monitor %q cannot be stored: %w", m.d.Config.Name, err)
		}
	}
	return nil
}

// begin resolves the start offsets of a new monitor or of a new topic.
func (m *Monitor) begin(ctx context.Context) error {
	c := m.d.Config
	p := &m.stored.Progress
	if m.found && p.Topic == c.Topic {
		return nil
	}
	at, err := ParseStart(c.Start, m.d.Now())
	if err != nil {
		return err
	}
	from, err := m.d.Source.Resolve(ctx, m.topology, at)
	if err != nil {
		return err
	}
	if !m.found {
		p.forgetTime()
	}
	p.rewind()
	for _, old := range p.Partitions {
		p.Carried += old.Decided()
	}
	p.forgetTime()
	p.Topic, p.TopicID, p.Partitions = c.Topic, m.topology.ID, nil
	for _, b := range m.topology.Partitions {
		next := from[b.Partition]
		p.Partitions = append(p.Partitions, newPartition(b, next))
	}
	return nil
}

func newPartition(b Bounds, next int64) PartitionProgress {
	p := PartitionProgress{Partition: b.Partition, Start: next, Next: next, End: max(b.End, next)}
	p.forgetTime()
	return p
}

// adopt brings the stream's partitions in line with the topology: new ones
// begin at their first offset, and a topic that was made anew, or whose end
// lies before where the stream is, at its first again.
func (m *Monitor) adopt() {
	s := m.stream
	now := m.d.Now()
	remade := s.progress.TopicID != "" && m.topology.ID != "" && s.progress.TopicID != m.topology.ID
	if remade && s.learning != nil {
		s.learnAgain()
	}
	if remade {
		s.parts = slices.DeleteFunc(s.parts, func(p *partition) bool {
			gone := !slices.ContainsFunc(m.topology.Partitions, func(b Bounds) bool { return b.Partition == p.Partition })
			if gone {
				s.progress.Carried += p.Decided()
			}
			return gone
		})
	}
	for _, b := range m.topology.Partitions {
		p := s.part(b.Partition)
		switch {
		case p == nil:
			s.parts = append(s.parts, &partition{PartitionProgress: newPartition(b, b.First), heard: now, arrived: now})
			slices.SortFunc(s.parts, func(a, b *partition) int { return cmp.Compare(a.Partition, b.Partition) })
		case remade || b.End < p.Next:
			p.Base, p.Start, p.Next, p.End = p.Decided(), b.First, b.First, b.End
			p.Released, p.arrived = false, now
			s.progress.Recreated++
			s.recreated++
			m.d.Log.Warn("the topic was made anew; reading begins at its start", "monitor", m.d.Config.Name, "topic", m.d.Config.Topic, "partition", b.Partition)
		default:
			p.End = max(p.Next, b.End)
		}
	}
	if m.topology.ID != "" {
		s.progress.TopicID = m.topology.ID
	}
	s.dirty = true
}

// errAgain ends an epoch of reading because the stream was replaced.
var errAgain = errors.New("reading begins anew")

// Run reads, counts and judges until ctx ends. What it returns before that is a
// fault that cannot be mended by waiting. The resolved offsets are the first
// transaction, before the first fetch.
func (m *Monitor) Run(ctx context.Context) error {
	m.ranges = nil // only another start would need them
	if m.anew {
		m.d.Log.Warn("what the reference is built from has changed in the configuration; it is built anew", "monitor", m.d.Config.Name)
	}
	if err := m.commit(ctx); err != nil {
		return err
	}
	for _, p := range m.stream.parts {
		p.heard = m.d.Now() // others may have taken long to start
	}
	told := make(chan struct{})
	go func() {
		defer close(told)
		m.tellOffsets(ctx)
	}()
	defer func() { <-told }()
	for {
		err := m.read(ctx)
		switch {
		case ctx.Err() != nil && (err == nil || errors.Is(err, ctx.Err())):
			return m.finish()
		case errors.Is(err, errAgain):
		case errors.Is(err, ErrTopology):
			if err := m.refresh(ctx); err != nil {
				return m.finish()
			}
		default:
			if stuck := (stuckError{}); errors.As(err, &stuck) && !m.d.backtest {
				m.wait(ctx, stuck)
				return nil
			}
			return err
		}
	}
}

// wait is all that is left to a monitor that cannot go on: it says why, and
// another configuration mends it.
func (m *Monitor) wait(ctx context.Context, why error) {
	m.d.Log.Error("this monitor stands still until its configuration is changed", "monitor", m.d.Config.Name, "err", why)
	m.setReady(why.Error())
	<-ctx.Done()
}

// finish commits what was accepted; what was not is read again next time.
func (m *Monitor) finish() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return m.commit(ctx)
}

// refresh asks for the topology until it is known; its error is ctx's end.
func (m *Monitor) refresh(ctx context.Context) error {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 10*time.Second) {
		t, err := m.d.Source.Topology(ctx)
		if err == nil {
			m.topology = t
			m.adopt()
			return nil
		}
		m.setReady(err.Error())
		m.d.Log.Warn("the topic's partitions cannot be asked for; trying again", "monitor", m.d.Config.Name, "err", err)
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// tellOffsets commits offsets to the broker, the latest only, apart from the
// counting: it may fail or hang without harm.
func (m *Monitor) tellOffsets(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case next := <-m.offsets:
			if m.d.CommitOffsets == nil {
				continue
			}
			if err := m.d.CommitOffsets(ctx, next); err != nil && ctx.Err() == nil {
				m.d.Log.Debug("the broker did not take the offsets", "monitor", m.d.Config.Name, "err", err)
			}
		}
	}
}

func (m *Monitor) offer(next map[int32]int64) {
	select {
	case <-m.offsets:
	default:
	}
	m.offsets <- maps.Clone(next)
}
