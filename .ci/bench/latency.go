package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// latency measures how long it takes from the broker's receipt of a record until it is
// counted, and until what it lets close is decided and told.
func (b *bench) latency(ctx context.Context) error {
	fmt.Printf("A topic of %d,000 records/s, 4 partitions; a window of a minute of event time closes every %v.\n\n", perSecond/1000, closes)
	fmt.Println("| ms | samples | median | p99 | most |\n| --- | ---: | ---: | ---: | ---: |")
	counted, _, err := b.live(ctx, 0, 10)
	if err != nil {
		return err
	}
	quantiles("record received … counted and committed", counted)
	for _, segments := range []int{0, 200, 1000} {
		_, told, err := b.live(ctx, segments, 1000)
		if err != nil {
			return err
		}
		quantiles(fmt.Sprintf("record received that closes a window … transition committed and printed, %d segments", segments), told)
	}
	return b.idle(ctx)
}

func quantiles(name string, all []time.Duration) {
	slices.Sort(all)
	ms := func(share float64) int64 { return all[int(share*float64(len(all)-1))].Milliseconds() }
	fmt.Printf("| %s | %d | %d | %d | %d |\n", name, len(all), ms(0.5), ms(0.99), ms(1))
}

const (
	perSecond = 100_000
	closes    = 500 * time.Millisecond // so often a minute of event time is over
	lasts     = 60 * time.Second
	// A minute has a third fewer records than the one before, or a third more again, so that a
	// rule changes its mind at every close.
	manyRows = 50_000
)

// live writes to a topic for a while, and gives how long it took until each 1,000th
// record was counted, and until each transition was told.
func (b *bench) live(ctx context.Context, segments, commits int) (counted, told []time.Duration, err error) {
	s := usual
	s.Segments, s.Panes, s.Commits, s.Busy = segments, 1, commits, manyRows
	name := fmt.Sprintf("live-%d", time.Now().UnixNano())
	if err := b.topic(ctx, topic{name, s, 4, "lz4"}, 0); err != nil {
		return nil, nil, err
	}
	defer func() { _ = b.drop(ctx, name) }()
	if err := b.prepare(ctx, s, name); err != nil {
		return nil, nil, err
	}
	if err := b.fresh(); err != nil {
		return nil, nil, err
	}
	lines, out := io.Pipe()
	service, err := b.start(ctx, out)
	if err != nil {
		return nil, nil, err
	}
	p := &producer{passed: map[time.Time]time.Time{}}
	var wait sync.WaitGroup
	wait.Go(func() { told = p.read(lines) })
	stop := make(chan struct{})
	wait.Go(func() { counted = p.poll(service, stop) })
	err = p.produce(ctx, b.broker, name, s)
	close(stop)
	if endErr := service.end(); err == nil {
		err = endErr
	}
	_ = out.Close()
	wait.Wait()
	return counted, told, err
}

// producer writes records at a steady rate, and remembers when the broker had them.
type producer struct {
	mu     sync.Mutex
	had    []time.Time             // by number of records that the broker had received
	passed map[time.Time]time.Time // when all partitions had a record that lets the window close, by its end
}

func (p *producer) produce(ctx context.Context, broker, topic string, s shape) error {
	const partitions, lateness, tick = 4, 10 * time.Second, 5 * time.Millisecond
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.DefaultProduceTopic(topic),
		kgo.ProducerBatchCompression(kgo.Lz4Compression()), kgo.MaxBufferedRecords(perSecond), kgo.ProducerLinger(tick))
	if err != nil {
		return err
	}
	defer client.Close()
	r := newRecords(s)
	var event time.Duration // since epoch
	failed := make(chan error, 1)
	missing := map[time.Time]int{} // partitions, by the end of the window
	var closing [partitions]time.Time
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	n := 0
	for began := time.Now(); time.Since(began) < lasts; {
		<-ticker.C
		for ; n < int(time.Since(began).Seconds()*perSecond); n++ {
			step := time.Minute / (manyRows + 10_000)
			if event/time.Minute%2 == 1 {
				step = time.Minute / (manyRows - 10_000)
			}
			event += step
			partition, at := n%partitions, epoch.Add(event)
			end := at.Add(-lateness).Truncate(time.Minute)
			first := end.After(closing[partition])
			closing[partition] = end
			client.Produce(ctx, &kgo.Record{Partition: int32(partition), Timestamp: at, Value: append([]byte(nil), r.recordAt(at)...)}, func(_ *kgo.Record, err error) {
				if err != nil {
					select {
					case failed <- err:
					default:
					}
					return
				}
				p.mu.Lock()
				defer p.mu.Unlock()
				now := time.Now()
				p.had = append(p.had, now)
				if first {
					if missing[end]++; missing[end] == partitions {
						p.passed[end] = now
					}
				}
			})
		}
		select {
		case err := <-failed:
			return err
		default:
		}
	}
	return client.Flush(ctx)
}

// poll asks how much is counted, and gives the age of each 1,000th record when it was. What
// comes before the start is over is not looked at.
func (p *producer) poll(s *service, stop <-chan struct{}) (ages []time.Duration) {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for next := 5 * perSecond; ; {
		select {
		case <-stop:
			return ages
		case <-ticker.C:
		}
		rows, _, err := s.counted()
		if err != nil {
			return ages
		}
		now := time.Now()
		p.mu.Lock()
		for ; next < int(rows) && next < len(p.had); next += 1000 {
			ages = append(ages, now.Sub(p.had[next]))
		}
		p.mu.Unlock()
	}
}

// read gives how long after it could have been a transition of the rule "busy" was told.
func (p *producer) read(lines io.Reader) (ages []time.Duration) {
	for scanner := bufio.NewScanner(lines); scanner.Scan(); {
		now := time.Now()
		var line struct {
			Rule string
			Time time.Time
		}
		if json.Unmarshal(scanner.Bytes(), &line) != nil || line.Rule != "busy" {
			continue
		}
		p.mu.Lock()
		if at, known := p.passed[line.Time]; known {
			ages = append(ages, now.Sub(at))
		}
		p.mu.Unlock()
	}
	return ages
}

// idle measures what a service does that has nothing to do.
func (b *bench) idle(ctx context.Context) error {
	const looks = 20 * time.Second
	name := fmt.Sprintf("idle-%d", time.Now().UnixNano())
	const n = 10_000
	if err := b.topic(ctx, topic{name, usual, 4, "lz4"}, n); err != nil {
		return err
	}
	defer func() { _ = b.drop(ctx, name) }()
	if err := b.prepare(ctx, usual, name); err != nil {
		return err
	}
	if err := b.fresh(); err != nil {
		return err
	}
	s, err := b.start(ctx, io.Discard)
	if err != nil {
		return err
	}
	if _, err := s.caughtUp(n); err != nil {
		return err
	}
	before, err := s.cpu()
	if err != nil {
		return err
	}
	time.Sleep(looks)
	after, err := s.cpu()
	if err != nil {
		return err
	}
	fmt.Printf("\nWith nothing to read: %.2f %% of a core.\n", 100*(after-before).Seconds()/looks.Seconds())
	return s.end()
}
