package kafka

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"

	"driftwatch/monitor"
)

// reader is one Run of a source. The goroutine of Run owns all of it; whatever
// waits for a broker or for the sink runs as a task of its own, on copies, and
// returns what to change as a function.
type reader struct {
	*Source
	topology   monitor.Topology
	sink       monitor.Sink
	partitions []*partition // by id
	nodes      map[int32]*node
	turn       int // moves on with each fetch, so that no partition always comes last
	id         [16]byte
	polling    bool
	pollAt     time.Time
	pollFails  int
	outage     outage // of what polls
	tasks      sync.WaitGroup
	results    chan func(now time.Time) error
}

// partition is how far one partition has been read.
type partition struct {
	id       int32
	next     int64
	leader   int32
	busy     bool      // inside a task
	retryAt  time.Time // not fetched before
	failures int       // in a row, for the pause
	outage   outage
	unusable int       // fetches in a row that met a batch that cannot be used and no other
	beatAt   time.Time // of the last heartbeat
	movedAt  time.Time // when it last went on, or had nothing to go on to
}

// node is one broker. It has at most one task at a time.
type node struct {
	busy     bool
	retryAt  time.Time
	failures int
	outage   outage
	version  int16 // of fetch requests
	shrink   int   // fetches ask for so many times half of FetchBytes
}

// mostShrunk is 64 KiB of 4 MiB: on a line that is slower than that in 30 s, nothing
// can be watched.
const mostShrunk = 6

// pace adapts how much fetches ask for to how long they take.
func (n *node) pace(took time.Duration, o Options) {
	switch {
	case took > o.FetchTimeout/2:
		n.shrink = min(n.shrink+1, mostShrunk)
	case took < o.FetchTimeout/8:
		n.shrink = max(n.shrink-1, 0)
	}
}

// due is how often Run looks for what has become due: partitions that are
// released, pauses that have passed.
const due = 50 * time.Millisecond

// Run reads every partition named in from until ctx ends, see monitor.Source.
func (s *Source) Run(ctx context.Context, t monitor.Topology, from map[int32]int64, sink monitor.Sink) error {
	r := &reader{Source: s, topology: t, sink: sink, nodes: map[int32]*node{}, results: make(chan func(time.Time) error)}
	for _, id := range slices.Sorted(maps.Keys(from)) {
		r.partitions = append(r.partitions, &partition{id: id, next: from[id], leader: noLeader, movedAt: time.Now()})
	}
	ctx, cancel := context.WithCancel(ctx)
	defer r.tasks.Wait()
	defer cancel()
	tick := time.NewTicker(due)
	defer tick.Stop()
	for {
		r.schedule(ctx, time.Now())
		select {
		case <-ctx.Done():
			return ctx.Err()
		case apply := <-r.results:
			if err := apply(time.Now()); err != nil {
				return err
			}
		case <-tick.C:
		}
	}
}

// task runs work in a goroutine that ends with Run at the latest, and hands
// what it returns to the owner.
func (r *reader) task(ctx context.Context, work func() func(time.Time) error) {
	r.tasks.Go(func() {
		apply := work()
		select {
		case r.results <- apply:
		case <-ctx.Done():
		}
	})
}

// schedule starts every task that is due.
func (r *reader) schedule(ctx context.Context, now time.Time) {
	if !r.polling && !now.Before(r.pollAt) {
		r.polling = true
		r.task(ctx, func() func(time.Time) error {
			state, err := r.client.topic(ctx, r.topic)
			return func(now time.Time) error { return r.polled(now, state, err) }
		})
	}
	work := map[int32]*fetch{}
	for i := range r.partitions {
		p := r.partitions[(i+r.turn)%len(r.partitions)]
		n := r.nodes[p.leader]
		if n == nil || n.busy || p.busy || now.Before(p.retryAt) || now.Before(n.retryAt) {
			continue
		}
		held := r.sink.Held(p.id)
		if held && now.Sub(p.beatAt) < r.opts.Poll/10 {
			continue
		}
		f := work[p.leader]
		if f == nil {
			f = &fetch{Source: r.Source, topicID: r.id, sink: r.sink, node: p.leader, version: n.version, shrink: n.shrink}
			work[p.leader] = f
		}
		p.busy = true
		if held {
			f.held = append(f.held, position{of: p, id: p.id, next: p.next, movedAt: now})
		} else {
			f.wanted = append(f.wanted, position{of: p, id: p.id, next: p.next, unusable: p.unusable, movedAt: p.movedAt})
		}
	}
	for leader, f := range work {
		r.turn++
		r.nodes[leader].busy = true
		r.task(ctx, func() func(time.Time) error {
			err := f.run(ctx)
			return func(now time.Time) error { return r.fetched(now, f, err) }
		})
	}
}

// polled takes in what the cluster says about the topic.
func (r *reader) polled(now time.Time, state topicState, err error) error {
	r.polling = false
	if err != nil {
		r.pollFails++
		r.pollAt = now.Add(r.opts.backoff(r.pollFails))
		for _, p := range r.partitions {
			r.troubles.set(p.id, err)
		}
		if r.outage.fails(now) {
			r.client.log.Warn("the state of the topic cannot be asked for; trying again", "topic", r.topic, "err", err)
		}
		return nil
	}
	r.pollFails, r.pollAt = 0, now.Add(r.opts.Poll)
	if r.outage.ends() {
		r.client.log.Info("the state of the topic is known again", "topic", r.topic)
	}
	if state.idText() != r.topology.ID || len(state.leaders) != len(r.topology.Partitions) {
		return monitor.ErrTopology
	}
	r.id = state.id
	for _, p := range r.partitions {
		p.leader = noLeader
		if leader, ok := state.leaders[p.id]; ok {
			p.leader = leader
		}
		if p.leader == noLeader {
			r.troubles.set(p.id, kafka.LeaderNotAvailable)
		}
		if p.leader != noLeader && r.nodes[p.leader] == nil {
			r.nodes[p.leader] = &node{version: unknownVersion}
		}
	}
	return nil
}

// fetched takes in what a fetch has brought. An error that does not end the
// run is the broker's: the partitions stay where they are.
func (r *reader) fetched(now time.Time, f *fetch, err error) error {
	n := r.nodes[f.node]
	n.busy, n.version = false, f.version
	n.pace(f.took, r.opts)
	for _, at := range slices.Concat(f.wanted, f.held) {
		at.of.busy = false
		if err == nil {
			r.settle(now, at)
		}
	}
	var end sinkError
	switch {
	case errors.As(err, &end), errors.Is(err, monitor.ErrTopology):
		return err
	case err == nil:
		n.failures = 0
		if n.outage.ends() {
			r.client.log.Info("the broker answers again", "topic", r.topic, "broker", f.node)
		}
		return nil
	}
	for _, at := range slices.Concat(f.wanted, f.held) {
		r.troubles.set(at.id, err)
	}
	n.failures++
	n.retryAt = now.Add(r.opts.backoff(n.failures))
	n.version = unknownVersion // it may come back as another release
	r.pollSoon(now)
	if n.outage.fails(now) {
		r.client.log.Warn("a broker does not answer; trying again", "topic", r.topic, "broker", f.node, "err", err)
	}
	return nil
}

// settle takes in how one partition's fetch went.
func (r *reader) settle(now time.Time, at position) {
	p := at.of
	p.next, p.movedAt = at.next, at.movedAt
	if at.beat {
		p.beatAt = now
	}
	p.unusable = at.unusable
	r.troubles.set(p.id, at.err)
	if at.err == nil {
		p.failures = 0
		if p.outage.ends() {
			r.client.log.Info("the partition can be read again", "topic", r.topic, "partition", p.id)
		}
		return
	}
	p.failures++
	p.retryAt = now.Add(r.opts.backoff(p.failures))
	log := r.client.log.With("topic", r.topic, "partition", p.id, "offset", p.next, "err", at.err)
	switch at.unusable {
	case 0:
		r.pollSoon(now)
		if errors.Is(at.err, errStalled) {
			r.client.transport.CloseIdleConnections() // another connection, or broker, may do better
		}
		// A broker whose answer is full leaves partitions out; those come first in
		// another one.
		full := errors.Is(at.err, errSilent) && p.failures <= leftOutBefore
		if !full && p.outage.fails(now) {
			log.Warn("a partition cannot be read now; trying again")
		}
	case 1:
		log.Warn("a record batch cannot be used; fetching it again")
	case giveUp:
		log.Error("a record batch stays unusable: its records, and those of such batches right behind it, count as corrupt")
	}
}

// pollSoon brings the next question about the topic forward: what has failed
// may have moved.
func (r *reader) pollSoon(now time.Time) {
	if soon := now.Add(r.opts.backoff(r.pollFails + 1)); soon.Before(r.pollAt) {
		r.pollAt = soon
	}
}
