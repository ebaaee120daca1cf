package kafka

import (
	"cmp"
	"errors"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"driftwatch/monitor"
)

const (
	// blockBytes is about how much of the log one block holds: enough to make
	// handing it over cheap, little enough for several workers to share a fetch.
	blockBytes = 1 << 20
	// blockBatches bounds what one block of compressed batches can decompress
	// to: that many times the limit of one batch.
	blockBatches = 16
)

type aborted = kmsg.FetchResponseTopicPartitionAbortedTransaction

// piece is the part of a partition's log that becomes one block.
type piece struct {
	batches []batch // those with records for a committed read
	bytes   int
	from    int64
	limit   int // of the decompressed size of one batch
}

// records is the piece's monitor.Block.Records.
func (p *piece) records(buf []monitor.Record, s *monitor.Scratch) ([]monitor.Record, error) {
	d := decompressorOf(s, p.limit)
	for i := range p.batches {
		buf = p.batches[i].records(buf, p.from, d)
	}
	return buf, nil
}

// cutter cuts the record batches that a fetch of one partition returned into
// blocks. After walk, next is the first offset not covered by a block, and good
// says whether any batch could be used.
type cutter struct {
	partition int32
	next      int64
	good      bool
	end       int64 // last stable offset: no batch may reach beyond it
	limit     int   // of the decompressed size of one batch
	emit      func(monitor.Block) error

	piece   *piece
	to      int64              // end of the open piece
	pending []aborted          // transactions that have not begun yet, by offset
	aborted map[int64]struct{} // producers inside an aborted transaction
}

// walk cuts what b holds and returns why it stopped before the end of b, if it
// met a batch that cannot be used: the caller fetches it again. With giveUp,
// such batches at the beginning of b become blocks of corrupt records instead.
// err is emit's.
func (c *cutter) walk(b []byte, list []aborted, giveUp bool) (unusable, err error) {
	c.pending = slices.SortedFunc(slices.Values(list), func(x, y aborted) int { return cmp.Compare(x.FirstOffset, y.FirstOffset) })
	c.aborted = map[int64]struct{}{}
	c.piece, c.to = &piece{from: c.next, limit: c.limit}, c.next
	wanted, whole := c.next, len(b)
	for len(b) > 0 {
		batch, size, bad := nextBatch(b)
		if bad == nil && (batch.last >= c.end || batch.first < c.to && c.to > wanted) {
			bad = errFraming // the checksum does not cover the first offset
		}
		switch {
		case bad == nil:
			err = c.add(batch)
		case errors.Is(bad, errIncomplete) && len(b) < whole:
			return nil, c.flush()
		case !giveUp || c.good:
			return bad, c.flush()
		default:
			err = c.corrupt(batch, bad, b[min(size, len(b)):])
			if !errors.Is(bad, errChecksum) && !errors.Is(bad, errOldFormat) {
				return nil, err // where the batch ends is not to be trusted
			}
		}
		if err != nil {
			return nil, err
		}
		b = b[size:]
	}
	if whole > 0 && c.to == wanted {
		return errStale, nil
	}
	return nil, c.flush()
}

// add puts a batch into the open piece, or only its offsets if a committed
// read has no records of it.
func (c *cutter) add(b batch) error {
	if b.last < c.to {
		return nil // wholly before the wanted offset
	}
	c.good = true
	if c.skips(&b) {
		c.to = b.last + 1
		return nil
	}
	compressed := b.attributes()&codecBits != 0
	full := c.piece.bytes+len(b.raw) > blockBytes || compressed && len(c.piece.batches) >= blockBatches
	if full && len(c.piece.batches) > 0 {
		if err := c.flush(); err != nil {
			return err
		}
	}
	c.piece.batches = append(c.piece.batches, b)
	c.piece.bytes += len(b.raw)
	c.to = b.last + 1
	return nil
}

// skips follows the transactions and says whether the batch is a control batch
// or belongs to an aborted one.
func (c *cutter) skips(b *batch) bool {
	for len(c.pending) > 0 && c.pending[0].FirstOffset <= b.last {
		c.aborted[c.pending[0].ProducerID] = struct{}{}
		c.pending = c.pending[1:]
	}
	if b.is(control) {
		if b.aborts() {
			delete(c.aborted, b.producer())
		}
		return true
	}
	_, gone := c.aborted[b.producer()]
	return gone && b.is(transactional)
}

// flush hands on the open piece, if it covers anything, and opens the next.
func (c *cutter) flush() error {
	if c.to == c.next {
		return nil
	}
	p := c.piece
	block := monitor.Block{Partition: c.partition, From: c.next, To: c.to, Records: p.records, Header: header}
	c.piece, c.next = &piece{from: c.to, limit: c.limit}, c.to
	return c.emit(block)
}

// corrupt makes a block of a batch that stays unusable. Where its offsets are
// not believable, the batch that follows says where it ends, or else reading
// goes on one offset further.
func (c *cutter) corrupt(b batch, why error, rest []byte) error {
	if c.next >= c.end {
		return nil // bytes behind the end belong to no offset
	}
	to, n := b.last+1, b.last+1-max(b.first, c.next)
	if to <= c.next || to > c.end {
		to = c.next + 1
		if next, _, err := nextBatch(rest); err == nil && next.first > c.next && next.first < c.end {
			to = next.first
		}
		n = to - c.next
	}
	if errors.Is(why, errOldFormat) { // its one offset is that of the last message
		n = to - c.next
	}
	from := c.next
	block := monitor.Block{Partition: c.partition, From: from, To: to, Records: func(buf []monitor.Record, _ *monitor.Scratch) ([]monitor.Record, error) {
		return appendCorrupt(buf, from, n), nil
	}}
	c.next, c.to = to, to
	return c.emit(block)
}
