package monitor

import (
	"math"
	"slices"

	"driftwatch/stats"
)

// Delta is what a group of workers observed of some contiguous ranges of
// offsets: rows, or counts of them, which add up exactly and in any order. It is
// accepted by the stream whole or not at all.
type Delta struct {
	Ranges   []Range
	Panes    []DeltaPane
	Rejected [reasons]uint64
	Skipped  uint64
	Highest  int64 // highest event time counted into a pane of its own; NoTime: none
	Rows     int   // records counted
	Sample   []SampleRow

	// Where there are segments, a delta has its rows, for the stream to count: there are
	// fewer of them than cells of all segments. Else it has counted them itself, in the
	// cache of the core that decoded them.
	columns columns // of the rows; which pane is an index of Panes
	taken   int     // rows, whatever became of them
	counter *counter
	spare   []*stats.Counts // zeroed, for reuse
	last    int             // index of the pane used last
	grows   int64           // bytes, that the stream's panes may grow by
	onTime  int             // panes that are on time

	spareSketches []*sketch
	limits        *sampleLimits
	plan          *plan
}

// Range is a contiguous part of one partition's log, every offset of it
// decided. Max, Step and First are the partition's running maximum and what
// belongs to it, after the range.
type Range struct {
	Partition        int32
	From, To         int64
	Lost             int64
	Max, Step, First int64
	// Arrived, ArrivedStep and Delay likewise; see PartitionProgress.
	Arrived, ArrivedStep, Delay int64
	Last                        map[string]float64

	Fresh bool // some record of it was counted on time
	Done  bool // the range that was asked for ends here
}

// DeltaPane is a delta's part of one pane.
type DeltaPane struct {
	Start    int64
	Late     bool
	Rows     uint64
	Outcomes [outcomeLate + 1]uint64 // of records that are rejected or late, in the pane in which they arrive
	counts   *stats.Counts           // of the rows; nil: they are in columns, or there are none
	sketch   *sketch                 // of the on-time rows; nil: there are none
	limit    uint64                  // the stream's answer: of that pane no row with another hash than below is sampled
}

func newDelta(p *plan, limits *sampleLimits) *Delta {
	d := &Delta{columns: newColumns(p), limits: limits, plan: p, Highest: NoTime}
	if len(p.dims) == 0 {
		d.counter = &counter{layout: p.layout}
	}
	return d
}

// take adds the rows [from, to) of a block; those after them are in no pane yet.
func (d *Delta) take(rows *columns, from, to int) {
	d.taken += to - from
	if d.counter == nil {
		d.columns.append(rows, from, to)
		return
	}
	d.counter.count(rows, len(d.Panes), 1, func(pane int, _ int32) *stats.Counts { return d.counts(&d.Panes[pane]) })
	if to < len(rows.pane) { // the rest comes with another delta
		for i := from; i < to; i++ {
			rows.pane[i] = nowhere
		}
	}
}

// counts are those of a pane, made when first needed.
func (d *Delta) counts(p *DeltaPane) *stats.Counts {
	if n := len(d.spare); p.counts == nil && n > 0 {
		p.counts, d.spare = d.spare[n-1], d.spare[:n-1]
	}
	if p.counts == nil {
		p.counts = d.counter.layout.NewCounts()
	}
	return p.counts
}

// empty says that there is nothing to hand on.
func (d *Delta) empty() bool { return len(d.Ranges) == 0 }

// Of a delta's panes there are not more than can be looked through for each record, and
// not more than what wholePanes take.
const (
	manyPanes  = 64
	wholePanes = 8
)

// full says that no more records are to come into another pane.
func (d *Delta) full() bool {
	return d.grows >= wholePanes*d.plan.size.whole() || d.onTime >= d.plan.times.together() || len(d.Panes) >= manyPanes
}

// decide adds [from, to) of a partition, which continues what is there.
func (d *Delta) decide(r Range) {
	for i := range d.Ranges {
		if old := &d.Ranges[i]; old.Partition == r.Partition {
			r.From, r.Lost, r.Fresh = old.From, old.Lost+r.Lost, old.Fresh || r.Fresh
			*old = r
			return
		}
	}
	d.Ranges = append(d.Ranges, r)
}

// pane finds or adds the part of a pane, and gives its index.
func (d *Delta) pane(start int64, late bool) int {
	is := func(p DeltaPane) bool { return p.Start == start && p.Late == late }
	if d.last < len(d.Panes) && is(d.Panes[d.last]) {
		return d.last
	}
	if d.last = slices.IndexFunc(d.Panes, is); d.last < 0 {
		d.last = len(d.Panes)
		d.grows += d.plan.size.beside(paneID{start, late}) + d.plan.size.slab
		if !late {
			d.onTime++
		}
		d.Panes = append(d.Panes, DeltaPane{Start: start, Late: late, limit: math.MaxUint64})
	}
	return d.last
}

// count counts a record into a pane, and gives its index.
func (d *Delta) count(start int64, late bool) int {
	i := d.pane(start, late)
	if d.Panes[i].Rows++; d.Panes[i].Rows < uint64(d.plan.size.segments) { // maybe the first of its segments
		d.grows += d.plan.size.sets * d.plan.size.slab
	}
	d.Rows++
	return i
}

// sketch is that of a pane's on-time rows, made when first needed.
func (d *Delta) sketch(start int64) *sketch {
	of := &d.Panes[d.pane(start, false)]
	if of.sketch == nil {
		if n := len(d.spareSketches); n > 0 {
			of.sketch, d.spareSketches = d.spareSketches[n-1], d.spareSketches[:n-1]
		} else {
			of.sketch = newSketch(d.plan)
		}
		of.sketch.rows.lower(d.limits.of(of.Start))
	}
	return of.sketch
}

// reset makes the delta empty and keeps its memory.
func (d *Delta) reset() {
	for i := range d.Panes {
		if c := d.Panes[i].counts; c != nil && len(d.spare) < manyPanes {
			c.Reset()
			d.spare = append(d.spare, c)
		}
		if sk := d.Panes[i].sketch; sk != nil {
			sk.reset()
			d.spareSketches = append(d.spareSketches, sk)
		}
	}
	clear(d.Panes)
	clear(d.Sample)
	d.columns.begin(0)
	*d = Delta{
		Ranges: d.Ranges[:0], Panes: d.Panes[:0], Highest: NoTime, Sample: d.Sample[:0],
		columns: d.columns, counter: d.counter, spare: d.spare, spareSketches: d.spareSketches,
		limits: d.limits, plan: d.plan,
	}
}
