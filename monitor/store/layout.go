package store

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"driftwatch/monitor"
)

// The format of the file, buckets by indentation. Integers are big-endian;
// signed ones have their sign bit flipped, so that keys sort as the numbers do.
//
//	file          version -> "4"; sum -> sum of the hashes of all other entries, see bucket.go
//	monitors
//	  NAME
//	    state     progress, alerts, days -> JSON; expired -> time before which panes are gone
//	    reference file -> the reference's own format; declared -> JSON
//	    panes
//	      =LAYOUT start, late, segment -> the pane's own format
//	    sketches
//	      =LAYOUT start -> the sketch's own format; of the present layout only
//	    sample    hash, partition, offset -> event time, log time, value
//	transitions   number -> JSON
//	active        alert id -> JSON of its latest transition, while it is pending or firing
//	incidents     id -> JSON
//	ended         incident id -> its end in Unix ms, while it is over
//	pending
//	  RECEIVER    incident id -> its revision, while the receiver has not been told of it
//	delivered
//	  RECEIVER    incident id -> JSON
//	cursors       receiver -> number of the last transition delivered
//	silences      id -> JSON
//	markers       number -> JSON
//	acks          incident id -> JSON
//
// The reference is large and stands in a bucket of what seldom changes, because
// bbolt rewrites a whole leaf page, with all the values on it, when one does.
const version = "4"

const (
	fileBucket        = "file"
	monitorsBucket    = "monitors"
	stateBucket       = "state"
	referenceBucket   = "reference"
	panesBucket       = "panes"
	sketchesBucket    = "sketches"
	sampleBucket      = "sample"
	transitionsBucket = "transitions"
	activeBucket      = "active"
	incidentsBucket   = "incidents"
	endedBucket       = "ended"
	pendingBucket     = "pending"
	deliveredBucket   = "delivered"
	cursorsBucket     = "cursors"
	silencesBucket    = "silences"
	markersBucket     = "markers"
	acksBucket        = "acks"

	versionKey   = "version"
	sumKey       = "sum"
	progressKey  = "progress"
	alertsKey    = "alerts"
	daysKey      = "days"
	expiredKey   = "expired"
	referenceKey = "file"
	declaredKey  = "declared"
)

// find is the bucket at a path, nil where there is none.
func find(tx *transaction, path ...string) *bucket {
	b := tx.Bucket([]byte(path[0]))
	for _, name := range path[1:] {
		if b == nil {
			return nil
		}
		b = b.Bucket([]byte(name))
	}
	return b
}

// ensure is the bucket at a path, made where there is none.
func ensure(tx *transaction, path ...string) (*bucket, error) {
	b, err := tx.CreateBucketIfNotExists([]byte(path[0]))
	for _, name := range path[1:] {
		if err != nil {
			break
		}
		b, err = b.CreateBucketIfNotExists([]byte(name))
	}
	if err != nil {
		return nil, fmt.Errorf("bucket %q: %w", path, err)
	}
	return b, nil
}

// drop deletes the bucket name under parent if it is there.
func drop(parent *bucket, name string) error {
	if parent.Bucket([]byte(name)) == nil {
		return nil
	}
	return parent.DeleteBucket([]byte(name))
}

// get decodes the JSON at key into v; found is false where there is none.
func get(b *bucket, key []byte, v any) (found bool, err error) {
	if b == nil {
		return false, nil
	}
	raw := b.Get(key)
	if raw == nil {
		return false, nil
	}
	return true, decode(key, raw, v)
}

// decode reads the JSON of the entry at key.
func decode(key, raw []byte, v any) error {
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("the entry %q is damaged: %w", key, err)
	}
	return nil
}

func put(b *bucket, key []byte, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return b.Put(key, raw)
}

func appendSigned(dst []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(n)^1<<63)
}

func signed(b []byte) int64 { return int64(binary.BigEndian.Uint64(b) ^ 1<<63) }

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func parseNumber(b []byte) (uint64, error) {
	if len(b) != 8 {
		return 0, fmt.Errorf("a number of %d bytes is damaged", len(b))
	}
	return binary.BigEndian.Uint64(b), nil
}

// layoutName makes a bucket's name, which may not be empty, of a layout, which
// is "" while learning.
func layoutName(layout string) string { return "=" + layout }

const (
	paneStart = 8 // bytes of a pane's key up to the late flag
	sampleLen = 20
)

func paneKey(k monitor.PaneKey) []byte {
	key := appendSigned(make([]byte, 0, paneStart+1+len(k.Segment)), k.Start)
	late := byte(0)
	if k.Late {
		late = 1
	}
	return append(append(key, late), k.Segment...)
}

// startOf is the start of the pane of a key.
func startOf(key []byte) (int64, error) {
	if len(key) <= paneStart {
		return 0, fmt.Errorf("a pane under a key of %d bytes is damaged", len(key))
	}
	return signed(key), nil
}

func parsePaneKey(layout string, key []byte) (monitor.PaneKey, error) {
	start, err := startOf(key)
	if err != nil {
		return monitor.PaneKey{}, err
	}
	return monitor.PaneKey{Layout: layout, Start: start, Late: key[paneStart] != 0, Segment: string(key[paneStart+1:])}, nil
}

func sampleKey(r monitor.SampleRow) []byte {
	key := binary.BigEndian.AppendUint64(make([]byte, 0, sampleLen), r.Hash)
	key = binary.BigEndian.AppendUint32(key, uint32(r.Partition))
	return appendSigned(key, r.Offset)
}

func parseSample(key, value []byte) (monitor.SampleRow, error) {
	if len(key) != sampleLen || len(value) < 16 {
		return monitor.SampleRow{}, fmt.Errorf("a sampled record of %d and %d bytes is damaged", len(key), len(value))
	}
	return monitor.SampleRow{
		Hash:      binary.BigEndian.Uint64(key),
		Partition: int32(binary.BigEndian.Uint32(key[8:])),
		Offset:    signed(key[12:]),
		Time:      signed(value),
		Log:       signed(value[8:]),
		Value:     value[16:],
	}, nil
}
