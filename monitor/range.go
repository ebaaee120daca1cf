package monitor

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// span reads the bounds of a reference's range.
func (r ReferenceConfig) span() (from, to int64, err error) {
	for _, b := range []struct {
		key, text string
		at        *int64
	}{{"from", r.From, &from}, {"to", r.To, &to}} {
		t, err := time.Parse(time.RFC3339, b.text)
		if err != nil {
			return 0, 0, fmt.Errorf("reference.%s: %q is not a time such as 2026-10-01T00:00:00Z", b.key, b.text)
		}
		*b.at = t.UnixMilli()
	}
	if from >= to {
		return 0, 0, fmt.Errorf("the reference's range is empty: it ends at %s and begins at %s", r.To, r.From)
	}
	return from, to, nil
}

// ReadRange gives the records of a topic with event times in [from, to)
// (NoTime: open), partition after partition as they come, each time it is run
// anew. Records that windows would reject are left out.
func ReadRange(ctx context.Context, cfg Config, format Format, src Source, from, to int64) (Rows, error) {
	t, err := src.Topology(ctx)
	if err != nil {
		return nil, err
	}
	p, err := newPlan(cfg, 1<<62, nil)
	if err != nil {
		return nil, err
	}
	start := Start{}
	if from != NoTime {
		start = Start{AtTime, from - p.times.maxFuture}
	}
	offsets, err := src.Resolve(ctx, t, start)
	if err != nil {
		return nil, err
	}
	lim := limits{from: from, to: to, lateness: p.times.lateness}
	return func(yield func(Row) error) error {
		r := &rangeReader{plan: p, lim: lim, yield: yield, lanes: map[int32]*rangeLane{}, blocks: make(chan Block, blocksAhead)}
		if r.worker, err = newWorker(p, format); err != nil {
			return err
		}
		for _, b := range t.Partitions {
			r.lanes[b.Partition] = &rangeLane{lane: *newLane(newPartition(b, 0)), end: b.End, next: offsets[b.Partition]}
		}
		return r.run(ctx, src, t, offsets)
	}, nil
}

// rangeReader reads a bounded range with one worker.
type rangeReader struct {
	plan   *plan
	lim    limits
	worker *worker
	lanes  map[int32]*rangeLane
	blocks chan Block
	yield  func(Row) error
}

type rangeLane struct {
	lane
	next, end int64
}

func (r *rangeReader) Block(ctx context.Context, b Block) error {
	select {
	case r.blocks <- b:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *rangeReader) Heartbeat(Heartbeat) {}
func (r *rangeReader) Held(int32) bool     { return false }

func (r *rangeReader) run(ctx context.Context, src Source, t Topology, from map[int32]int64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- src.Run(ctx, t, from, r) }()
	err := r.read(ctx, ended)
	cancel()
	return err // the source ends by itself: it has nobody left to hand on to
}

// read takes blocks until every partition is at the end of the range.
func (r *rangeReader) read(ctx context.Context, ended <-chan error) error {
	for !r.done() {
		select {
		case b := <-r.blocks:
			if err := r.take(b); err != nil {
				return err
			}
		case err := <-ended:
			for err == nil && len(r.blocks) > 0 {
				err = r.take(<-r.blocks)
			}
			if errors.Is(err, ErrTopology) {
				return fmt.Errorf("the topic changed while its range was read: %w", err)
			}
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (r *rangeReader) done() bool {
	for _, l := range r.lanes {
		if !l.done && l.next < l.end {
			return false
		}
	}
	return true
}

func (r *rangeReader) take(b Block) error {
	l := r.lanes[b.Partition]
	if l.done {
		return nil
	}
	if b.Records != nil {
		if err := r.worker.decode(b); err != nil {
			return err
		}
		rows := &r.worker.rows
		for i := range rows.records {
			if rows.reject[i] != accepted || rows.records[i].Offset >= l.end {
				continue
			}
			at := l.judge(rows.event[i], rows.records[i].Time, &r.plan.times)
			if at.reject == accepted && r.lim.holds(rows.event[i]) {
				if err := r.yield(Row{rows.event[i], rows.records[i].Time, rows.records[i].Value}); err != nil {
					return err
				}
			}
			if r.lim.over(l.max) {
				l.done = true
				return nil
			}
		}
	}
	l.next = b.To
	return nil
}
