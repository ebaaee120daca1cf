package monitor

import (
	"context"
	"time"
)

// A Source hands on the records of one topic, partition by partition, in
// offset order. monitor/kafka reads a broker, Lines a file.
type Source interface {
	// Topology asks for the topic's identity and partitions as they are now.
	Topology(ctx context.Context) (Topology, error)
	// Resolve turns a start into one offset for each partition of t.
	Resolve(ctx context.Context, t Topology, at Start) (map[int32]int64, error)
	// Run reads every partition named in from, beginning at its offset, until
	// ctx ends (it then returns ctx.Err()), the topology is no longer the one
	// it was started with (ErrTopology), or reading cannot go on for another
	// reason. Passing troubles (a broker that went away) are retried inside
	// with backoff and show as heartbeats that do not come.
	Run(ctx context.Context, t Topology, from map[int32]int64, sink Sink) error
}

// Troubled is a Source that knows why a partition cannot be read.
type Troubled interface {
	// Trouble is why the last try failed; nil: it did not, or nobody knows.
	Trouble(partition int32) error
}

// Sink takes what a source reads. A source calls it from any goroutine, but
// for one partition from one at a time.
type Sink interface {
	// Block takes the next block of a partition and waits while the pipeline
	// is full: this is the back pressure. It fails only when the run ends.
	Block(ctx context.Context, b Block) error
	// Heartbeat says that a fetch from a partition has succeeded, with or
	// without records, and where the partition ends now.
	Heartbeat(h Heartbeat)
	// Held says whether a partition is to rest until the others catch up.
	Held(partition int32) bool
}

// ErrTopology is returned by Source.Run when partitions were added, the topic
// was recreated, or an offset lies outside of the log: the caller asks for the
// Topology again and decides where to go on.
const ErrTopology = sourceError("the topic's partitions or offsets are not those the reading began with")

type sourceError string

func (e sourceError) Error() string { return string(e) }

// Topology is a topic's identity and the bounds of its partitions.
type Topology struct {
	Topic      string
	ID         string // the broker's topic id; "" where there is none
	Partitions []Bounds
}

// Bounds are the offsets a partition has: First is the first one still there,
// End the last stable offset, that of the next record a committed read will see.
type Bounds struct {
	Partition  int32
	First, End int64
}

// Heartbeat is the news of one successful fetch.
type Heartbeat struct {
	Bounds
	At time.Time
}

// A Block is a contiguous piece of one partition's log, [From, To), still
// undecoded: decompressing and parsing is the workers' job.
type Block struct {
	Partition int32
	From, To  int64
	// Records appends the block's records to buf, in offset order. Offsets of
	// the block for which there is none are skipped ones (control records,
	// aborted transactions, compacted away). The records' bytes are valid until the next
	// call for this worker's scratch. An error says that the source cannot go on.
	Records func(buf []Record, scratch *Scratch) ([]Record, error)
	// Header finds the value of one of a record's headers, of several of that name
	// the last; nil where the source has none.
	Header func(r *Record, name string) (value []byte, found bool)
	// Lost counts offsets of the block that the log no longer held.
	Lost int64
}

// Scratch is a worker's reusable memory for decompressing.
type Scratch struct {
	Any any // a source's own state
}

// Record is one record as it lies in the log.
type Record struct {
	Offset int64
	Time   int64 // the log's own timestamp in Unix ms; NoTime where there is none
	Value  []byte
	Key    []byte
	// Headers are as the source has them, for its Block.Header.
	Headers []byte
	// Corrupt is of how many records, the first of them at Offset, the bytes could not
	// be made out; 0: it is one that could.
	Corrupt int64
}

// NoTime is the time of what has no time.
const NoTime = int64(-1 << 63)
