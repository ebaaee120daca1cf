package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// faultTimes says when the faults are on, as time since the demo's start.
type faultTimes struct {
	first, length time.Duration
	every         time.Duration // from one beginning to the next; 0: once
}

// newFaultTimes tells the story once within a duration, else again every minute.
func newFaultTimes(duration time.Duration) faultTimes {
	if duration == 0 {
		return faultTimes{first: 15 * time.Second, length: 15 * time.Second, every: time.Minute}
	}
	return faultTimes{first: duration * 2 / 5, length: duration / 4}
}

// active says whether the faults are on.
func (f faultTimes) active(elapsed time.Duration) bool {
	since := elapsed - f.first
	if since >= 0 && f.every > 0 {
		since %= f.every
	}
	return since >= 0 && since < f.length
}

// load writes payments to a topic in real time. The clock decides only when a
// payment is written: what it says, its times included, depends on its index
// alone, so that a machine that is busy delays the story and does not change it.
type load struct {
	brokers    []string
	topic      string
	partitions int
	seed       uint64
	rate       float64 // payments/s
	start      time.Time
	duration   time.Duration // 0: until the context ends
	faults     faultTimes
	written    atomic.Uint64 // payments the broker has acknowledged
}

// paymentDelay is how much older than its record a payment can be.
const paymentDelay = 200 * time.Millisecond

// total is how many payments there will be.
func (l *load) total() uint64 {
	if l.duration == 0 {
		return math.MaxUint64
	}
	return uint64(l.duration.Seconds() * l.rate)
}

// run writes until the duration is over or ctx ends.
func (l *load) run(ctx context.Context) error {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(l.brokers...),
		kgo.DefaultProduceTopic(l.topic),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerLinger(5*time.Millisecond),
	)
	if err != nil {
		return fmt.Errorf("cannot make the client that writes the demo's payments: %w", err)
	}
	defer client.Close()

	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	acknowledged := func(_ *kgo.Record, err error) {
		if err != nil {
			stop(fmt.Errorf("cannot write the demo's payments: %w", err))
			return
		}
		l.written.Add(1)
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for index := uint64(0); index < l.total() && ctx.Err() == nil; {
		for due := l.due(time.Since(l.start)); index < due; index++ {
			record, err := l.record(index)
			if err != nil {
				return err
			}
			client.Produce(ctx, record, acknowledged)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	if err := client.Flush(ctx); err != nil && !errors.Is(context.Cause(ctx), context.Canceled) {
		return context.Cause(ctx)
	}
	return nil
}

// due is how many payments there are after this time.
func (l *load) due(elapsed time.Duration) uint64 {
	return min(uint64(elapsed.Seconds()*l.rate), l.total())
}

// record is the index-th payment, in its partition with its times.
func (l *load) record(index uint64) (*kgo.Record, error) {
	elapsed := time.Duration(float64(index) / l.rate * float64(time.Second))
	at := l.start.Add(elapsed)
	delay := time.Duration(index*7919%200) * paymentDelay / 200 // spreads evenly, without a pattern in time
	value, err := json.Marshal(newPayment(l.seed, index, at.Add(-delay), l.faults.active(elapsed)))
	if err != nil {
		return nil, fmt.Errorf("cannot encode payment %d of the demo: %w", index, err)
	}
	return &kgo.Record{Value: value, Timestamp: at, Partition: int32(index % uint64(l.partitions))}, nil
}
