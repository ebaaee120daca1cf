package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"driftwatch/monitor"
	"driftwatch/monitor/kafka"
)

// reads expects n more records of partition 0 to arrive, once each.
func reads(t *testing.T, pl place, r *run, prefix string, n int) {
	t.Helper()
	before := r.of(0)
	produce(t, pl.producer(t), 0, prefix, n)
	r.wait("records after trouble", func() bool { return r.of(0).next >= before.next+int64(n) })
	if got := r.of(0); len(got.values) != len(before.values)+n || got.corrupt+got.lost+got.skipped != 0 {
		t.Errorf("%s: %d records after %d, %d corrupt, %d lost, %d skipped", prefix, len(got.values), len(before.values), got.corrupt, got.lost, got.skipped)
	}
}

func TestLeaderMoves(t *testing.T) {
	noLeaks(t)
	cluster, pl := fake(t, 1, kfake.NumBrokers(3))
	r := start(t, pl.source(t))
	for range 3 {
		for node := range int32(3) {
			if err := cluster.MoveTopicPartition(payments, 0, node); err != nil {
				t.Fatal(err)
			}
			reads(t, pl, r, "moved", 10)
		}
	}
}

func TestBrokerGoesAway(t *testing.T) {
	noLeaks(t)
	cluster, pl := fake(t, 1, kfake.NumBrokers(3))
	r := start(t, pl.source(t))
	reads(t, pl, r, "before", 10)
	if err := cluster.RemoveNode(cluster.LeaderFor(payments, 0)); err != nil {
		t.Fatal(err)
	}
	reads(t, pl, r, "after", 10)
}

// Whatever a broker answers for a partition, reading goes on when it stops.
func TestPartitionErrors(t *testing.T) {
	for _, e := range []*kerr.Error{
		kerr.NotLeaderForPartition, kerr.UnknownTopicOrPartition, kerr.UnknownTopicID, kerr.KafkaStorageError,
		kerr.TopicAuthorizationFailed, kerr.UnknownServerError, kerr.OffsetOutOfRange, kerr.FencedLeaderEpoch,
	} {
		t.Run(e.Message, func(t *testing.T) {
			noLeaks(t)
			cluster, pl := fake(t, 2)
			r := start(t, pl.source(t))
			reads(t, pl, r, "before", 10)
			faults := cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Partitions: []int32{0}, Err: e, Count: -1})
			r.wait("faults", func() bool { return faults.Hits() >= 3 })
			beats, others := r.of(0).heartbeats, r.of(1).heartbeats
			r.wait("the other partition's heartbeats", func() bool { return r.of(1).heartbeats >= others+3 })
			if got := r.of(0).heartbeats; got > beats+1 {
				t.Errorf("%d heartbeats of a partition that cannot be read", got-beats)
			}
			faults.Remove()
			reads(t, pl, r, "after", 10)
		})
	}
}

// lines is a log that can be written and read at the same time.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), text)
}

// Why a partition cannot be read is kept for whoever asks, until it can. The
// log has it once, however often it is tried, and when it has passed.
func TestTroubleIsKeptAndItsEndIsSaid(t *testing.T) {
	noLeaks(t)
	cluster, pl := fake(t, 2)
	log := &lines{}
	cfg := kafka.Defaults()
	cfg.Brokers = pl.brokers
	src := loggingClient(t, cfg, slog.New(slog.NewTextHandler(log, nil))).Source(pl.topic, quick)
	r := start(t, src)
	for range 2 {
		reads(t, pl, r, "before", 10)
		faults := cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Partitions: []int32{0}, Err: kerr.UnknownTopicOrPartition, Count: -1})
		r.wait("faults", func() bool { return faults.Hits() >= 3 })
		if err := src.Trouble(0); err == nil || !strings.Contains(err.Error(), "Unknown Topic Or Partition") {
			t.Errorf("the trouble of partition 0 is %v, want Unknown Topic Or Partition", err)
		}
		if err := src.Trouble(1); err != nil {
			t.Errorf("partition 1 has trouble: %v", err)
		}
		faults.Remove()
		reads(t, pl, r, "after", 10)
		r.wait("the end of the trouble", func() bool { return src.Trouble(0) == nil })
	}
	if failed, passed := log.count("a partition cannot be read now"), log.count("the partition can be read again"); failed != 1 || passed != 1 {
		t.Errorf("the log tells of %d failures and %d ends within a minute, want one each:\n%s", failed, passed, log.b.String())
	}
}

// A topic that was deleted is not taken for a broker that is down.
func TestDeletedTopicIsTheTrouble(t *testing.T) {
	noLeaks(t)
	_, pl := fake(t, 1)
	log := &lines{}
	cfg := kafka.Defaults()
	cfg.Brokers = pl.brokers
	src := loggingClient(t, cfg, slog.New(slog.NewTextHandler(log, nil))).Source(pl.topic, quick)
	r := start(t, src)
	reads(t, pl, r, "before", 10)
	pl.deleteTopic(t)
	r.wait("the trouble", func() bool {
		err := src.Trouble(0)
		return err != nil && strings.Contains(err.Error(), "Unknown Topic")
	})
	r.wait("the log", func() bool { return log.count("the state of the topic cannot be asked for") > 0 })
	if n := log.count("msg="); n > 3 {
		t.Errorf("%d lines in the log", n)
	}
}

// gate is a network in front of a cluster that can be cut.
type gate struct {
	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

func (g *gate) listen(network, address string) (net.Listener, error) {
	l, err := net.Listen(network, address)
	return gated{l, g}, err
}

type gated struct {
	net.Listener
	gate *gate
}

func (l gated) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.gate.mu.Lock()
	defer l.gate.mu.Unlock()
	if l.gate.cut {
		c.Close()
	}
	l.gate.conns = append(l.gate.conns, c)
	return c, nil
}

func (g *gate) set(cut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cut = cut
	for _, c := range g.conns {
		c.Close()
	}
	g.conns = nil
}

func TestNetworkIsCut(t *testing.T) {
	noLeaks(t)
	g := &gate{}
	_, pl := fake(t, 1, kfake.ListenFn(g.listen))
	r := start(t, pl.source(t))
	reads(t, pl, r, "before", 10)
	g.set(true)
	time.Sleep(100 * time.Millisecond)
	beats := r.of(0).heartbeats
	time.Sleep(200 * time.Millisecond)
	if got := r.of(0).heartbeats; got != beats {
		t.Errorf("%d heartbeats over a network that is cut", got-beats)
	}
	g.set(false)
	reads(t, pl, r, "after", 10)
}

// A broker that takes a request and never answers must not hold up the end.
func TestEndsDuringASilentFetch(t *testing.T) {
	cluster, pl := fake(t, 1)
	var asked atomic.Bool
	cluster.ControlKey(int16(kmsg.Fetch), func(kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		asked.Store(true)
		return nil, nil, true
	})
	r := start(t, pl.source(t))
	r.wait("a fetch", asked.Load)
	begin := time.Now()
	r.stop()
	if took := time.Since(begin); took > 500*time.Millisecond {
		t.Errorf("ending took %v", took)
	}
}

// playBroker answers every fetch of partition 0 with the bytes that serve
// gives for the offset asked for, at most as many as asked for, out of a log
// that ends at end.
func playBroker(cluster *kfake.Cluster, end int64, serve func(offset int64) []byte) {
	cluster.ControlKey(int16(kmsg.Fetch), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		asked := req.(*kmsg.FetchRequest)
		resp := asked.ResponseKind().(*kmsg.FetchResponse)
		for _, rt := range asked.Topics {
			t := kmsg.NewFetchResponseTopic()
			t.TopicID = rt.TopicID
			for _, rp := range rt.Partitions {
				p := kmsg.NewFetchResponseTopicPartition()
				p.Partition, p.HighWatermark, p.LastStableOffset, p.LogStartOffset = rp.Partition, end, end, 0
				b := serve(rp.FetchOffset)
				p.RecordBatches = b[:min(len(b), int(rp.PartitionMaxBytes))]
				t.Partitions = append(t.Partitions, p)
			}
			resp.Topics = append(resp.Topics, t)
		}
		return resp, nil, true
	})
}

// flip returns b with one bit of its records wrong.
func flip(b []byte) []byte {
	b = slices.Clone(b)
	b[len(b)-1] ^= 1
	return b
}

func TestCorruptBatch(t *testing.T) {
	for _, c := range []struct {
		name          string
		bad           int // how many fetches of the second batch bring it broken
		values        int
		corrupt, next int64
	}{
		{"on the way", 3, 30, 0, 30},
		{"in the log", 1 << 30, 20, 10, 30},
	} {
		t.Run(c.name, func(t *testing.T) {
			noLeaks(t)
			cluster, pl := fake(t, 1)
			var tries atomic.Int64
			playBroker(cluster, 30, func(offset int64) []byte {
				switch {
				case offset >= 30:
					time.Sleep(time.Millisecond)
					return nil
				case offset >= 20:
					return kafka.PlainBatch(20, 10)
				}
				second := kafka.PlainBatch(10, 10)
				if tries.Add(1) <= int64(c.bad) {
					second = flip(second)
				}
				out := slices.Concat(second, kafka.PlainBatch(20, 10))
				if offset < 10 {
					out = slices.Concat(kafka.PlainBatch(0, 10), out)
				}
				return out
			})
			r := start(t, pl.source(t))
			r.wait("the end", func() bool { return r.of(0).next == c.next })
			if got := r.of(0); len(got.values) != c.values || got.corrupt != c.corrupt || got.skipped != 0 {
				t.Errorf("%d values, %d corrupt, %d skipped", len(got.values), got.corrupt, got.skipped)
			}
			if n := tries.Load(); n > 8 {
				t.Errorf("the batch was fetched %d times", n)
			}
		})
	}
}

// Tries are counted for each batch: two that come broken three times each are
// both read in the end.
func TestTriesStartAnew(t *testing.T) {
	noLeaks(t)
	cluster, pl := fake(t, 1)
	tries := map[int64]int{}
	playBroker(cluster, 20, func(offset int64) []byte {
		if offset >= 20 {
			time.Sleep(time.Millisecond)
			return nil
		}
		b := kafka.PlainBatch(offset, 10)
		if tries[offset]++; tries[offset] <= 3 {
			b = flip(b)
		}
		return b
	})
	r := start(t, pl.source(t))
	r.wait("the end", func() bool { return r.of(0).next == 20 })
	if got := r.of(0); len(got.values) != 20 || got.corrupt != 0 {
		t.Errorf("%d values, %d corrupt", len(got.values), got.corrupt)
	}
}

// A broker that cuts off even the first batch of an answer is asked for more.
func TestBatchLargerThanAFetch(t *testing.T) {
	noLeaks(t)
	cluster, pl := fake(t, 1)
	playBroker(cluster, 20, func(offset int64) []byte {
		if offset >= 20 {
			time.Sleep(time.Millisecond)
			return nil
		}
		return kafka.PlainBatch(offset/10*10, 10)
	})
	opts := quick
	opts.FetchBytes = len(kafka.PlainBatch(0, 10)) / 5
	src := pl.client(t).Source(pl.topic, opts)
	r := start(t, src)
	r.wait("the end", func() bool { return r.of(0).next == 20 })
	if got := r.of(0); len(got.values) != 20 || got.corrupt != 0 {
		t.Errorf("%d values, %d corrupt", len(got.values), got.corrupt)
	}
}

// A log full of messages from before Kafka 0.11 costs one round of tries, not
// one for each message.
func TestOldFormat(t *testing.T) {
	noLeaks(t)
	cluster, pl := fake(t, 1)
	old := func(first int64) []byte {
		b := kafka.PlainBatch(first, 1)
		b[16] = 1
		return b
	}
	playBroker(cluster, 200, func(offset int64) []byte {
		switch {
		case offset >= 200:
			time.Sleep(time.Millisecond)
			return nil
		case offset >= 190:
			return kafka.PlainBatch(190, 10)
		}
		return old(offset)
	})
	r := start(t, pl.source(t))
	r.wait("the end", func() bool { return r.of(0).next == 200 })
	if got := r.of(0); len(got.values) != 10 || got.corrupt != 190 || got.skipped != 0 {
		t.Errorf("%d values, %d corrupt, %d skipped", len(got.values), got.corrupt, got.skipped)
	}
}

// A sink that fails ends the run with its error.
func TestSinkFails(t *testing.T) {
	noLeaks(t)
	_, pl := fake(t, 1)
	produce(t, pl.producer(t), 0, "x", 3)
	src := pl.source(t)
	now := topology(t, src)
	full := errors.New("no more")
	err := src.Run(t.Context(), now, map[int32]int64{0: 0}, failing{newSink(t, map[int32]int64{0: 0}), full})
	if !errors.Is(err, full) {
		t.Errorf("the run ended with %v", err)
	}
}

type failing struct {
	*sink
	err error
}

func (f failing) Block(context.Context, monitor.Block) error { return f.err }

// A pipeline that is full holds reading back, and the end does not wait for it.
func TestSinkIsFull(t *testing.T) {
	noLeaks(t)
	_, pl := fake(t, 2)
	for p := range int32(2) {
		produce(t, pl.producer(t), p, "x", 3)
	}
	src := pl.source(t)
	now := topology(t, src)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	f := &full{sink: newSink(t, map[int32]int64{0: 0, 1: 0})}
	if err := src.Run(ctx, now, map[int32]int64{0: 0, 1: 0}, f); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the run ended with %v", err)
	}
	if n := f.blocks.Load(); n != 1 {
		t.Errorf("%d blocks were handed to a full pipeline", n)
	}
}

type full struct {
	*sink
	blocks atomic.Int32
}

func (f *full) Block(ctx context.Context, _ monitor.Block) error {
	f.blocks.Add(1)
	<-ctx.Done()
	return ctx.Err()
}

// A broker that answers every fetch, tells of more records and gives none is trouble
// like one that does not answer: no heartbeat says that all is well, and when it gives
// some again, reading goes on.
func TestAStalledFetchIsNoticed(t *testing.T) {
	noLeaks(t)
	cluster, pl := fake(t, 2)
	log := &lines{}
	cfg := kafka.Defaults()
	cfg.Brokers = pl.brokers
	options := quick
	options.Stall = 300 * time.Millisecond
	src := loggingClient(t, cfg, slog.New(slog.NewTextHandler(log, nil))).Source(pl.topic, options)
	r := start(t, src)
	reads(t, pl, r, "before", 10)

	var stalls atomic.Bool
	stalls.Store(true)
	cluster.ControlKey(int16(kmsg.Fetch), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		if !stalls.Load() {
			return nil, nil, false
		}
		asked := req.(*kmsg.FetchRequest)
		answer := asked.ResponseKind().(*kmsg.FetchResponse)
		for _, topic := range asked.Topics {
			of := kmsg.NewFetchResponseTopic()
			of.Topic, of.TopicID = topic.Topic, topic.TopicID
			for _, p := range topic.Partitions {
				part := kmsg.NewFetchResponseTopicPartition()
				part.Partition, part.HighWatermark, part.LastStableOffset, part.LogStartOffset = p.Partition, p.FetchOffset, p.FetchOffset, 0
				if p.Partition == 0 {
					part.HighWatermark, part.LastStableOffset = 15, 15
				}
				of.Partitions = append(of.Partitions, part)
			}
			answer.Topics = append(answer.Topics, of)
		}
		time.Sleep(20 * time.Millisecond) // as a broker waits
		return answer, nil, true
	})
	r.wait("the trouble", func() bool { return src.Trouble(0) != nil })
	if err := src.Trouble(0); !strings.Contains(err.Error(), "gives none") {
		t.Errorf("the trouble is %v", err)
	}
	beats, others := r.of(0).heartbeats, r.of(1).heartbeats
	r.wait("the other partition's heartbeats", func() bool { return r.of(1).heartbeats >= others+5 })
	if got := r.of(0).heartbeats; got > beats {
		t.Errorf("%d heartbeats of a partition that stands still", got-beats)
	}
	if err := src.Trouble(1); err != nil {
		t.Errorf("partition 1, which is at its end, has trouble: %v", err)
	}
	stalls.Store(false)
	reads(t, pl, r, "after", 5)
	r.wait("the end of the trouble", func() bool { return src.Trouble(0) == nil })
	if n := log.count("a partition cannot be read now"); n != 1 {
		t.Errorf("the log tells of it %d times:\n%s", n, log.b.String())
	}
}

// slowLine lets through so many bytes a second from the broker, on all connections
// together.
type slowLine struct {
	mu   sync.Mutex
	rate int
}

func (s *slowLine) listen(network, address string) (net.Listener, error) {
	l, err := net.Listen(network, address)
	return slowListener{l, s}, err
}

type slowListener struct {
	net.Listener
	line *slowLine
}

func (l slowListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return slowConn{c, l.line}, err
}

type slowConn struct {
	net.Conn
	line *slowLine
}

func (c slowConn) Write(b []byte) (int, error) {
	const piece = 1 << 10
	for at := 0; at < len(b); at += piece {
		c.line.mu.Lock()
		time.Sleep(time.Second * piece / time.Duration(c.line.rate))
		c.line.mu.Unlock()
		if n, err := c.Conn.Write(b[at:min(at+piece, len(b))]); err != nil {
			return at + n, err
		}
	}
	return len(b), nil
}

// A line on which a fetch of the usual size takes too long is read in smaller ones.
func TestSlowLine(t *testing.T) {
	noLeaks(t)
	line := &slowLine{rate: 1 << 20}
	_, pl := fake(t, 1, kfake.ListenFn(line.listen))
	p := pl.producer(t, kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.ProducerBatchMaxBytes(32<<10))
	const n = 40
	for i := range n { // each a batch of its own
		produce(t, p, 0, fmt.Sprint(i, strings.Repeat("x", 20<<10)), 1)
	}
	options := quick
	options.FetchTimeout = 300 * time.Millisecond // 800 KiB take longer by far
	src := pl.client(t).Source(pl.topic, options)
	r := start(t, src)
	r.wait("the records over a slow line", func() bool { return len(r.of(0).values) == n })
	r.stop()
}
