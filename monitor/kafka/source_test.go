package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"driftwatch/monitor"
)

func TestCodecsAndPartitions(t *testing.T) {
	noLeaks(t)
	_, pl := fake(t, 3, kfake.NumBrokers(3))
	readsCodecs(t, pl)
}

// readsCodecs writes every codec into every partition and reads all of it.
func readsCodecs(t *testing.T, pl place) {
	codecs := []kgo.CompressionCodec{
		kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression(),
	}
	want := map[int32][]string{}
	for i, codec := range codecs {
		p := pl.producer(t, kgo.ProducerBatchCompression(codec))
		for partition := range int32(3) {
			prefix := fmt.Sprintf("codec%d-partition%d-and-something-worth-compressing", i, partition)
			produce(t, p, partition, prefix, 300)
			for j := range 300 {
				want[partition] = append(want[partition], fmt.Sprintf("%s-%d", prefix, j))
			}
		}
	}
	r := start(t, pl.source(t))
	for partition := range int32(3) {
		r.wait("all records", func() bool { return r.of(partition).next == 1500 })
		got := r.of(partition)
		if !slices.Equal(got.values, want[partition]) {
			t.Errorf("partition %d: read %d values, which are not the %d written", partition, len(got.values), len(want[partition]))
		}
		if got.skipped+got.lost+got.corrupt != 0 || got.heartbeat.End != 1500 || got.heartbeat.First != 0 {
			t.Errorf("partition %d: %+v", partition, got.heartbeat)
		}
		if age := time.Since(time.UnixMilli(got.times[0])); age < 0 || age > time.Minute {
			t.Errorf("partition %d: the first record is %v old", partition, age)
		}
	}
}

func TestTransactions(t *testing.T) {
	noLeaks(t)
	_, pl := fake(t, 1)
	readsTransactions(t, pl)
}

// readsTransactions interleaves transactions of two producers, committed and
// aborted, with plain records, and ends with an open one.
func readsTransactions(t *testing.T, pl place) {
	src := pl.source(t)
	r := start(t, src)
	plain := pl.producer(t)
	a := pl.producer(t, kgo.TransactionalID("a"))
	b := pl.producer(t, kgo.TransactionalID("b"))
	end := func(p *kgo.Client, how kgo.TransactionEndTry) {
		t.Helper()
		if err := p.EndTransaction(t.Context(), how); err != nil {
			t.Fatal(err)
		}
	}
	var want []string
	var aborted, markers int64
	written := func(prefix string, n int) {
		for i := range n {
			want = append(want, fmt.Sprintf("%s-%d", prefix, i))
		}
	}
	begin := func(p *kgo.Client) {
		t.Helper()
		if err := p.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
	}
	for round := range 5 {
		begin(a)
		begin(b)
		name := fmt.Sprint("round", round)
		produce(t, a, 0, name+"a", 7)
		produce(t, b, 0, name+"b", 5)
		produce(t, plain, 0, name+"plain", 3)
		produce(t, a, 0, name+"a2", 2)
		end(a, kgo.TransactionEndTry(round%2 == 0))
		end(b, kgo.TransactionEndTry(round%3 == 0))
		markers += 2
		for _, w := range []struct {
			prefix string
			n      int
			kept   bool
		}{{"a", 7, round%2 == 0}, {"b", 5, round%3 == 0}, {"plain", 3, true}, {"a2", 2, round%2 == 0}} {
			if w.kept {
				written(name+w.prefix, w.n)
			} else {
				aborted += int64(w.n)
			}
		}
	}
	total := int64(len(want)) + aborted + markers
	// A broker may write a marker after it has answered: not behind what follows.
	r.wait("the last marker", func() bool { return r.of(0).next == total })
	begin(a)
	produce(t, a, 0, "open", 4)
	beats := r.of(0).heartbeats
	r.wait("fetches after the open transaction began", func() bool { return r.of(0).heartbeats > beats+2 })
	got := r.of(0)
	if !slices.Equal(got.values, want) {
		t.Errorf("read %d values, not the %d committed ones", len(got.values), len(want))
	}
	if got.skipped != aborted+markers || got.heartbeat.End != total {
		t.Errorf("skipped %d of %d, end %d of %d", got.skipped, aborted+markers, got.heartbeat.End, total)
	}
	if now := topology(t, src); now.Partitions[0].End != total {
		t.Errorf("the topology ends at %d, the last stable offset is %d", now.Partitions[0].End, total)
	}
	// A reader that begins inside an aborted transaction sees the same.
	for from := range total {
		i, _ := slices.BinarySearch(got.offsets, from)
		again := startFrom(t, src, r.topology, map[int32]int64{0: from})
		again.wait("the last stable offset", func() bool { return again.of(0).next == total })
		if !slices.Equal(again.of(0).values, want[i:]) {
			t.Errorf("from offset %d: read %d values of %d", from, len(again.of(0).values), len(want)-i)
		}
		again.stop()
	}
	end(a, kgo.TryAbort)
	r.wait("the open transaction's end", func() bool { return r.of(0).next == total+5 })
	if got := r.of(0); len(got.values) != len(want) || got.skipped != aborted+markers+5 {
		t.Errorf("after aborting the open transaction: %d values, %d skipped", len(got.values), got.skipped)
	}
}

func TestDeletedRecordsAreLost(t *testing.T) {
	noLeaks(t)
	_, pl := fake(t, 1)
	losesDeleted(t, pl)
}

// losesDeleted deletes records that have not been read yet, in the middle of a batch.
func losesDeleted(t *testing.T, pl place) {
	p := pl.producer(t)
	for i := range 10 {
		produce(t, p, 0, fmt.Sprint("batch", i), 10)
	}
	src := pl.source(t)
	now := topology(t, src)
	pl.deleteRecords(t, 45)
	r := startFrom(t, src, now, map[int32]int64{0: 20})
	r.wait("the end", func() bool { return r.of(0).next == 100 })
	got := r.of(0)
	if got.lost != 25 || got.skipped != 0 || len(got.values) != 55 || got.values[0] != "batch4-5" || got.heartbeat.First != 45 {
		t.Errorf("lost %d, skipped %d, read %d from %q, first %d", got.lost, got.skipped, len(got.values), got.values[0], got.heartbeat.First)
	}
}

func TestTopologyChangesEndTheRun(t *testing.T) {
	for name, scenario := range map[string]func(*testing.T, place){"recreated": noticesRecreation, "partition added": noticesPartition} {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			_, pl := fake(t, 1)
			scenario(t, pl)
		})
	}
}

// noticesRecreation replaces the topic by one that holds more records.
func noticesRecreation(t *testing.T, pl place) {
	before, after := endsRun(t, pl, func() {
		pl.recreateTopic(t)
		produce(t, pl.producer(t), 0, "new", 50)
	})
	if before.ID == after.ID || after.ID == "" {
		t.Errorf("the topic id was %q and is %q", before.ID, after.ID)
	}
}

func noticesPartition(t *testing.T, pl place) {
	before, after := endsRun(t, pl, func() { pl.addPartition(t, 2) })
	if before.ID != after.ID || len(after.Partitions) != 2 {
		t.Errorf("%+v became %+v", before, after)
	}
}

// endsRun expects the change to end a run before it reads anything of what is new.
func endsRun(t *testing.T, pl place, change func()) (before, after monitor.Topology) {
	t.Helper()
	produce(t, pl.producer(t), 0, "old", 10)
	src := pl.source(t)
	r := start(t, src)
	r.wait("the old records", func() bool { return r.of(0).next == 10 })
	change()
	if err := r.end(); !errors.Is(err, monitor.ErrTopology) {
		t.Errorf("the run ended with %v", err)
	}
	if got := r.of(0); len(got.values) != 10 {
		t.Errorf("records of another topic were read as this one's: %d", len(got.values)-10)
	}
	return r.topology, topology(t, src)
}

func TestOffsetBeyondTheEnd(t *testing.T) {
	noLeaks(t)
	_, pl := fake(t, 1)
	src := pl.source(t)
	now := topology(t, src)
	if err := startFrom(t, src, now, map[int32]int64{0: 7}).end(); !errors.Is(err, monitor.ErrTopology) {
		t.Errorf("the run ended with %v", err)
	}
}

func TestResolve(t *testing.T) {
	noLeaks(t)
	_, pl := fake(t, 2)
	resolvesTimes(t, pl)
}

// resolvesTimes writes ten records, a second apart, and asks for times.
func resolvesTimes(t *testing.T, pl place) {
	p := pl.producer(t)
	base := time.Now().Add(-time.Hour).Truncate(time.Second)
	for i := range 10 {
		rec := &kgo.Record{Partition: 0, Value: []byte("x"), Timestamp: base.Add(time.Duration(i) * time.Second)}
		if err := p.ProduceSync(t.Context(), rec).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	src := pl.source(t)
	now := topology(t, src)
	for _, c := range []struct {
		name string
		at   monitor.Start
		want int64
	}{
		{"earliest", monitor.Start{}, 0},
		{"latest", monitor.Start{Kind: monitor.Latest}, 10},
		{"before all", monitor.Start{Kind: monitor.AtTime, Time: -5}, 0},
		{"exactly", monitor.Start{Kind: monitor.AtTime, Time: base.Add(4 * time.Second).UnixMilli()}, 4},
		{"between", monitor.Start{Kind: monitor.AtTime, Time: base.Add(4*time.Second + time.Millisecond).UnixMilli()}, 5},
		{"after all", monitor.Start{Kind: monitor.AtTime, Time: base.Add(time.Minute).UnixMilli()}, 10},
	} {
		got, err := src.Resolve(t.Context(), now, c.at)
		if err != nil || got[0] != c.want || got[1] != 0 || len(got) != 2 {
			t.Errorf("%s: resolved to %v, %v; want %d and 0", c.name, got, err, c.want)
		}
	}
}

// A large cluster has many topics, and its metadata is not ours to ask for.
func TestAsksForItsTopicOnly(t *testing.T) {
	noLeaks(t)
	cluster, pl := fake(t, 1)
	all := cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Metadata}, Observe: true, Count: -1, When: func(req kmsg.Request) bool {
		return req.(*kmsg.MetadataRequest).Topics == nil
	}})
	start(t, pl.source(t)).stop()
	if all.Hits() != 0 {
		t.Errorf("asked %d times for all topics", all.Hits())
	}
}

func TestHeldPartitionRests(t *testing.T) {
	noLeaks(t)
	_, pl := fake(t, 2)
	p := pl.producer(t)
	src := pl.source(t)
	now := topology(t, src)
	from := map[int32]int64{0: 0, 1: 0}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := newSink(t, from)
	s.held[1] = true
	ended := make(chan error, 1)
	go func() { ended <- src.Run(ctx, now, from, s) }()

	produce(t, p, 0, "moving", 20)
	produce(t, p, 1, "resting", 20)
	s.wait("the moving partition", func() bool { return s.of(0).next == 20 })
	s.wait("the resting partition's heartbeat", func() bool { return s.of(1).heartbeat.End == 20 })
	beats := s.of(1).heartbeats
	s.wait("another one", func() bool { return s.of(1).heartbeats > beats })
	if s.of(1).next != 0 {
		t.Error("a held partition was read")
	}
	s.mu.Lock()
	s.held[1] = false
	s.mu.Unlock()
	s.wait("the released partition", func() bool { return s.of(1).next == 20 })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the run ended with %v", err)
	}
}

// readsAppendTime expects the broker's clock, not the producer's.
func readsAppendTime(t *testing.T, pl place) {
	rec := &kgo.Record{Value: []byte("x"), Timestamp: time.UnixMilli(1)}
	if err := pl.producer(t).ProduceSync(t.Context(), rec, &kgo.Record{Value: []byte("y")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	r := start(t, pl.source(t))
	r.wait("the records", func() bool { return r.of(0).next == 2 })
	for _, ms := range r.of(0).times {
		if age := time.Since(time.UnixMilli(ms)); age < -time.Minute || age > time.Minute {
			t.Errorf("the record's time is %v", time.UnixMilli(ms))
		}
	}
}

func TestLargeBatches(t *testing.T) {
	noLeaks(t)
	_, pl := fake(t, 1)
	pl.topic = "large"
	pl.createTopic(t, 1, map[string]string{"max.message.bytes": "16000000"})
	readsLargeBatches(t, pl)
}

// readsLargeBatches reads batches larger than a fetch may return, and whole
// ones that make many fetches.
func readsLargeBatches(t *testing.T, pl place) {
	p := pl.producer(t, kgo.ProducerBatchMaxBytes(12<<20), kgo.ProducerBatchCompression(kgo.NoCompression()))
	big := make([]byte, 5<<20)
	for i := range 3 {
		if err := p.ProduceSync(t.Context(), &kgo.Record{Value: big}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		produce(t, p, 0, fmt.Sprint("small", i), 1000)
	}
	opts := quick
	opts.FetchBytes = 10_000
	r := start(t, pl.client(t).Source(pl.topic, opts))
	r.wait("all records", func() bool { return r.of(0).next == 3003 })
	if got := r.of(0); len(got.values) != 3003 || got.corrupt+got.skipped+got.lost != 0 || len(got.values[2002]) != len(big) {
		t.Errorf("read %d records, %d corrupt", len(got.values), got.corrupt)
	}
}

func TestCommitOffsets(t *testing.T) {
	noLeaks(t)
	_, pl := fake(t, 2)
	commitsOffsets(t, pl)
}

// commitsOffsets expects a group without members to show what was committed.
func commitsOffsets(t *testing.T, pl place) {
	c := pl.client(t)
	commit := func() error {
		return c.CommitOffsets(t.Context(), "driftwatch-test", pl.topic, map[int32]int64{0: 17, 1: 4})
	}
	err := commit()
	// A broker makes the topic of its groups when it is first asked for it.
	for i := 0; err != nil && i < 50; i++ {
		time.Sleep(100 * time.Millisecond)
		err = commit()
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := pl.committed(t, "driftwatch-test"); len(got) != 2 || got[0] != 17 || got[1] != 4 {
		t.Errorf("committed %v", got)
	}
}
