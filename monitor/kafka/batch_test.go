package kafka

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"

	"driftwatch/monitor"
)

// The encoder of the tests is franz-go's, and so is the decoder that ours is
// compared with.

var codecNames = []string{"none", "gzip", "snappy", "lz4", "zstd"}

func compress(codec int, plain []byte) []byte {
	codecs := []kgo.CompressionCodec{
		kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression(),
	}
	c, err := kgo.DefaultCompressor(codecs[codec])
	if err != nil {
		panic(err)
	}
	if c == nil {
		return plain
	}
	out, _ := c.Compress(new(bytes.Buffer), plain)
	return bytes.Clone(out)
}

// encodeRecords lays records out as a batch's body, uncompressed.
func encodeRecords(records []kmsg.Record) []byte {
	var body []byte
	for _, r := range records {
		r.Length = 0
		r.Length = int32(len(r.AppendTo(nil)) - 1) // a length of 0 takes one byte
		body = r.AppendTo(body)
	}
	return body
}

// encodeBatch fills in what follows from the rest: length, magic and checksum.
func encodeBatch(b kmsg.RecordBatch) []byte {
	b.Magic = 2
	b.Length = int32(atRecords - lengthCounted + len(b.Records))
	raw := b.AppendTo(nil)
	binary.BigEndian.PutUint32(raw[atCRC:], crc32.Checksum(raw[atAttributes:], crc32.MakeTable(crc32.Castagnoli)))
	return raw
}

// plainBatch holds n records of consecutive offsets.
func plainBatch(first int64, n, codec int, value func(i int) []byte) []byte {
	records := make([]kmsg.Record, n)
	for i := range records {
		records[i] = kmsg.Record{OffsetDelta: int32(i), TimestampDelta64: int64(i), Key: []byte("k"), Value: value(i)}
	}
	return encodeBatch(kmsg.RecordBatch{
		FirstOffset: first, Attributes: int16(codec), LastOffsetDelta: int32(n - 1), FirstTimestamp: 1000, MaxTimestamp: 1000 + int64(n) - 1,
		ProducerID: -1, NumRecords: int32(n), Records: compress(codec, encodeRecords(records)),
	})
}

func text(i int) []byte { return fmt.Appendf(nil, "value %d", i) }

// cut is what a walk over the bytes gives.
type cutResult struct {
	records  []monitor.Record
	blocks   []monitor.Block
	next     int64
	corrupt  int
	unusable error
}

func cutAll(t testing.TB, b []byte, from, end int64, list []aborted, giveUp bool, limit int) cutResult {
	t.Helper()
	var out cutResult
	scratch := &monitor.Scratch{}
	c := cutter{partition: 3, next: from, end: end, limit: limit, emit: func(b monitor.Block) error {
		out.blocks = append(out.blocks, b)
		return nil
	}}
	unusable, err := c.walk(b, list, giveUp)
	if err != nil {
		t.Fatal(err)
	}
	at := from
	for _, b := range out.blocks {
		records, corrupt := RecordsOf(&b, scratch)
		if b.From != at || b.To <= b.From || b.Partition != 3 || corrupt < 0 || int64(len(records)+corrupt) > b.To-b.From {
			t.Fatalf("block [%d, %d) after %d with %d records, %d corrupt", b.From, b.To, at, len(records), corrupt)
		}
		last := b.From - 1
		for _, r := range records {
			if r.Offset <= last || r.Offset >= b.To {
				t.Fatalf("offset %d after %d in block [%d, %d)", r.Offset, last, b.From, b.To)
			}
			last = r.Offset
			r.Key, r.Value = bytes.Clone(r.Key), bytes.Clone(r.Value) // valid until the next block only
			out.records = append(out.records, r)
		}
		out.corrupt += corrupt
		at = b.To
	}
	if c.next != at {
		t.Fatalf("next is %d after blocks up to %d", c.next, at)
	}
	out.next, out.unusable = c.next, unusable
	return out
}

// drawLog draws a partition's log: plain and transactional batches of several
// producers in every codec, with offsets compacted away inside and between
// them, and its aborted transactions by the offset of the marker that ends them.
func drawLog(t *rapid.T) (log []byte, end int64, aborts map[int64]aborted) {
	aborts = map[int64]aborted{}
	open := map[int64]int64{} // first offset of the open transaction, by producer
	offset := rapid.Int64Range(0, 1<<40).Draw(t, "start")
	for range rapid.IntRange(1, 12).Draw(t, "batches") {
		offset += rapid.Int64Range(0, 3).Draw(t, "gap")
		producer := rapid.Int64Range(0, 2).Draw(t, "producer")
		if first, ok := open[producer]; ok && rapid.Bool().Draw(t, "ends") {
			abort := rapid.Bool().Draw(t, "abort")
			if abort {
				aborts[offset] = aborted{ProducerID: producer, FirstOffset: first}
			}
			delete(open, producer)
			log = append(log, marker(offset, producer, abort)...)
			offset++
			continue
		}
		b := kmsg.RecordBatch{FirstOffset: offset, ProducerID: -1, FirstTimestamp: rapid.Int64Range(-1, 1<<41).Draw(t, "time")}
		b.MaxTimestamp = b.FirstTimestamp + 7
		if producer > 0 {
			b.ProducerID, b.Attributes = producer, transactional
			if _, ok := open[producer]; !ok {
				open[producer] = offset
			}
		}
		if rapid.Bool().Draw(t, "append time") {
			b.Attributes |= appendTime
		}
		codec := rapid.IntRange(0, 4).Draw(t, "codec")
		b.Attributes |= int16(codec)
		var records []kmsg.Record
		delta := int32(-1)
		for range rapid.IntRange(0, 5).Draw(t, "records") {
			delta += rapid.Int32Range(1, 3).Draw(t, "step")
			records = append(records, kmsg.Record{
				OffsetDelta: delta, TimestampDelta64: rapid.Int64Range(-10, 1<<33).Draw(t, "dt"),
				Key: drawBytes(t, "key"), Value: drawBytes(t, "value"), Headers: []kmsg.Header{{Key: "h", Value: []byte("v")}},
			})
		}
		b.NumRecords = int32(len(records))
		b.LastOffsetDelta = max(delta+rapid.Int32Range(0, 2).Draw(t, "tail"), 0)
		b.Records = compress(codec, encodeRecords(records))
		log = append(log, encodeBatch(b)...)
		offset += int64(b.LastOffsetDelta) + 1
	}
	return log, offset, aborts
}

// drawBytes draws null, empty and longer values.
func drawBytes(t *rapid.T, label string) []byte {
	if rapid.IntRange(0, 4).Draw(t, label+" null") == 0 {
		return nil
	}
	return rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, label)
}

// marker is the control batch that ends a transaction.
func marker(offset, producer int64, abort bool) []byte {
	key := []byte{0, 0, 0, 1}
	if abort {
		key[3] = 0
	}
	records := []kmsg.Record{{Key: key, Value: []byte{0, 0, 0, 0, 0, 1}}}
	return encodeBatch(kmsg.RecordBatch{
		FirstOffset: offset, Attributes: transactional | control, ProducerID: producer, NumRecords: 1, Records: encodeRecords(records),
	})
}

func TestWalkAgreesWithFranz(t *testing.T) {
	decompressor := kgo.DefaultDecompressor()
	rapid.Check(t, func(rt *rapid.T) {
		log, end, aborts := drawLog(rt)
		first := int64(binary.BigEndian.Uint64(log))
		from := rapid.Int64Range(max(first-2, 0), end-1).Draw(rt, "from")
		var list []aborted // a broker lists those that reach into what is asked for
		for last, a := range aborts {
			if last >= from {
				list = append(list, a)
			}
		}
		slices.SortFunc(list, func(a, b aborted) int { return cmp.Compare(a.FirstOffset, b.FirstOffset) })
		// It begins with the batch that holds the offset, and may stop anywhere.
		for b, size, err := nextBatch(log); err == nil && b.last < from; b, size, err = nextBatch(log) {
			log = log[size:]
		}
		if len(log) == 0 {
			return
		}
		_, size, _ := nextBatch(log)
		log = log[:rapid.IntRange(size, len(log)).Draw(rt, "bytes")]

		got := cutAll(t, log, from, end, list, false, 1<<20)
		want, _ := kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{Offset: from, IsolationLevel: kgo.ReadCommitted()},
			&kmsg.FetchResponseTopicPartition{HighWatermark: end, LastStableOffset: end, AbortedTransactions: list, RecordBatches: log}, decompressor, nil)
		if want.Err != nil || got.unusable != nil || got.corrupt != 0 {
			rt.Fatalf("oracle: %v, unusable: %v, corrupt: %d", want.Err, got.unusable, got.corrupt)
		}
		if len(got.records) != len(want.Records) {
			rt.Fatalf("%d records, the oracle has %d", len(got.records), len(want.Records))
		}
		for i, w := range want.Records {
			ms := w.Timestamp.UnixMilli()
			if ms == -1 {
				ms = monitor.NoTime
			}
			g := got.records[i]
			if g.Offset != w.Offset || g.Time != ms || !same(g.Key, w.Key) || !same(g.Value, w.Value) {
				rt.Fatalf("record %d: %+v, the oracle has %+v", i, g, w)
			}
		}
		next := from
		for b, size, err := nextBatch(log); err == nil; b, size, err = nextBatch(log) {
			next, log = b.last+1, log[size:]
		}
		if got.next != next {
			rt.Fatalf("next is %d, the last whole batch ends at %d", got.next, next)
		}
	})
}

// same tells null and empty apart.
func same(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }

func TestXerialSnappy(t *testing.T) {
	var framed []byte
	framed = append(framed, xerial...)
	framed = append(framed, 0, 0, 0, 1, 0, 0, 0, 1)
	records := []kmsg.Record{{Value: bytes.Repeat([]byte("abc"), 1000)}, {OffsetDelta: 1, Value: []byte("z")}}
	for chunk := range bytes.SplitSeq(encodeRecords(records), []byte("bca")) { // any cut will do
		block := compress(codecSnappy, append(chunk, "bca"...))
		framed = binary.BigEndian.AppendUint32(framed, uint32(len(block)))
		framed = append(framed, block...)
	}
	raw := encodeBatch(kmsg.RecordBatch{Attributes: codecSnappy, LastOffsetDelta: 1, NumRecords: 2, Records: framed})
	got := cutAll(t, raw, 0, 2, nil, false, 1<<20)
	if len(got.records) != 2 || !bytes.Equal(got.records[0].Value, records[0].Value) || string(got.records[1].Value) != "z" {
		t.Errorf("%d records, %d corrupt", len(got.records), got.corrupt)
	}
	if got := cutAll(t, raw, 0, 2, nil, false, 2000); got.corrupt != 2 {
		t.Errorf("blocks that are together over the limit: %d corrupt", got.corrupt)
	}
}

// A few kilobytes that decompress to a gibibyte must cost a corrupt record and
// little memory, in every codec.
func TestBombs(t *testing.T) {
	const limit = 64 << 20
	plain := make([]byte, 1<<30)
	for codec := codecGzip; codec <= codecZstd; codec++ {
		t.Run(codecNames[codec], func(t *testing.T) {
			body := compress(codec, plain)
			raw := encodeBatch(kmsg.RecordBatch{FirstOffset: 10, Attributes: int16(codec), LastOffsetDelta: 4, NumRecords: 5, Records: body})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got := cutAll(t, raw, 12, 15, nil, false, limit)
			runtime.ReadMemStats(&after)
			if len(got.records) != 0 || got.corrupt != 3 || got.next != 15 {
				t.Errorf("%d records, %d corrupt, next %d", len(got.records), got.corrupt, got.next)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 3*limit {
				t.Errorf("allocated %d bytes for a limit of %d", used, limit)
			}
		})
	}
}

func TestUnusableBatches(t *testing.T) {
	good := plainBatch(100, 5, codecLZ4, text) // 100..104
	next := plainBatch(110, 5, 0, text)        // 110..114
	broken := func(at int, bytes ...byte) []byte {
		b := append([]byte(nil), good...)
		copy(b[at:], bytes)
		return b
	}
	resealed := func(b []byte) []byte {
		binary.BigEndian.PutUint32(b[atCRC:], checksum(b[atAttributes:]))
		return b
	}
	for _, c := range []struct {
		name     string
		batch    []byte
		from     int64
		unusable error // the first tries
		corrupt  int   // after giving up
		next     int64 // after the broken batch
	}{
		{"checksum", broken(atRecords+3, 0xff), 98, errChecksum, 5, 105},
		{"checksum, wanted from the middle", broken(atRecords+3, 0xff), 103, errChecksum, 2, 105},
		{"first offset beyond the log", broken(0, 0x70), 100, errFraming, 10, 110},
		{"first offset just beyond the log", broken(6, 1), 100, errFraming, 10, 110},
		{"last delta negative", broken(atLastDelta, 0x80), 100, errFraming, 1, 101},
		{"last delta beyond the log", broken(atLastDelta, 0x70), 100, errChecksum, 10, 110},
		{"format 1", broken(atMagic, 1), 100, errOldFormat, 1, 101},
		{"format 3", broken(atMagic, 3), 100, errFraming, 1, 101},
		{"length negative", broken(atLength, 0xff), 100, errFraming, 1, 101},
		{"length beyond the answer", broken(atLength, 0x10), 100, errIncomplete, 1, 101},
		{"length too small", broken(atLength, 0, 0, 0, 20), 100, errFraming, 1, 101},
		{"count negative", resealed(broken(atNumRecords, 0xff, 0xff, 0xff, 0xff)), 100, nil, 5, 105},
		{"count too large", resealed(broken(atNumRecords, 0x7f)), 100, nil, 0, 105},
		{"codec unknown", resealed(broken(atAttributes+1, 7)), 102, nil, 3, 105},
		{"not compressed as said", resealed(broken(atAttributes+1, codecZstd)), 100, nil, 5, 105},
	} {
		t.Run(c.name, func(t *testing.T) {
			log := append(append([]byte(nil), c.batch...), next...)
			first := cutAll(t, log, c.from, 115, nil, false, 1<<20)
			if !errors.Is(first.unusable, c.unusable) {
				t.Fatalf("unusable: %v, want %v", first.unusable, c.unusable)
			}
			if c.unusable != nil {
				if first.next != c.from || len(first.blocks) != 0 {
					t.Errorf("went on to %d with %d blocks", first.next, len(first.blocks))
				}
			} else {
				first = cutAll(t, c.batch, c.from, 115, nil, false, 1<<20)
				if first.next != c.next || first.corrupt != c.corrupt {
					t.Errorf("next %d, %d corrupt; want %d, %d", first.next, first.corrupt, c.next, c.corrupt)
				}
				return
			}
			last := cutAll(t, log, c.from, 115, nil, true, 1<<20)
			goesOn := errors.Is(c.unusable, errChecksum) || errors.Is(c.unusable, errOldFormat)
			if last.corrupt != c.corrupt || last.blocks[0].To != c.next || (len(last.records) == 5) != goesOn || (last.next == 115) != goesOn {
				t.Errorf("after giving up: %d corrupt up to %d, %d records up to %d; want %d up to %d",
					last.corrupt, last.blocks[0].To, len(last.records), last.next, c.corrupt, c.next)
			}
			// A good batch before it is handed on at once.
			before := cutAll(t, append(plainBatch(90, 5, 0, text), log...), 90, 115, nil, true, 1<<20)
			if len(before.records) != 5 || before.next != 95 || before.unusable == nil && !errors.Is(c.unusable, errIncomplete) {
				t.Errorf("behind a good batch: %d records, next %d, %v", len(before.records), before.next, before.unusable)
			}
		})
	}
}

// A record that does not parse takes those behind it in its batch with it.
func TestBrokenRecord(t *testing.T) {
	records := []kmsg.Record{{Value: text(0)}, {OffsetDelta: 1, Value: text(1)}, {OffsetDelta: 2, Value: text(2)}, {OffsetDelta: 3, Value: text(3)}}
	body := encodeRecords(records)
	body[2*len(body)/4] = 0x7f // the third record's length
	raw := encodeBatch(kmsg.RecordBatch{LastOffsetDelta: 3, NumRecords: 4, Records: body})
	got := cutAll(t, raw, 1, 4, nil, false, 1<<20)
	if len(got.records) != 1 || got.records[0].Offset != 1 || got.corrupt != 2 || got.next != 4 {
		t.Errorf("%d records, %d corrupt, next %d", len(got.records), got.corrupt, got.next)
	}
}

func TestStaleBatches(t *testing.T) {
	if got := cutAll(t, plainBatch(0, 5, 0, text), 7, 20, nil, false, 1<<20); !errors.Is(got.unusable, errStale) || got.next != 7 {
		t.Errorf("unusable: %v, next %d", got.unusable, got.next)
	}
}

// The checksum does not cover a batch's first offset: one that goes back must
// not bring records twice.
func TestOverlappingBatches(t *testing.T) {
	got := cutAll(t, append(plainBatch(0, 5, 0, text), plainBatch(3, 5, 0, text)...), 0, 20, nil, false, 1<<20)
	if len(got.records) != 5 || got.next != 5 || !errors.Is(got.unusable, errFraming) {
		t.Errorf("%d records, next %d, unusable: %v", len(got.records), got.next, got.unusable)
	}
}

// Only transactional batches can be part of an aborted transaction.
func TestPlainBatchAmongAborted(t *testing.T) {
	log := append(encodeBatch(kmsg.RecordBatch{Attributes: transactional, ProducerID: 7, NumRecords: 1, Records: encodeRecords([]kmsg.Record{{}})}),
		encodeBatch(kmsg.RecordBatch{FirstOffset: 1, ProducerID: 7, NumRecords: 1, Records: encodeRecords([]kmsg.Record{{}})})...)
	got := cutAll(t, log, 0, 2, []aborted{{ProducerID: 7}}, false, 1<<20)
	if len(got.records) != 1 || got.records[0].Offset != 1 || got.next != 2 {
		t.Errorf("records %+v, next %d", got.records, got.next)
	}
}

func TestBlocksShareALargeAnswer(t *testing.T) {
	var log []byte
	for i := range 64 {
		log = append(log, plainBatch(int64(i*10), 10, 0, func(int) []byte { return make([]byte, 10_000) })...)
	}
	got := cutAll(t, log, 0, 640, nil, false, 1<<20)
	if len(got.records) != 640 || len(got.blocks) != 7 {
		t.Errorf("%d records in %d blocks for %d bytes", len(got.records), len(got.blocks), len(log))
	}
	log = nil
	for i := range 40 {
		log = append(log, plainBatch(int64(i), 1, codecZstd, text)...)
	}
	if got := cutAll(t, log, 0, 40, nil, false, 1<<20); len(got.records) != 40 || len(got.blocks) != 3 {
		t.Errorf("%d records of small compressed batches in %d blocks", len(got.records), len(got.blocks))
	}
}

// Whatever the bytes are, walking them does not panic and keeps to the rules
// that cutAll checks.
func FuzzWalk(f *testing.F) {
	for codec := range 5 {
		f.Add(append(plainBatch(5, 3, codec, text), plainBatch(8, 2, 0, text)...), int64(6), int64(10), false)
	}
	f.Add(append(marker(1, 7, true), marker(2, 7, false)...), int64(1), int64(3), true)
	f.Fuzz(func(t *testing.T, b []byte, from, end int64, giveUp bool) {
		if from < 0 || from >= end {
			return
		}
		got := cutAll(t, b, from, end, []aborted{{ProducerID: 7, FirstOffset: from}}, giveUp, 1<<16)
		if got.next > end {
			t.Errorf("went on to %d beyond the end %d", got.next, end)
		}
	})
}

// The same for bytes inside a batch whose framing is right.
func FuzzRecords(f *testing.F) {
	for codec := range 5 {
		f.Add(plainBatch(0, 3, codec, text)[atRecords:], uint8(codec), int32(3), int32(2))
	}
	f.Fuzz(func(t *testing.T, body []byte, attributes uint8, count, lastDelta int32) {
		if lastDelta < 0 {
			return
		}
		raw := encodeBatch(kmsg.RecordBatch{
			FirstOffset: 40, Attributes: int16(attributes), LastOffsetDelta: lastDelta, NumRecords: count, ProducerID: 1, Records: body,
		})
		got := cutAll(t, raw, 41, 1<<40, nil, false, 1<<16)
		if want := 41 + int64(lastDelta); got.next != want && lastDelta > 0 {
			t.Errorf("next %d, want %d", got.next, want)
		}
	})
}

// FuzzAnswer feeds a whole answer of a broker, as its bytes come from the connection.
func FuzzAnswer(f *testing.F) {
	resp := kmsg.NewPtrFetchResponse()
	resp.SetVersion(13)
	rt := kmsg.NewFetchResponseTopic()
	rp := kmsg.NewFetchResponseTopicPartition()
	rp.LastStableOffset, rp.RecordBatches = 8, plainBatch(5, 3, codecLZ4, text)
	rp.AbortedTransactions = []aborted{{ProducerID: 3, FirstOffset: 2}}
	rt.Partitions = append(rt.Partitions, rp)
	resp.Topics = append(resp.Topics, rt)
	f.Add(resp.AppendTo([]byte{0}))
	f.Add([]byte{2, 1, 1, 0})
	f.Fuzz(func(t *testing.T, body []byte) {
		answer := binary.BigEndian.AppendUint32(nil, uint32(len(body)+4))
		answer = append(binary.BigEndian.AppendUint32(answer, 1), body...)
		e := &exchange{version: 13, req: kmsg.NewPtrFetchRequest()}
		if _, err := e.RawExchange(&connection{in: bytes.NewReader(answer)}); err != nil {
			return
		}
		for _, topic := range e.resp.(*kmsg.FetchResponse).Topics {
			for _, p := range topic.Partitions {
				cutAll(t, p.RecordBatches, 5, max(p.LastStableOffset, 6), p.AbortedTransactions, false, 1<<16)
			}
		}
	})
}

// connection is a broker that answers whatever it is asked with in.
type connection struct {
	in *bytes.Reader
}

func (c *connection) Read(b []byte) (int, error)  { return c.in.Read(b) }
func (c *connection) Write(b []byte) (int, error) { return len(b), nil }

// BenchmarkRecords decodes batches of 400-byte events: checksum, cutting,
// decompression and parsing.
func BenchmarkRecords(b *testing.B) {
	const perBatch, batches = 500, 4
	event := func(i int) []byte {
		at := time.UnixMilli(1_700_000_000_000 + int64(i)*37).UTC().Format(time.RFC3339Nano)
		return fmt.Appendf(nil, `{"id":"pay-%08x","event_time":%q,"amount":%d.%02d,"currency":"EUR","country":"DE","channel":"web","card":{"type":"credit","bin":%d,"country":"FR"},`+
			`"risk":0.%06d,"customer":{"age":%d,"tenure_days":%d,"segment":"retail"},"merchant":"m-%05d","items":%d,"retries":0,"is_recurring":false,"device":"ios 17.%d","session":"%016x%016x"}`,
			i*2654435761, at, i%500, i%100, 400000+i%977, i*7919%1000000, 18+i%60, i%3000, i%4096, i%9, i%7, i*40503, i*2246822519)
	}
	for codec := range 5 {
		b.Run(codecNames[codec], func(b *testing.B) {
			var log []byte
			for i := range batches {
				log = append(log, plainBatch(int64(i*perBatch), perBatch, codec, func(j int) []byte { return event(i*perBatch + j) })...)
			}
			var buf []monitor.Record
			scratch := &monitor.Scratch{}
			emit := func(block monitor.Block) error { buf, _ = block.Records(buf[:0], scratch); return nil }
			b.ReportAllocs()
			for b.Loop() {
				c := cutter{end: perBatch * batches, limit: 64 << 20, emit: emit}
				if _, err := c.walk(log, nil, false); err != nil || c.next != perBatch*batches {
					b.Fatal(err, c.next)
				}
			}
			n := float64(b.N) * perBatch * batches
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/n, "ns/record")
			b.ReportMetric(float64(len(log))/(perBatch*batches), "bytes/record")
		})
	}
}
