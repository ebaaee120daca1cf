package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"

	"driftwatch/monitor"
)

// Options tune how a topic is read. Zero fields take their defaults.
type Options struct {
	// Poll is how often the topic's id and partitions are asked for (10 s).
	Poll time.Duration
	// MaxWait is how long a broker may hold back a fetch for which it has
	// nothing (250 ms): more saves requests, less makes heartbeats fresher.
	MaxWait time.Duration
	// FetchTimeout is how long a fetch may take (30 s). One that takes longer is cut
	// off, and the next ones ask for less, as on a slow line.
	FetchTimeout time.Duration
	// FetchBytes is how much one fetch may return for one partition, and half
	// of what it may return in all (4 MiB). A larger batch is still read.
	FetchBytes int
	// MaxBatchBytes is what one batch may decompress to before its records
	// count as corrupt (64 MiB).
	MaxBatchBytes int
	// Backoff is the pause after a first failure; it doubles up to 32 times
	// that, less a random part (100 ms).
	Backoff time.Duration
	// Stall is how long a partition may bring no records although its end lies
	// further on, before that counts as a failure (10 s).
	Stall time.Duration
}

func (o Options) withDefaults() Options {
	o.Poll = either(o.Poll, 10*time.Second)
	o.MaxWait = either(o.MaxWait, 250*time.Millisecond)
	o.FetchTimeout = either(o.FetchTimeout, requestTimeout)
	o.FetchBytes = either(o.FetchBytes, 4<<20)
	o.MaxBatchBytes = either(o.MaxBatchBytes, 64<<20)
	o.Backoff = either(o.Backoff, 100*time.Millisecond)
	o.Stall = either(o.Stall, 10*time.Second)
	return o
}

func either[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// backoff is the pause after the given number of failures in a row, with the
// upper half of it drawn, so that many clients do not return all at once.
func (o Options) backoff(failures int) time.Duration {
	d := o.Backoff << min(max(failures-1, 0), 5)
	return d/2 + rand.N(d/2+1)
}

// Source reads one topic. It implements monitor.Source.
type Source struct {
	client   *Client
	topic    string
	opts     Options
	troubles troubles
}

var (
	_ monitor.Source   = (*Source)(nil)
	_ monitor.Troubled = (*Source)(nil)
)

// Source makes a source of the topic. Nothing is asked before one of its
// methods is called.
func (c *Client) Source(topic string, opts Options) *Source {
	return &Source{client: c, topic: topic, opts: opts.withDefaults()}
}

// Topology asks for the topic's identity, its partitions, and the earliest and
// last stable offset of each. Troubles that pass by themselves, such as an
// election, are tried again for a few seconds; an unreachable cluster, a
// missing topic and a lack of rights fail at once, with a sentence.
func (s *Source) Topology(ctx context.Context) (monitor.Topology, error) {
	var out monitor.Topology
	err := s.retry(ctx, func(state topicState) error {
		first, err := s.client.offsets(ctx, s.topic, state.leaders, atEarliest)
		if err != nil {
			return err
		}
		end, err := s.client.offsets(ctx, s.topic, state.leaders, atLatest)
		if err != nil {
			return err
		}
		out = monitor.Topology{Topic: s.topic, ID: state.idText()}
		for _, p := range slices.Sorted(maps.Keys(state.leaders)) {
			out.Partitions = append(out.Partitions, monitor.Bounds{Partition: p, First: first[p], End: end[p]})
		}
		return nil
	})
	return out, err
}

// Resolve turns a start into one offset for each partition of t. For a time it
// is that of the first record whose log timestamp is at least at.Time, or the
// last stable offset if there is none.
func (s *Source) Resolve(ctx context.Context, t monitor.Topology, at monitor.Start) (map[int32]int64, error) {
	out := make(map[int32]int64, len(t.Partitions))
	switch at.Kind {
	case monitor.Earliest:
		for _, p := range t.Partitions {
			out[p.Partition] = p.First
		}
		return out, nil
	case monitor.Latest:
		for _, p := range t.Partitions {
			out[p.Partition] = p.End
		}
		return out, nil
	}
	err := s.retry(ctx, func(state topicState) error {
		found, err := s.client.offsets(ctx, s.topic, state.leaders, max(at.Time, 0))
		if err != nil {
			return err
		}
		for _, p := range t.Partitions {
			offset, ok := found[p.Partition]
			if !ok || offset < 0 || offset > p.End {
				offset = p.End
			}
			out[p.Partition] = max(offset, p.First)
		}
		return nil
	})
	return out, err
}

// retry asks for the topic's state and calls ask with it, again where the
// cluster says that the answer will come.
func (s *Source) retry(ctx context.Context, ask func(topicState) error) error {
	const tries = 6 // about three seconds
	for failures := 1; ; failures++ {
		state, err := s.client.topic(ctx, s.topic)
		passing := errors.Is(err, kafka.LeaderNotAvailable)
		if err == nil {
			err = ask(state)
			passing = passes(err)
		}
		if err == nil {
			return nil
		}
		if !passing || failures == tries {
			return s.client.explain(ctx, s.topic, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("asking about the topic %q: %w", s.topic, ctx.Err())
		case <-time.After(s.opts.backoff(failures)):
		}
	}
}

// passes says whether the cluster's answer means "not now".
func passes(err error) bool {
	var code kafka.Error
	return errors.As(err, &code) && (code.Temporary() || code == kafka.BrokerNotAvailable || code == kafka.ReplicaNotAvailable)
}
