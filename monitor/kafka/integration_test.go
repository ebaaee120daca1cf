package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"driftwatch/monitor"
	"driftwatch/monitor/kafka"
)

// needsBroker gives the broker's address, or skips the test.
func needsBroker(t testing.TB) string {
	address := os.Getenv("DRIFTWATCH_KAFKA")
	if address == "" {
		t.Skip("needs a broker: .ci/broker start DIR, then DRIFTWATCH_KAFKA=$(cat DIR/address) go test -run Integration ./monitor/kafka")
	}
	return address
}

// integration makes a topic that no other test uses.
func integration(t testing.TB, name string, partitions int32, configs map[string]string) place {
	t.Helper()
	pl := place{brokers: []string{needsBroker(t)}, topic: fmt.Sprintf("kafka-%s-%d", name, time.Now().UnixNano())}
	pl.createTopic(t, partitions, configs)
	return pl
}

// TestIntegration runs against Apache Kafka what the other tests run against
// the in-process cluster, each scenario on a topic of its own.
func TestIntegration(t *testing.T) {
	needsBroker(t)
	for _, c := range []struct {
		name       string
		partitions int32
		configs    map[string]string
		scenario   func(*testing.T, place)
	}{
		{"codecs", 3, nil, readsCodecs},
		{"transactions", 1, nil, readsTransactions},
		{"times", 2, nil, resolvesTimes},
		{"deleted", 1, nil, losesDeleted},
		{"recreated", 1, nil, noticesRecreation},
		{"partition", 1, nil, noticesPartition},
		{"appendtime", 1, map[string]string{"message.timestamp.type": "LogAppendTime"}, readsAppendTime},
		{"large", 1, map[string]string{"max.message.bytes": "16000000"}, readsLargeBatches},
		{"commits", 2, nil, commitsOffsets},
	} {
		t.Run(c.name, func(t *testing.T) {
			noLeaks(t)
			c.scenario(t, integration(t, c.name, c.partitions, c.configs))
		})
	}
}

// BenchmarkIntegration reads 400-byte records in LZ4 from a broker and decodes
// them as they come, without a worker of their own.
func BenchmarkIntegration(b *testing.B) {
	const perPartition = 200_000
	pl := integration(b, "throughput", 2, nil)
	value := []byte(strings.Repeat("a record of forty bytes, ten times over. ", 10))
	p := pl.producer(b, kgo.ProducerBatchCompression(kgo.Lz4Compression()), kgo.ProducerLinger(5*time.Millisecond), kgo.MaxBufferedRecords(20_000))
	for i := range 2 * perPartition {
		p.Produce(b.Context(), &kgo.Record{Partition: int32(i % 2), Value: append(strconv.AppendInt(nil, int64(i), 10), value...)}, nil)
	}
	if err := p.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	src := pl.client(b).Source(pl.topic, kafka.Options{})
	now := topology(b, src)
	b.ResetTimer()
	for range b.N {
		ctx, cancel := context.WithCancel(b.Context())
		s := &counting{left: 2 * perPartition, done: cancel}
		if err := src.Run(ctx, now, map[int32]int64{0: 0, 1: 0}, s); !errors.Is(err, context.Canceled) || s.left != 0 {
			b.Fatal(err, s.left)
		}
	}
	b.ReportMetric(float64(b.N)*2*perPartition/b.Elapsed().Seconds(), "records/s")
}

// counting decodes and counts.
type counting struct {
	buf     []monitor.Record
	scratch monitor.Scratch
	left    int
	done    func()
}

func (c *counting) Block(_ context.Context, b monitor.Block) error {
	c.buf, _ = b.Records(c.buf[:0], &c.scratch)
	if c.left -= len(c.buf); c.left <= 0 {
		c.done()
	}
	return nil
}

func (*counting) Heartbeat(monitor.Heartbeat) {}
func (*counting) Held(int32) bool             { return false }
