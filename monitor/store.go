package monitor

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"driftwatch/rules"
)

// Store keeps one monitor's state. A commit is one transaction: all of it or
// nothing is there after a crash. monitor/store keeps it in a file, Memory in
// memory for a backtest.
type Store interface {
	// Load gives what the last commit left; found is false for a new monitor.
	Load() (c Checkpoint, found bool, err error)
	// Commit applies c in one transaction.
	Commit(c *Commit) error
	// Panes visits the committed panes with from <= start < to in order of
	// start, on-time before late, then by segment name. The bytes are valid
	// during the visit only.
	Panes(layout string, from, to int64, visit func(PaneKey, []byte) error) error
	// Sketches visits the committed sketches of panes with from <= start < to, in
	// order, of the layout of the last commit.
	Sketches(from, to int64, visit func(start int64, b []byte) error) error
	// Sample visits the committed learning sample.
	Sample(visit func(SampleRow) error) error
}

// Checkpoint is what a stream goes on from.
type Checkpoint struct {
	Progress  Progress
	Declared  *Declared // nil: a state of before it was kept
	Reference []byte    // the built reference's file form; empty while there is none
	Alerts    []rules.Saved
	Days      []rules.Day
	Incidents []Incident // those firing, and those that ended within the regroup time
	// Expired is the time before which panes are gone, by age or for room;
	// NoTime: none are.
	Expired int64
}

// Commit is everything one transaction changes.
type Commit struct {
	Progress Progress
	Alerts   []rules.Saved // all that are not ok; replaces the former ones
	Days     []rules.Day   // of all rules; nil: unchanged
	// Transitions are numbered by the store, in this order.
	Transitions []Transition
	Incidents   []Incident // new and changed ones
	Panes       []PaneValue
	// Reset first deletes what learning left: its panes, which are those of the
	// layout "", and its sample.
	Reset      bool
	Declared   *Declared // nil: unchanged
	Reference  []byte    // nil: unchanged
	SampleAdd  []SampleRow
	SampleDrop []SampleRow // by Hash, Partition, Offset
	// Expire deletes panes that start before it; NoTime: none. The two shared
	// panes are never deleted.
	Expire int64
	// Sketches are of on-time panes of the layout that Progress names; those of
	// another are deleted, as are those that start before ExpireSketches (NoTime:
	// none).
	Sketches       []SketchValue
	ExpireSketches int64
}

// SketchValue is a pane's encoded sketch, replacing what was there.
type SketchValue struct {
	Start int64
	Bytes []byte
}

// PaneKey names one segment's part of one pane. The starts Ancient and Distant
// are the two shared panes.
type PaneKey struct {
	Layout  string
	Start   int64
	Late    bool
	Segment string
}

// Ancient and Distant are the starts of the two shared panes, for records too
// far behind or ahead of the stream to have a pane of their own: years 1 and
// 9999, so that they sort and print as times.
const (
	Ancient int64 = -62135596800000
	Distant int64 = 253402300799000
)

// PaneValue is a pane's encoded counts, replacing what was there.
type PaneValue struct {
	Key   PaneKey
	Bytes []byte
}

// SampleRow is one record of the learning sample, ordered by Hash, a seeded
// hash of partition and offset.
type SampleRow struct {
	Hash      uint64
	Partition int32
	Offset    int64
	Time      int64 // event time
	Log       int64 // the log's own; NoTime: it has none
	Value     []byte
}

// Progress is a stream's position and counters: small, written whole with
// every commit.
type Progress struct {
	Epoch
	Former     []Epoch             `json:"former,omitempty"` // those before, oldest first, while their panes are there
	Topic      string              `json:"topic"`
	TopicID    string              `json:"topic_id"`
	Partitions []PartitionProgress `json:"partitions"`
	Watermark  int64               `json:"watermark"` // NoTime: not yet
	Highest    int64               `json:"highest"`   // highest event time counted into a pane of its own; NoTime: none
	Learn      *LearnProgress      `json:"learn,omitempty"`
	Totals     Totals              `json:"totals"`
	Windows    uint64              `json:"windows"` // closed so far
	Recreated  uint64              `json:"recreated"`
	Carried    int64               `json:"carried"` // offsets decided on another topic, before the configuration named this one
}

// PartitionProgress is one partition's place in its log.
type PartitionProgress struct {
	Partition int32 `json:"partition"`
	Start     int64 `json:"start"`
	Next      int64 `json:"next"`
	Base      int64 `json:"base"`  // offsets decided before Start: on an earlier topic of that name
	Max       int64 `json:"max"`   // running maximum; NoTime: none yet
	Step      int64 `json:"step"`  // an unconfirmed step of it; NoTime: none
	First     int64 `json:"first"` // the first running maximum; NoTime: none yet
	// Of records that are rejected: the running maximum of when they would have
	// happened, an unconfirmed step of it, and the log time of the last record that
	// could be read less its event time. NoTime: not known.
	Arrived     int64 `json:"arrived"`
	ArrivedStep int64 `json:"arrived_step"`
	Delay       int64 `json:"delay"`
	Released    bool  `json:"released"`
	// Last is the value of each monotonic feature in the last record that had one.
	Last map[string]float64 `json:"last,omitempty"`
	End  int64              `json:"end"` // last stable offset when last heard of
}

// LearnProgress is how far learning has come.
type LearnProgress struct {
	Start   int64  `json:"start"`   // T0, may only fall; NoTime: not known
	Floor   int64  `json:"floor"`   // below which T0 may not fall; NoTime: none
	Evicted bool   `json:"evicted"` // records were dropped that an earlier Start could have kept
	Limit   uint64 `json:"limit"`   // smallest hash that was evicted from the sample; 0: none
	Before  Totals `json:"before"`  // the totals when learning began, to which they return
}

// Totals are a monitor's durable counters. Rows + the rejected + Skipped + Lost
// is the number of offsets decided, always.
type Totals struct {
	Rows     uint64            `json:"rows"`
	Late     uint64            `json:"late"`
	Rejected map[string]uint64 `json:"rejected"`
	Skipped  uint64            `json:"skipped"`
	Lost     uint64            `json:"lost"`
}

// Decided is how many offsets of the partition were decided so far.
func (p PartitionProgress) Decided() int64 { return p.Base + p.Next - p.Start }

// RejectedSum is the number of records rejected for any reason.
func (t Totals) RejectedSum() (n uint64) {
	for _, rows := range t.Rejected {
		n += rows
	}
	return n
}

// Reasons lists why records were rejected, for people: "3 malformed, 1 future".
func (t Totals) Reasons() string {
	var all []string
	for _, reason := range slices.Sorted(maps.Keys(t.Rejected)) {
		all = append(all, fmt.Sprintf("%d %s", t.Rejected[reason], reason))
	}
	return strings.Join(all, ", ")
}

// forgetTime makes the event time of a partition begin anew.
func (p *PartitionProgress) forgetTime() {
	p.Max, p.Step, p.First, p.Released = NoTime, NoTime, NoTime, false
	p.Arrived, p.ArrivedStep, p.Delay, p.Last = NoTime, NoTime, NoTime, nil
}

// forgetTime makes the event time of a stream begin anew.
func (p *Progress) forgetTime() {
	p.begin(Epoch{Origin: NoTime, Closed: NoTime})
	p.Watermark, p.Highest = NoTime, NoTime
}

func (t Totals) clone() Totals {
	t.Rejected = maps.Clone(t.Rejected)
	return t
}

// rewind undoes a learning: its totals go back and every partition to where it
// began.
func (p *Progress) rewind() {
	if p.Learn == nil {
		return
	}
	p.Totals = p.Learn.Before.clone()
	for i := range p.Partitions {
		p.Partitions[i].Next = p.Partitions[i].Start
		p.Partitions[i].forgetTime()
	}
	p.forgetTime()
	p.Learn = nil
}
