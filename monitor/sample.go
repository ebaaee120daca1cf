package monitor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// How much of a topic is looked at to find out what it is like.
const (
	sliceCount   = 20      // places, evenly spread over the log of each partition: every hour of a day is met in a week
	surveyedRows = 200_000 // in all: a share of 1 in 1,000 is then known to a tenth of itself
	leastInSlice = 50      // of many partitions each still shows whether its times rise
	surveyBytes  = 256 << 20
)

// sliceTimeout is how long a slice may take: a broker that is there answers in
// a fraction of it.
const sliceTimeout = time.Minute

// Sample is a bounded choice of the records that a topic retains: slices of
// contiguous offsets, evenly spread over each partition from its first record to
// its last.
type Sample struct {
	Topology Topology
	slices   []slice // of all partitions, the earlier ones of each before the later ones
}

// slice is a contiguous piece of one partition's log.
type slice struct {
	partition int32
	from, to  int64
	place     int // 0 to sliceCount-1, the share of the log that lies before it
	records   []Record
}

// TakeSample reads a sample. Told is called now and then with how many records
// have been read; it may be nil.
func TakeSample(ctx context.Context, src Source, told func(records int)) (*Sample, error) {
	t, err := src.Topology(ctx)
	if err != nil {
		return nil, err
	}
	s := &Sample{Topology: t}
	held := 0
	for _, p := range t.Partitions {
		if p.End > p.First {
			held++
		}
	}
	if held == 0 {
		return s, nil
	}
	length := int64(max(leastInSlice, surveyedRows/sliceCount/held))
	for place := range sliceCount {
		var round []*slice
		for _, p := range t.Partitions {
			if sl := cutSlice(p, place, length); sl != nil {
				round = append(round, sl)
			}
		}
		if len(round) == 0 {
			continue
		}
		if err := readSlices(ctx, src, t, round, surveyBytes/sliceCount/len(round)); err != nil {
			return nil, err
		}
		for _, sl := range round {
			s.slices = append(s.slices, *sl)
		}
		if told != nil {
			told(s.Len())
		}
	}
	return s, nil
}

// cutSlice is one of sliceCount slices of a partition, nil where it has no
// records. Those of a partition that is short enough are all of it.
func cutSlice(p Bounds, place int, length int64) *slice {
	all := p.End - p.First
	sl := &slice{partition: p.Partition, place: place}
	if all <= sliceCount*length {
		sl.from, sl.to = p.First+all*int64(place)/sliceCount, p.First+all*int64(place+1)/sliceCount
	} else {
		sl.from = p.First + int64(float64(all-length)*float64(place)/(sliceCount-1))
		sl.to = sl.from + length
	}
	if sl.from >= sl.to {
		return nil
	}
	return sl
}

// readSlices reads one slice of each of several partitions, of each at most so
// many bytes.
func readSlices(ctx context.Context, src Source, t Topology, round []*slice, bytes int) error {
	ctx, cancel := context.WithTimeout(ctx, sliceTimeout)
	defer cancel()
	sink := &sliceSink{slices: map[int32]*slice{}, bytes: map[int32]int{}, most: bytes, left: len(round), done: cancel}
	from := map[int32]int64{}
	for _, sl := range round {
		sink.slices[sl.partition] = sl
		from[sl.partition] = sl.from
	}
	err := src.Run(ctx, t, from, sink)
	missing, all := sink.missing()
	switch {
	case all, err == nil: // a file ends by itself
		return nil
	case errors.Is(err, ErrTopology):
		return fmt.Errorf("the topic %s changed while it was looked at: %w; try again", t.Topic, err)
	case errors.Is(err, context.DeadlineExceeded):
		why := error(err)
		if s, ok := src.(Troubled); ok && s.Trouble(missing) != nil {
			why = s.Trouble(missing)
		}
		return fmt.Errorf("partition %d of the topic %s could not be read for %s: %w", missing, t.Topic, sliceTimeout, why)
	}
	return err
}

// sliceSink takes slices and ends the reading when it has them.
type sliceSink struct {
	mu      sync.Mutex // sources hand on from several goroutines
	slices  map[int32]*slice
	bytes   map[int32]int // read so far; most where the slice is complete
	most    int
	left    int
	done    func()
	scratch Scratch
}

func (s *sliceSink) Block(ctx context.Context, b Block) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	sl := s.slices[b.Partition]
	if sl == nil || s.bytes[b.Partition] >= s.most {
		return ctx.Err()
	}
	if b.Records != nil {
		records, err := b.Records(nil, &s.scratch)
		if err != nil {
			return err
		}
		for _, r := range records {
			if r.Corrupt > 0 || r.Offset < sl.from || r.Offset >= sl.to || s.bytes[b.Partition] >= s.most {
				continue
			}
			s.bytes[b.Partition] += len(r.Value) + 1
			sl.records = append(sl.records, Record{Offset: r.Offset, Time: r.Time, Value: slices.Clone(r.Value)})
		}
	}
	if b.To >= sl.to || s.bytes[b.Partition] >= s.most {
		s.bytes[b.Partition] = s.most
		if s.left--; s.left == 0 {
			s.done()
		}
	}
	return nil
}

func (s *sliceSink) Heartbeat(Heartbeat) {}

func (s *sliceSink) Held(partition int32) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.slices[partition] == nil || s.bytes[partition] >= s.most
}

// missing is a partition whose slice is not complete, unless all are.
func (s *sliceSink) missing() (partition int32, all bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p := range s.slices {
		if s.bytes[p] < s.most {
			return p, false
		}
	}
	return 0, true
}

// Len is the number of records.
func (s *Sample) Len() int {
	n := 0
	for _, sl := range s.slices {
		n += len(sl.records)
	}
	return n
}

// Retained is how many offsets the topic holds.
func (s *Sample) Retained() int64 {
	var n int64
	for _, p := range s.Topology.Partitions {
		n += p.End - p.First
	}
	return n
}

// Rows are the records that have something in them, with their event times in
// [from, to) where the timestamp says how to read it (NoTime: open).
func (s *Sample) Rows(format Format, ts Timestamp, from, to int64) (Rows, error) {
	clock, err := newTimeReader(format, ts)
	if err != nil {
		return nil, err
	}
	lim := limits{from: from, to: to}
	return func(yield func(Row) error) error {
		for _, sl := range s.slices {
			for _, r := range sl.records {
				at, ok := clock.read(r)
				if !ok || !lim.holds(at) {
					continue
				}
				if err := yield(Row{at, r.Time, r.Value}); err != nil {
					return err
				}
			}
		}
		return nil
	}, nil
}

// timeReader reads the event times of records.
type timeReader struct {
	decoder Decoder // nil: the record's own time
	parse   func(Value) (int64, bool)
	row     [1]Value
}

func newTimeReader(format Format, ts Timestamp) (*timeReader, error) {
	if ts.Field == "" {
		return &timeReader{}, nil
	}
	parse, err := ts.parser()
	if err != nil {
		return nil, err
	}
	d, err := format([]string{ts.Field})
	return &timeReader{decoder: d, parse: parse}, err
}

func (c *timeReader) read(r Record) (int64, bool) {
	if c.decoder == nil {
		return r.Time, r.Time != NoTime
	}
	if c.decoder.Decode(r.Value, c.row[:]) != nil {
		return 0, false
	}
	return c.parse(c.row[0])
}
