package monitor_test

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
	"driftwatch/rules"
)

// logSource is a topic in memory, cut into blocks as cut says.
type logSource struct {
	mu    sync.Mutex
	parts [][]monitor.Record
	cut   func() int // records of the next block
	id    string
	beat  time.Duration // 0: ends at the end of the log, as a backtest's source may
	now   func() time.Time
}

func (s *logSource) bounds() []monitor.Bounds {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []monitor.Bounds
	for i, p := range s.parts {
		all = append(all, monitor.Bounds{Partition: int32(i), End: end(p)})
	}
	return all
}

func end(p []monitor.Record) int64 {
	if len(p) == 0 {
		return 0
	}
	return after(p)
}

// after is the offset after the last of some records.
func after(p []monitor.Record) int64 {
	last := p[len(p)-1]
	return last.Offset + max(1, last.Corrupt)
}

func (s *logSource) Topology(context.Context) (monitor.Topology, error) {
	return monitor.Topology{Topic: "t", ID: s.id, Partitions: s.bounds()}, nil
}

func (s *logSource) Resolve(_ context.Context, t monitor.Topology, _ monitor.Start) (map[int32]int64, error) {
	from := map[int32]int64{}
	for _, b := range t.Partitions {
		from[b.Partition] = b.First
	}
	return from, nil
}

func (s *logSource) Run(ctx context.Context, t monitor.Topology, from map[int32]int64, sink monitor.Sink) error {
	next := map[int32]int64{}
	for p, o := range from {
		next[p] = o
	}
	for {
		moved, waiting := false, false
		order := rand.Perm(len(t.Partitions))
		for _, i := range order {
			p := t.Partitions[i].Partition
			s.mu.Lock()
			records := s.parts[p]
			s.mu.Unlock()
			if sink.Held(p) {
				waiting = true
				continue
			}
			b, ok := cutBlock(p, records, next[p], s.cut())
			if !ok {
				continue
			}
			if err := sink.Block(ctx, b); err != nil {
				return err
			}
			next[p], moved = b.To, true
		}
		if !moved && !waiting && s.beat == 0 {
			return nil
		}
		if !moved {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(max(s.beat, time.Millisecond)):
			}
		}
		if s.beat > 0 {
			for _, b := range s.bounds() {
				sink.Heartbeat(monitor.Heartbeat{Bounds: b, At: s.now()})
			}
		}
	}
}

// cutBlock takes up to n records from offset from on.
func cutBlock(p int32, records []monitor.Record, from int64, n int) (monitor.Block, bool) {
	first, _ := slices.BinarySearchFunc(records, from, func(r monitor.Record, from int64) int { return cmp.Compare(r.Offset, from) })
	last := min(len(records), first+n)
	if first == last {
		return monitor.Block{}, false
	}
	piece := records[first:last]
	return monitor.Block{Partition: p, From: from, To: after(piece), Records: func(buf []monitor.Record, _ *monitor.Scratch) ([]monitor.Record, error) {
		return append(buf, piece...), nil
	}, Header: fakeHeader}, true
}

// fakeHeader reads headers that are lines of name=value.
func fakeHeader(r *monitor.Record, name string) ([]byte, bool) {
	for line := range strings.Lines(string(r.Headers)) {
		if n, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "="); n == name {
			return []byte(value), true
		}
	}
	return nil, false
}

// config is a monitor over logs of the generator below.
func config() monitor.Config {
	c := monitor.Default()
	c.Name, c.Topic = "m", "t"
	c.Timestamp = monitor.Timestamp{Field: "ts"}
	c.Window = monitor.Window{Size: dur("5m"), Every: dur("1m"), Lateness: dur("30s"), IdleTimeout: dur("30s"), MaxFuture: dur("10m")}
	c.Reference = monitor.ReferenceConfig{Learn: dur("20m")}
	return c
}

func dur(s string) rules.Duration {
	var d rules.Duration
	if err := d.UnmarshalText([]byte(s)); err != nil {
		panic(err)
	}
	return d
}

func deps(t testing.TB, c monitor.Config, s monitor.Source, rs ...rules.Rule) monitor.Deps {
	t.Helper()
	return monitor.Deps{Config: c, Rules: rs, Format: decode.JSON, Source: s, Store: monitor.NewMemory(), Workers: 2, Now: time.Now}
}
