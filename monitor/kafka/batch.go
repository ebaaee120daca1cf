package kafka

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"

	"driftwatch/monitor"
)

// The layout of a record batch, format 2 ("magic 2", Kafka 0.11 and later).
// All integers are big-endian; the CRC covers everything from the attributes on.
const (
	atLength      = 8 // bytes that follow the length
	atMagic       = 16
	atCRC         = 17
	atAttributes  = 21
	atLastDelta   = 23
	atFirstTime   = 27
	atMaxTime     = 35
	atProducer    = 43
	atNumRecords  = 57
	atRecords     = 61
	lengthCounted = 12 // the length does not count what stands before its own end
)

// Bits of a batch's attributes; the lowest three are the codec.
const (
	codecBits     = 0x07
	appendTime    = 0x08
	transactional = 0x10
	control       = 0x20
)

var (
	errIncomplete = errors.New("the batch is cut off")
	errFraming    = errors.New("the batch's framing is not that of a record batch")
	errOldFormat  = errors.New("the batch is in a message format from before Kafka 0.11")
	errChecksum   = errors.New("the batch's checksum is wrong")
	errStale      = errors.New("the batches end before the offset that was asked for")
)

// batch is one record batch whose framing and checksum have been found right;
// raw is all of it. Records are counted by the producer and are not to be
// trusted before they have been parsed.
type batch struct {
	raw         []byte
	first, last int64
}

// checksum needs no table of ours: for this polynomial MakeTable makes none but
// hands out the one that is computed by the CPU's own instruction.
func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// nextBatch takes the batch that b starts with and the number of bytes it
// fills. errIncomplete: b ends before the batch does. With another error the
// batch's bytes cannot be used, and size may be 0: its end is not known.
func nextBatch(b []byte) (_ batch, size int, err error) {
	if len(b) < lengthCounted {
		return batch{}, 0, errIncomplete
	}
	length := int64(int32(binary.BigEndian.Uint32(b[atLength:])))
	if length < 0 {
		return batch{}, 0, errFraming
	}
	if int64(len(b)) < lengthCounted+length {
		return batch{}, lengthCounted + int(length), errIncomplete
	}
	size = lengthCounted + int(length)
	out := batch{raw: b[:size]}
	out.first = int64(binary.BigEndian.Uint64(b))
	out.last = out.first
	if size <= atMagic {
		return out, size, errFraming
	}
	if magic := b[atMagic]; magic < 2 {
		return out, size, errOldFormat
	} else if magic > 2 || size < atRecords {
		return out, size, errFraming
	}
	delta := int32(binary.BigEndian.Uint32(b[atLastDelta:]))
	if delta < 0 || out.first < 0 || out.first > 1<<62 {
		return out, size, errFraming
	}
	out.last = out.first + int64(delta)
	if checksum(b[atAttributes:size]) != binary.BigEndian.Uint32(b[atCRC:]) {
		return out, size, errChecksum
	}
	return out, size, nil
}

func (b *batch) attributes() uint16 { return binary.BigEndian.Uint16(b.raw[atAttributes:]) }
func (b *batch) producer() int64    { return int64(binary.BigEndian.Uint64(b.raw[atProducer:])) }
func (b *batch) is(bit uint16) bool { return b.attributes()&bit != 0 }

// aborts says whether a control batch is the marker that ends a transaction
// by aborting it. Markers of other kinds, and unreadable ones, end none.
func (b *batch) aborts() bool {
	records := b.appendRecords(nil, b.first, b.raw[atRecords:])
	if len(records) == 0 || records[len(records)-1].Corrupt > 0 || len(records[0].Key) < 4 {
		return false
	}
	const abort = 0 // the key is a version and a type, two bytes each
	return binary.BigEndian.Uint16(records[0].Key[2:]) == abort
}

// records appends the batch's records from offset from on, in offset order.
// Corrupt are all records of a batch that does not decompress within d's limit, or
// those from the first one that does not parse.
func (b *batch) records(buf []monitor.Record, from int64, d *decompressor) []monitor.Record {
	body := b.raw[atRecords:]
	if codec := b.attributes() & codecBits; codec != 0 {
		var err error
		if body, err = d.plain(codec, body); err != nil {
			return b.appendUnread(buf, from, 0)
		}
	}
	return b.appendRecords(buf, from, body)
}

// appendUnread appends the records at or above offset from after the first
// parsed ones as corrupt: what the producer declared, as far as there are offsets for it.
func (b *batch) appendUnread(buf []monitor.Record, from int64, parsed int64) []monitor.Record {
	from = max(from, b.first)
	offsets := b.last + 1 - from
	declared := int64(int32(binary.BigEndian.Uint32(b.raw[atNumRecords:]))) - parsed
	if declared < 0 {
		declared = offsets
	}
	return appendCorrupt(buf, from, min(declared, offsets))
}

func appendCorrupt(buf []monitor.Record, from, n int64) []monitor.Record {
	if n <= 0 {
		return buf
	}
	return append(buf, monitor.Record{Offset: from, Time: monitor.NoTime, Corrupt: n})
}

// appendRecords parses the records of an uncompressed body. A record is
//
//	length, attributes (1 byte), time delta, offset delta,
//	key length, key, value length, value, headers
//
// where lengths and deltas are zigzag varints and length -1 is null. Headers
// are handed on as they are; see header.
func (b *batch) appendRecords(buf []monitor.Record, from int64, body []byte) []monitor.Record {
	n := int64(int32(binary.BigEndian.Uint32(b.raw[atNumRecords:])))
	base := int64(binary.BigEndian.Uint64(b.raw[atFirstTime:]))
	maxTime := int64(binary.BigEndian.Uint64(b.raw[atMaxTime:]))
	logTime, lastDelta := b.is(appendTime), b.last-b.first
	if n < 0 {
		return b.appendUnread(buf, from, 0)
	}
	previous := int64(-1)
	for i := range n {
		end, at := varint(body, 0)
		if end < 1 || end > int64(len(body)-at) {
			return b.appendUnread(buf, max(from, b.first+previous+1), i)
		}
		record := body[at : at+int(end)]
		body = body[at+int(end):]

		dt, at := varint(record, 1)
		delta, at := varint(record, at)
		key, at, keyOK := field(record, at)
		value, at, valueOK := field(record, at)
		if !keyOK || !valueOK || delta <= previous || delta > lastDelta {
			return b.appendUnread(buf, max(from, b.first+previous+1), i)
		}
		previous = delta
		offset := b.first + delta
		if offset < from {
			continue
		}
		t := base + dt
		if logTime {
			t = maxTime
		}
		if t == -1 { // what the protocol writes for "none"
			t = monitor.NoTime
		}
		buf = append(buf, monitor.Record{Offset: offset, Time: t, Value: value, Key: key, Headers: record[at:]})
	}
	return buf
}

// field reads a varint length at i and as many bytes. A null field is nil, an
// empty one is not.
func field(b []byte, i int) (value []byte, next int, ok bool) {
	n, i := varint(b, i)
	switch {
	case n > int64(len(b)-i):
		return nil, i, false
	case n < 0:
		return nil, i, n == -1
	}
	return b[i : i+int(n) : i+int(n)], i + int(n), true
}

// varint reads a zigzag varint at i. Where there is none, next is past every
// end, so that whatever is read after it fails too and is checked once.
func varint(b []byte, i int) (v int64, next int) {
	if i < len(b) && b[i] < 0x80 {
		return int64(b[i]>>1) ^ -int64(b[i]&1), i + 1
	}
	return longVarint(b, i)
}

func longVarint(b []byte, i int) (v int64, next int) {
	u, n := binary.Uvarint(b[min(i, len(b)):])
	if n <= 0 {
		return 0, math.MaxInt
	}
	return int64(u>>1) ^ -int64(u&1), i + n
}
