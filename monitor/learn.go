package monitor

import (
	"cmp"
	"container/heap"
	"slices"
)

// learning gathers the sample that the reference is built from: of the on-time
// records with event times in [start, start + span) those with the smallest
// hashes. start is the pane start of the earliest first record of any
// partition; it is known for good only when every partition has one, and until
// then it may fall.
//
// INVARIANT: evicted means that a record was dropped which an earlier start
// could have kept. If start falls after that, learning begins anew with it, so
// that the sample is a function of the logs.
type learning struct {
	start   int64
	floor   int64 // start does not fall below; NoTime: there is no such bound
	span    int64
	evicted bool
	again   bool   // start fell too late
	before  Totals // when learning began
	rows    sampleHeap
	bytes   int    // of their values
	limit   uint64 // the smallest hash that had to go; 0: none. Beyond it nothing is taken, else the order would matter
}

// sampleSize is enough for 200 cut points: the standard error of the share
// below a cut is at most 0.5/sqrt(50000) = 0.0022.
const sampleSize = 50_000

// sampleBytes bounds the sample of large records: of them there are fewer.
const sampleBytes = 256 << 20

func (l *learning) progress() *LearnProgress {
	return &LearnProgress{Start: l.start, Floor: l.floor, Evicted: l.evicted, Limit: l.limit, Before: l.before}
}

// add merges a delta's sample and notes what the transaction must change.
func (l *learning) add(s *Stream, rows []SampleRow) {
	before := l.start
	for _, p := range s.parts {
		if p.First == NoTime {
			continue
		}
		if first := max(floor(p.First, s.plan.times.every), l.floor); l.start == NoTime || first < l.start {
			l.start = first
			l.again = l.again || l.evicted
		}
	}
	if l.start != before {
		l.prune(&s.commit)
	}
	for _, r := range rows {
		l.take(&s.commit, r)
	}
}

// take takes up a row that may be in the range.
func (l *learning) take(c *Commit, r SampleRow) {
	switch {
	case l.floor != NoTime && r.Time < l.floor, l.start != NoTime && r.Time >= l.start+l.span:
		return
	case l.start != NoTime && r.Time < l.start, l.limit != 0 && r.Hash >= l.limit:
		l.evicted = true
		return
	}
	l.insert(r)
	c.SampleAdd = append(c.SampleAdd, r)
	for len(l.rows) > sampleSize || l.bytes > sampleBytes {
		top := heap.Pop(&l.rows).(SampleRow)
		l.bytes -= len(top.Value)
		l.limit, l.evicted = top.Hash, true
		c.SampleDrop = append(c.SampleDrop, top)
	}
}

// prune lets go of the rows that start, which has fallen or become known, has
// left outside of the range: they would take the place of others.
func (l *learning) prune(c *Commit) {
	kept := l.rows[:0]
	for _, r := range l.rows {
		if r.Time >= l.start && r.Time < l.start+l.span {
			kept = append(kept, r)
			continue
		}
		l.bytes -= len(r.Value)
		l.evicted = l.evicted || r.Time < l.start
		c.SampleDrop = append(c.SampleDrop, r)
	}
	l.rows = kept
	heap.Init(&l.rows)
}

// fewRows are too few to compare a distribution with: the default of a rule's
// min_reference_samples.
const fewRows = 1000

// stray says that the range holds next to nothing, and nothing at all in its
// second half: records with a wrong clock, or the last of another time, have set
// its start. Next is the first pane after the range that is whole and has rows,
// where learning is to begin instead; NoTime: there is none yet.
func (l *learning) stray(s *Stream) (next int64, is bool) {
	next = NoTime
	every, rows := s.plan.times.every, uint64(0)
	for id, p := range s.panes {
		switch {
		case id.late || id.start == Distant || id.start < l.start:
		case id.start < l.start+l.span/2:
			rows += p.rows()
		case id.start < l.start+l.span:
			return NoTime, false
		case id.start+every <= s.progress.Watermark && (next == NoTime || id.start < next):
			next = id.start
		}
	}
	return next, l.span > every && rows < fewRows
}

// learnAgain forgets what was learned of a topic that is no more. Its records
// were to be counted after learning, and cannot be: they are lost.
func (s *Stream) learnAgain() {
	l := s.learning
	before := l.before.clone()
	for _, p := range s.parts {
		before.Lost += uint64(p.Next - p.Start)
		s.lost += uint64(p.Next - p.Start)
		p.Base, p.Start = p.Decided(), p.Next
		p.forgetTime()
	}
	*l = learning{start: NoTime, floor: NoTime, span: l.span, before: before}
	s.progress.Totals = before.clone()
	if s.progress.Totals.Rejected == nil {
		s.progress.Totals.Rejected = map[string]uint64{}
	}
	s.progress.forgetTime()
	clear(s.panes)
	s.commit.Reset, s.commit.SampleAdd, s.commit.SampleDrop = true, nil, nil
}

// insert takes up a row of the committed sample.
func (l *learning) insert(r SampleRow) {
	heap.Push(&l.rows, r)
	l.bytes += len(r.Value)
}

// done says that every record of the range has been seen, and that it can be
// learnt from or there is a better one.
func (l *learning) done(s *Stream) bool {
	if l.start == NoTime || s.progress.Watermark == NoTime || s.progress.Watermark < l.start+l.span {
		return false
	}
	next, stray := l.stray(s)
	return !stray || next != NoTime
}

// sample is the learnt range, in the order of the log.
func (l *learning) sample() Rows {
	rows := slices.Clone(l.rows)
	slices.SortFunc(rows, func(a, b SampleRow) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
	return func(yield func(Row) error) error {
		for _, r := range rows {
			if err := yield(Row{r.Time, r.Log, r.Value}); err != nil {
				return err
			}
		}
		return nil
	}
}

func (r SampleRow) before(o SampleRow) bool {
	return place{r.Hash, r.Partition, r.Offset}.compare(place{o.Hash, o.Partition, o.Offset}) < 0
}

// sampleHeap has the largest hash on top: the next one to go.
type sampleHeap []SampleRow

func (h sampleHeap) Len() int           { return len(h) }
func (h sampleHeap) Less(i, j int) bool { return h[j].before(h[i]) }
func (h sampleHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *sampleHeap) Push(x any)        { *h = append(*h, x.(SampleRow)) }
func (h *sampleHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	old[len(old)-1] = SampleRow{}
	*h = old[:len(old)-1]
	return x
}
