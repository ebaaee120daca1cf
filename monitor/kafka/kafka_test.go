package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"driftwatch/monitor"
	"driftwatch/monitor/kafka"
)

const payments = "payments"

// place is a topic on a cluster, in process or real.
type place struct {
	brokers []string
	topic   string
}

// fake starts an in-process cluster with the topic "payments".
func fake(t *testing.T, partitions int32, opts ...kfake.Opt) (*kfake.Cluster, place) {
	t.Helper()
	opts = append([]kfake.Opt{kfake.NumBrokers(1), kfake.SeedTopics(partitions, payments)}, opts...)
	cluster, err := kfake.NewCluster(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster, place{cluster.ListenAddrs(), payments}
}

func (pl place) client(t testing.TB) *kafka.Client {
	t.Helper()
	cfg := kafka.Defaults()
	cfg.Brokers = pl.brokers
	return clientOf(t, cfg)
}

func (pl place) source(t testing.TB) *kafka.Source {
	t.Helper()
	return pl.client(t).Source(pl.topic, quick)
}

func clientOf(t testing.TB, cfg kafka.Config) *kafka.Client {
	t.Helper()
	return loggingClient(t, cfg, slog.New(slog.DiscardHandler))
}

func loggingClient(t testing.TB, cfg kafka.Config, log *slog.Logger) *kafka.Client {
	t.Helper()
	c, err := kafka.NewClient(cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// producer writes to the partition that each record names.
func (pl place) producer(t testing.TB, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	opts = append([]kgo.Opt{
		kgo.SeedBrokers(pl.brokers...),
		kgo.DefaultProduceTopic(pl.topic),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerLinger(0),
	}, opts...)
	p, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// produce writes n records "prefix-0" and on, as one batch for each partition.
func produce(t *testing.T, p *kgo.Client, partition int32, prefix string, n int) {
	t.Helper()
	records := make([]*kgo.Record, n)
	for i := range records {
		records[i] = &kgo.Record{Partition: partition, Key: []byte("key"), Value: fmt.Appendf(nil, "%s-%d", prefix, i)}
	}
	if err := p.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// read is what a sink has seen of one partition.
type read struct {
	values                 []string
	offsets, times         []int64
	next                   int64
	lost, corrupt, skipped int64
	heartbeat              monitor.Heartbeat
	heartbeats             int
}

// sink decodes what it is given at once and checks that blocks are contiguous.
type sink struct {
	t       *testing.T
	mu      sync.Mutex
	parts   map[int32]*read
	scratch monitor.Scratch
	held    map[int32]bool
	changed chan struct{}
}

func newSink(t *testing.T, from map[int32]int64) *sink {
	s := &sink{t: t, parts: map[int32]*read{}, held: map[int32]bool{}, changed: make(chan struct{}, 1)}
	for p, offset := range from {
		s.parts[p] = &read{next: offset}
	}
	return s
}

func (s *sink) Block(ctx context.Context, b monitor.Block) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.parts[b.Partition]
	if r == nil || b.From != r.next || b.To <= b.From {
		s.t.Errorf("block [%d, %d) of partition %d does not follow what was read: %+v", b.From, b.To, b.Partition, r)
		return nil
	}
	if b.To > r.heartbeat.End {
		s.t.Errorf("block [%d, %d) of partition %d is beyond the end %d", b.From, b.To, b.Partition, r.heartbeat.End)
	}
	records, corrupt := kafka.RecordsOf(&b, &s.scratch)
	last := b.From - 1
	for _, rec := range records {
		if rec.Offset <= last || rec.Offset >= b.To {
			s.t.Errorf("offset %d in block [%d, %d) after %d", rec.Offset, b.From, b.To, last)
		}
		last = rec.Offset
		r.values = append(r.values, string(rec.Value))
		r.offsets = append(r.offsets, rec.Offset)
		r.times = append(r.times, rec.Time)
	}
	r.next = b.To
	r.lost += b.Lost
	r.corrupt += int64(corrupt)
	r.skipped += b.To - b.From - b.Lost - int64(corrupt) - int64(len(records))
	s.poke()
	return ctx.Err()
}

func (s *sink) Heartbeat(h monitor.Heartbeat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.parts[h.Partition]; r != nil {
		r.heartbeat = h
		r.heartbeats++
	}
	s.poke()
}

func (s *sink) Held(partition int32) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held[partition]
}

func (s *sink) poke() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// of returns a copy of what has been read of a partition.
func (s *sink) of(partition int32) read {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.parts[partition]
}

// wait waits until ok holds.
func (s *sink) wait(what string, ok func() bool) {
	s.t.Helper()
	late := time.After(15 * time.Second)
	for !ok() {
		select {
		case <-s.changed:
		case <-time.After(20 * time.Millisecond):
		case <-late:
			s.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// run is a source that is reading into a sink.
type run struct {
	*sink
	topology monitor.Topology
	cancel   context.CancelFunc
	ended    chan error
}

// quick makes a run see changes soon.
var quick = kafka.Options{Poll: 100 * time.Millisecond, MaxWait: 50 * time.Millisecond, Backoff: 5 * time.Millisecond}

// topology is the topic's as it is now.
func topology(t testing.TB, src *kafka.Source) monitor.Topology {
	t.Helper()
	now, err := src.Topology(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// start reads the topic from its earliest offsets.
func start(t *testing.T, src *kafka.Source) *run {
	t.Helper()
	now := topology(t, src)
	from, err := src.Resolve(t.Context(), now, monitor.Start{})
	if err != nil {
		t.Fatal(err)
	}
	return startFrom(t, src, now, from)
}

func startFrom(t *testing.T, src *kafka.Source, topology monitor.Topology, from map[int32]int64) *run {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &run{sink: newSink(t, from), topology: topology, cancel: cancel, ended: make(chan error, 1)}
	go func() { r.ended <- src.Run(ctx, topology, from, r) }()
	t.Cleanup(r.stop)
	return r
}

// stop ends the run, which must not take long.
func (r *run) stop() {
	r.cancel()
	select {
	case err := <-r.ended:
		if !errors.Is(err, context.Canceled) && !errors.Is(err, monitor.ErrTopology) {
			r.t.Errorf("the run ended with %v", err)
		}
		r.ended <- err
	case <-time.After(time.Second):
		r.t.Error("the run did not end within a second")
	}
}

// end waits for the run to end by itself.
func (r *run) end() error {
	r.t.Helper()
	select {
	case err := <-r.ended:
		r.ended <- err
		return err
	case <-time.After(15 * time.Second):
		r.t.Fatal("the run did not end")
		return nil
	}
}

// noLeaks fails the test if its clients leave goroutines behind. It is to be
// called first, so that it looks last.
func noLeaks(t *testing.T) {
	known := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, known) })
}
