package monitor

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// pipeline carries blocks from a source through workers to deltas, from one
// topology until the next.
//
// Partitions are dealt to groups, at most one for each worker; where there are
// fewer partitions than workers, a group has several workers and one
// partition. The blocks of a group form a chain: any of its workers decodes a
// block, waits for the block before it, then observes into the group's one
// delta and passes it on. So the deltas of a partition come in the order of
// its offsets, nothing is locked for a record, and one partition still keeps
// every core busy.
type pipeline struct {
	plan   *plan
	limits limits
	groups []*group
	of     map[int32]*group
	out    chan *Delta
	free   chan *Delta

	samples sampleLimits

	watermark atomic.Int64 // the stream's, for holding partitions that are ahead
	ahead     map[int32]*reached
	beat      func(Heartbeat)
	log       *rejectLog
}

// reached is how far a partition was read: its first event time and its
// running maximum.
type reached struct {
	first, max atomic.Int64
	done       atomic.Bool // the range that was asked for is at its end
}

type group struct {
	mu     sync.Mutex // holds the order of the chain: linking and sending are one step
	blocks chan link
	last   chan *turn
}

// link is a block and its place in the chain. A block without Records only
// hands on what there is.
type link struct {
	block         Block
	before, after chan *turn
}

// turn is the right to observe, passed along the chain.
type turn struct {
	delta *Delta
	lanes map[int32]*lane
}

// blocksAhead is how many blocks wait for each worker: enough to keep it busy
// over a fetch, few enough that they are no memory to speak of.
const blocksAhead = 4

func newPipeline(p *plan, parts []PartitionProgress, workers int, lim limits, log *rejectLog) *pipeline {
	n := max(1, min(workers, len(parts)))
	pl := &pipeline{
		plan: p, limits: lim, of: map[int32]*group{}, ahead: map[int32]*reached{}, log: log,
		out: make(chan *Delta), free: make(chan *Delta, n),
	}
	pl.watermark.Store(NoTime)
	turns := make([]*turn, n)
	for i := range n {
		turns[i] = &turn{newDelta(p, &pl.samples), map[int32]*lane{}}
		g := &group{blocks: make(chan link, blocksAhead*max(1, workers/n)), last: make(chan *turn, 1)}
		g.last <- turns[i]
		pl.groups = append(pl.groups, g)
	}
	for i, part := range parts {
		pl.of[part.Partition] = pl.groups[i%n]
		turns[i%n].lanes[part.Partition] = newLane(part)
		r := &reached{}
		r.first.Store(part.First)
		r.max.Store(part.Max)
		pl.ahead[part.Partition] = r
	}
	return pl
}

// Block links a block into its group's chain and waits while the group is busy.
func (pl *pipeline) Block(ctx context.Context, b Block) error {
	return pl.of[b.Partition].put(ctx, b)
}

func (g *group) put(ctx context.Context, b Block) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	next := make(chan *turn, 1)
	select {
	case g.blocks <- link{b, g.last, next}:
		g.last = next
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (pl *pipeline) Heartbeat(h Heartbeat) { pl.beat(h) }

// Held says that a partition is more than max_ahead past the watermark, or past
// its own beginning while there is no watermark.
func (pl *pipeline) Held(partition int32) bool {
	r := pl.ahead[partition]
	if r == nil || r.done.Load() {
		return r != nil
	}
	from := pl.watermark.Load()
	if from == NoTime {
		from = r.first.Load()
	}
	reached := r.max.Load()
	return from != NoTime && reached != NoTime && reached > from+pl.plan.times.lateness+pl.plan.times.maxAhead
}

// flush asks every group to hand on what it has.
func (pl *pipeline) flush(ctx context.Context) error {
	for _, g := range pl.groups {
		if err := g.put(ctx, Block{}); err != nil {
			return err
		}
	}
	return nil
}

// run feeds the workers from src until it ends, hands on what is left and
// closes out.
func (pl *pipeline) run(ctx context.Context, src Source, t Topology, from map[int32]int64, f Format, workers int) error {
	defer close(pl.out)
	perGroup := max(1, workers/len(pl.groups))
	all := make([]*worker, perGroup*len(pl.groups))
	for i := range all {
		w, err := newWorker(pl.plan, f)
		if err != nil {
			return err
		}
		all[i] = w
	}
	g, ctx := errgroup.WithContext(ctx)
	for i, w := range all {
		g.Go(func() error { return pl.work(ctx, w, pl.groups[i%len(pl.groups)]) })
	}
	ended, stop := context.WithCancel(ctx)
	ticked := make(chan struct{})
	go func() {
		defer close(ticked)
		pl.tick(ended)
	}()
	g.Go(func() error {
		err := src.Run(ctx, t, from, pl)
		stop()
		<-ticked
		if err == nil {
			err = pl.flush(ctx)
		}
		for _, gr := range pl.groups {
			close(gr.blocks)
		}
		return err
	})
	return g.Wait()
}

// tick bounds how long a record waits in a delta.
func (pl *pipeline) tick(ctx context.Context) {
	t := time.NewTicker(flushEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			if pl.flush(ctx) != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

func (pl *pipeline) work(ctx context.Context, w *worker, g *group) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case l, ok := <-g.blocks:
			if !ok {
				return nil
			}
			if err := pl.step(ctx, w, l); err != nil {
				return err
			}
		}
	}
}

// A delta is handed on when somebody asks for it, and otherwise when it is worth it: when it
// has largeDelta rows, which are about rowsTogether of each segment, whose counts then come
// into a core's cache once for all of them; or when it is full.
const rowsTogether = 64

func largeDelta(segments int) int { return min(max(rowsTogether*segments, 1<<14), 1<<16) }

// step decodes one block, waits for its turn, observes, and passes the turn on.
func (pl *pipeline) step(ctx context.Context, w *worker, l link) error {
	if err := w.decode(l.block); err != nil {
		return err
	}
	var t *turn
	select {
	case t = <-l.before:
	case <-ctx.Done():
		return ctx.Err()
	}
	lane, reached := t.lanes[l.block.Partition], pl.ahead[l.block.Partition]
	for rest := l.block; rest.From < rest.To && !lane.done; {
		before := pl.mark(t.lanes)
		rest = w.observe(t.delta, lane, rest, &pl.limits)
		reached.first.Store(lane.first)
		reached.max.Store(lane.max)
		reached.done.Store(lane.done)
		if rest.From < rest.To || lane.done || t.delta.taken >= largeDelta(pl.plan.segments.count()) || t.delta.full() || pl.mark(t.lanes) != before {
			if err := pl.handOn(ctx, w, t); err != nil {
				return err
			}
		}
	}
	pl.log.sample(w, l.block)
	if l.block.Records == nil {
		if err := pl.handOn(ctx, w, t); err != nil {
			return err
		}
	}
	l.after <- t
	return nil
}

// handOn hands on what there is, and goes on with an empty delta.
func (pl *pipeline) handOn(ctx context.Context, w *worker, t *turn) error {
	if t.delta.empty() {
		return nil
	}
	w.finish(t.delta)
	select {
	case pl.out <- t.delta:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case t.delta = <-pl.free:
	default:
		t.delta = newDelta(pl.plan, &pl.samples)
	}
	return nil
}

// mark changes when the running maxima of a group's partitions let a pane close, as far
// as it is them that hold it: one that runs ahead of the others closes nothing. Beside one
// that is idle, and released, it does not change: the tick hands on then.
func (pl *pipeline) mark(lanes map[int32]*lane) int64 {
	lowest := int64(math.MaxInt64)
	for _, l := range lanes {
		if l.max != NoTime && !l.done {
			lowest = min(lowest, l.max)
		}
	}
	return floor(lowest-pl.plan.times.lateness, pl.plan.times.every)
}

// recycle takes a delta back for reuse once it is merged.
func (pl *pipeline) recycle(d *Delta) {
	open := pl.watermark.Load()
	if open != NoTime {
		open = floor(open, pl.plan.times.every)
	}
	pl.samples.learn(d, open)
	d.reset()
	select {
	case pl.free <- d:
	default:
	}
}
