package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

var codecs = map[string]kgo.CompressionCodec{
	"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
}

// topic is one that is measured, as it is made.
type topic struct {
	Name       string
	Shape      shape
	Partitions int
	Codec      string
}

// topic makes a topic and fills it. A child does so: what it needs at most the system
// would take for the memory of all that are started after it.
func (b *bench) topic(ctx context.Context, t topic, n int) error {
	text, err := json.Marshal(t)
	if err != nil {
		return err
	}
	_, err = b.child(ctx, "fill", string(text), n)
	return err
}

// fill writes n records, to the partitions in turn.
func fill(ctx context.Context, broker, text string, n int) error {
	var t topic
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		return err
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(codecs[t.Codec]), kgo.MaxBufferedRecords(50_000), kgo.ProducerBatchMaxBytes(1_000_000))
	if err != nil {
		return err
	}
	defer client.Close()
	forever := "-1" // the records are of some weeks ago
	if _, err := kadm.NewClient(client).CreateTopic(ctx, int32(t.Partitions), 1, map[string]*string{"retention.ms": &forever}, t.Name); err != nil {
		return err
	}
	r := newRecords(t.Shape)
	failed := make(chan error, 1)
	for i := range n {
		value, at := r.record()
		client.Produce(ctx, &kgo.Record{Topic: t.Name, Partition: int32(i % t.Partitions), Timestamp: at, Value: append([]byte(nil), value...)}, func(_ *kgo.Record, err error) {
			if err != nil {
				select {
				case failed <- err:
				default:
				}
			}
		})
	}
	if err := client.Flush(ctx); err != nil {
		return err
	}
	select {
	case err := <-failed:
		return fmt.Errorf("writing to the topic %s: %w", t.Name, err)
	default:
		return nil
	}
}

// drop deletes a topic.
func (b *bench) drop(ctx context.Context, name string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(b.broker))
	if err != nil {
		return err
	}
	defer client.Close()
	_, err = kadm.NewClient(client).DeleteTopic(ctx, name)
	return err
}
