package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"

	"driftwatch/monitor"
)

// readCommitted is the isolation level of every request: up to the last stable
// offset, with the list of aborted transactions.
const readCommitted = int8(1)

// giveUp is after how many fetches of a batch that cannot be used its records
// count as corrupt, and those of such batches right behind it. Each try asks
// for twice as much, for batches that were cut off because they are larger than
// a fetch may be.
const giveUp = 5

// position is a partition inside a fetch: where it begins, and afterwards how
// it went.
type position struct {
	of       *partition // for the owner of the run: the task must not touch it
	id       int32
	next     int64
	unusable int
	movedAt  time.Time // see partition

	beat bool  // its bounds have been reported
	err  error // nil: go on at next
}

// fetch is one request to one broker for all of its partitions, and the
// handing on of what it brings. It belongs to one goroutine.
type fetch struct {
	*Source
	topicID [16]byte
	sink    monitor.Sink
	node    int32
	version int16
	shrink  int
	took    time.Duration // from the request to the answer
	wanted  []position
	held    []position // to report the bounds of only
}

// sinkError is the end of the run, brought by the sink.
type sinkError struct{ error }

func (e sinkError) Unwrap() error { return e.error }

// run fails if the broker cannot be asked, with a sinkError, or with ErrTopology.
func (f *fetch) run(ctx context.Context) error {
	if err := f.reportHeld(ctx); err != nil {
		return err
	}
	if len(f.wanted) == 0 {
		return nil
	}
	began := time.Now()
	e, err := f.ask(ctx)
	f.took = time.Since(began)
	if err != nil {
		return err
	}
	f.version = e.version
	resp := e.resp.(*kmsg.FetchResponse)
	if resp.ErrorCode != 0 {
		return kafka.Error(resp.ErrorCode)
	}
	answer := map[int32]*kmsg.FetchResponseTopicPartition{}
	for _, t := range resp.Topics {
		for i := range t.Partitions {
			answer[t.Partitions[i].Partition] = &t.Partitions[i]
		}
	}
	return f.handOn(ctx, answer)
}

func (f *fetch) ask(ctx context.Context) (*exchange, error) {
	ctx, cancel := context.WithTimeout(ctx, f.opts.FetchTimeout)
	defer cancel()
	return f.client.send(ctx, f.node, f.version, f.request())
}

// handOn hands on what the answer holds, a block of each partition in turn: they go to
// several workers, none of which is to wait until another has all of its own. It fails
// with a sinkError or with ErrTopology.
func (f *fetch) handOn(ctx context.Context, answer map[int32]*kmsg.FetchResponseTopicPartition) error {
	blocks := make([][]monitor.Block, len(f.wanted))
	for i := range f.wanted {
		p := &f.wanted[i]
		got := answer[p.id]
		if got == nil {
			p.err = errSilent
			continue
		}
		var err error
		if blocks[i], err = f.take(ctx, p, got); err != nil {
			return err
		}
	}
	for turn, more := 0, true; more; turn++ {
		more = false
		for _, of := range blocks {
			if turn >= len(of) {
				continue
			}
			more = true
			if err := f.sink.Block(ctx, of[turn]); err != nil {
				return sinkError{fmt.Errorf("handing on a block of partition %d of the topic %q: %w", of[turn].Partition, f.topic, err)}
			}
		}
	}
	return nil
}

var errSilent = errors.New("the broker's answer left the partition out")

// errStalled is a fetch that succeeds and does not help. An answer that is full of
// other partitions leaves one empty, too, but not each time.
var errStalled = errors.New("the broker says that there are more records and gives none")

// leftOutBefore is how often in a row that is no trouble yet.
const leftOutBefore = 3

func (f *fetch) request() *kmsg.FetchRequest {
	req := kmsg.NewPtrFetchRequest()
	req.MaxWaitMillis = int32(f.opts.MaxWait.Milliseconds())
	req.MinBytes = 1
	size := f.opts.FetchBytes >> f.shrink
	req.MaxBytes = int32(2 * size)
	req.IsolationLevel = readCommitted
	req.SessionEpoch = -1 // no fetch session
	topic := kmsg.NewFetchRequestTopic()
	topic.Topic, topic.TopicID = f.topic, f.topicID
	for _, p := range f.wanted {
		rp := kmsg.NewFetchRequestTopicPartition()
		rp.Partition, rp.FetchOffset = p.id, p.next
		rp.PartitionMaxBytes = int32(min(size<<(p.unusable%giveUp), maxResponse/2))
		req.MaxBytes = max(req.MaxBytes, rp.PartitionMaxBytes)
		topic.Partitions = append(topic.Partitions, rp)
	}
	req.Topics = append(req.Topics, topic)
	return req
}

// take cuts what the answer holds of one partition into blocks and moves its position
// behind them.
func (f *fetch) take(ctx context.Context, p *position, got *kmsg.FetchResponseTopicPartition) (blocks []monitor.Block, err error) {
	switch p.err = nil; got.ErrorCode {
	case 0:
	case int16(kafka.OffsetOutOfRange):
		return f.outOfRange(ctx, p)
	default:
		p.err = kafka.Error(got.ErrorCode)
		return nil, nil
	}
	end := got.LastStableOffset
	if end < 0 {
		end = got.HighWatermark
	}
	switch moves := len(got.RecordBatches) > 0 || p.next >= end; {
	case moves:
		p.movedAt = time.Now()
	case time.Since(p.movedAt) >= f.opts.Stall:
		p.err = errStalled
		return nil, nil
	}
	f.heartbeat(p, got.LogStartOffset, end)
	c := cutter{
		partition: p.id, next: p.next, end: end, limit: f.opts.MaxBatchBytes,
		emit: func(b monitor.Block) error { blocks = append(blocks, b); return nil },
	}
	unusable, err := c.walk(got.RecordBatches, got.AbortedTransactions, p.unusable >= giveUp)
	p.next, p.err = c.next, unusable
	if c.good {
		p.unusable = 0
	}
	if unusable != nil {
		p.unusable++
	}
	return blocks, err
}

// outOfRange finds out on which side of the log the position lies: what the
// log has dropped is lost, an offset beyond its end belongs to another log.
func (f *fetch) outOfRange(ctx context.Context, p *position) ([]monitor.Block, error) {
	first, end, err := f.bounds(ctx, p.id)
	switch {
	case err != nil:
		p.err = err
	case p.next > end[p.id]:
		return nil, monitor.ErrTopology
	case p.next >= first[p.id]:
		p.err = kafka.OffsetOutOfRange // the broker contradicts itself: ask again
	default:
		f.heartbeat(p, first[p.id], end[p.id])
		from, to := p.next, first[p.id]
		p.next = to
		return []monitor.Block{{
			Partition: p.id, From: from, To: to, Lost: to - from,
			Records: func(buf []monitor.Record, _ *monitor.Scratch) ([]monitor.Record, error) { return buf, nil },
		}}, nil
	}
	return nil, nil
}

// reportHeld refreshes the bounds of the partitions that rest.
func (f *fetch) reportHeld(ctx context.Context) error {
	if len(f.held) == 0 {
		return nil
	}
	ids := make([]int32, len(f.held))
	for i, p := range f.held {
		ids[i] = p.id
	}
	first, end, err := f.bounds(ctx, ids...)
	for i := range f.held {
		if p := &f.held[i]; err == nil {
			f.heartbeat(p, first[p.id], end[p.id])
		} else {
			p.err = err
		}
	}
	return nil
}

func (f *fetch) bounds(ctx context.Context, ids ...int32) (first, end map[int32]int64, err error) {
	leaders := make(map[int32]int32, len(ids))
	for _, id := range ids {
		leaders[id] = f.node
	}
	if first, err = f.client.offsets(ctx, f.topic, leaders, atEarliest); err != nil {
		return nil, nil, err
	}
	end, err = f.client.offsets(ctx, f.topic, leaders, atLatest)
	return first, end, err
}

// heartbeat goes before the blocks, so that no reader is past the end it knows.
func (f *fetch) heartbeat(p *position, first, end int64) {
	p.beat = true
	f.sink.Heartbeat(monitor.Heartbeat{Bounds: monitor.Bounds{Partition: p.id, First: first, End: end}, At: time.Now()})
}
