package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
	dw "driftwatch/monitor/kafka"
)

// child fills a topic, or reads it once, as the mode says, and ends when it has n records.
func child(ctx context.Context, mode, broker, topic string, n int) error {
	switch mode {
	case "fill":
		return fill(ctx, broker, topic, n)
	case "franz-go":
		return bareFranz(ctx, broker, topic, n)
	case "kafka-go":
		return bareReader(ctx, broker, topic, n)
	case "fetch", "records", "decode":
		return stage(ctx, mode, broker, topic, n)
	}
	return fmt.Errorf("there is no mode %q", mode)
}

// bareFranz is the least that a consumer with franz-go does.
func bareFranz(ctx context.Context, broker, topic string, n int) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return err
	}
	defer client.Close()
	for n > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		n -= fetches.NumRecords()
	}
	return nil
}

// bareReader is that with kafka-go's Reader, one for each partition.
func bareReader(ctx context.Context, broker, topic string, n int) error {
	partitions, err := kafka.LookupPartitions(ctx, "tcp", broker, topic)
	if err != nil {
		return err
	}
	errs := make(chan error)
	for _, p := range partitions {
		go func() {
			r := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{broker}, Topic: topic, Partition: p.ID, MaxBytes: 10 << 20})
			defer r.Close()
			for range n / len(partitions) {
				if _, err := r.ReadMessage(ctx); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for range partitions {
		err = errors.Join(err, <-errs)
	}
	return err
}

// stage is driftwatch's reading up to some stage: the answers of the broker cut into
// blocks, with their checksums; records, decompressed; fields, decoded.
func stage(ctx context.Context, mode, broker, topic string, n int) error {
	cfg := dw.Defaults()
	cfg.Brokers = []string{broker}
	client, err := dw.NewClient(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer client.Close()
	src := client.Source(topic, dw.Options{})
	now, err := src.Topology(ctx)
	if err != nil {
		return err
	}
	from := map[int32]int64{}
	for _, p := range now.Partitions {
		from[p.Partition] = p.First
	}
	ctx, stop := context.WithCancel(ctx)
	s := &stageSink{blocks: make(chan monitor.Block, 8), stop: stop}
	s.left.Store(int64(n))
	for range 2 {
		go func() {
			if err := s.work(mode); err != nil {
				panic(err)
			}
		}()
	}
	if err := src.Run(ctx, now, from, s); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

type stageSink struct {
	blocks chan monitor.Block
	left   atomic.Int64
	stop   func()
}

func (s *stageSink) work(mode string) error {
	fields := append(usual.features(), "event_time")
	decoder, err := decode.JSON(fields)
	if err != nil {
		return err
	}
	var records []monitor.Record
	var scratch monitor.Scratch
	row := make([]monitor.Value, len(fields))
	for b := range s.blocks {
		if mode != "fetch" {
			records, _ = b.Records(records[:0], &scratch)
		}
		if mode == "decode" {
			for _, r := range records {
				if err := decoder.Decode(r.Value, row); err != nil {
					return err
				}
			}
		}
		if s.left.Add(b.From-b.To) <= 0 {
			s.stop()
		}
	}
	return nil
}

func (s *stageSink) Block(ctx context.Context, b monitor.Block) error {
	select {
	case s.blocks <- b:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (*stageSink) Heartbeat(monitor.Heartbeat) {}
func (*stageSink) Held(int32) bool             { return false }
