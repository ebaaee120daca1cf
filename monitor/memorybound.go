package monitor

import "driftwatch/stats"

// MemoryBound is what a monitor's counts and what is made of them take on the
// heap, at most, in bytes. Live is while records are read as they come, Behind
// while it catches up, when windows are closed faster than they are committed.
//
// It covers panes, windows, the reference and comparing with it, deltas between
// the workers and the stream, alert states, the latest statistics and what a
// commit writes, for records in about the order of event time: scattered old ones
// take a pane each until the next commit, and so do records so few that what is read at
// once spans hundreds of panes. It does not cover what every process
// of driftwatch has, whatever it watches: records that were fetched and not yet
// decoded, the runtime, and what the garbage collector lets lie before it
// collects, as much again by default.
type MemoryBound struct{ Live, Behind int64 }

// MemoryOf bounds the memory of a monitor whose reference is a profile.
func MemoryOf(d Deps) MemoryBound {
	d = d.withDefaults()
	ref := d.Profile
	if r, err := restrict(ref, d.Config.watched()); err == nil {
		ref = r
	}
	layout := ref.Layout
	if l, _, err := d.Config.layout(ref); err == nil {
		layout = l
	}
	features, segments := int64(len(layout.Features)), int64(len(ref.Counts))
	slab := slabBytes(layout)
	all := segments * slab // of a pane that has rows of every segment
	t, others := d.Config.times(0), d.spans()

	windows, panes, moved := int64(1), t.size/t.every, int64(0)
	for _, w := range others {
		windows, panes, moved = windows+1, panes+w.size/t.every, moved+1
		if w.lag > 0 {
			moved++
		}
	}
	// A partition that is max_ahead past the watermark waits; one pane is being
	// filled, one closes, and one is for times that are too far ahead.
	open := (t.lateness+t.maxAhead)/t.every + 3
	open += 2 // whose memory is kept for others
	// Until a commit, closed panes wait to be written, and those that left the
	// window, and the other windows, are there again to be subtracted, and for the
	// windows of the past to be added.
	waiting := func(closed int64) int64 {
		// As bytes, in the commit and in the store's pages, they are 3/4 each: a count below
		// 2^42 takes six of the eight, and most take one.
		return closed * (2*(1+1+moved) + 3) / 2
	}
	// Each group of workers has a delta, one is being merged, and one comes back. To what is
	// large comes a block: half as many rows again.
	deltas := int64(d.Workers) + 2
	ofDeltas := deltas * int64(largeDelta(len(ref.Counts))) * 3 / 2 * (4*(2+features+int64(len(ref.Dimensions))) + 8*int64(len(ref.Layout.Features)))
	const references = 3 // as read, prepared, and what windows are compared on
	members := panes * segments * features * extremesBytes
	series := segments * (features + 1) * (seriesBytes + int64(len(d.Rules))*alertBytes)

	fixed := (references+windows)*all + members + ofDeltas + series + edgesBytes*slab/8
	sketch := d.sketchBytes(ref, features)
	inWindow := t.size/t.every + 1 // and what they are merged into
	closed := int64(windowsBetween(all))
	return MemoryBound{
		Live:   fixed + all*(open+waiting(2)) + sketch*(open+deltas+inWindow+4),
		Behind: fixed + all*(open+waiting(closed+open)) + sketch*(open+deltas+inWindow+2*closed),
	}
}

// sketchBytes is the most that one pane's sketch holds: rows with their cells and a
// share of the shapes, and keys with their counts.
func (d *Deps) sketchBytes(ref *stats.Reference, features int64) int64 {
	const row, key = 128, 40 // what is around the cells of a row; a key in a sample that is open
	keys, _ := SampledKeys(d.Config, ref)
	rows := int64(sampledRows(d.Config.times(0)))
	return rows*(row+4*features+shapeShare+int64(len(d.Config.Headers))*maxHeaderBytes) + key*int64(keys)
}

// The sizes of what is not counts are upper bounds for Go 1.26 on 64 bits.
const (
	extremesBytes = 24
	momentsBytes  = 40
	countsBytes   = 128  // of the slices around them, as allocated
	seriesBytes   = 2048 // the latest statistics of a series, as the metrics show them, and while they are made anew
	alertBytes    = 512  // a series of a rule: its state, its names, a sample
	edgesBytes    = 128  // a cell's part of the edges: a cut with its grid, or a category with its code
)

// slabBytes is the size of the counts of one segment.
func slabBytes(l *stats.Layout) int64 {
	features := int64(len(l.Features))
	return 8*int64(l.Offsets[features]) + features*(momentsBytes+extremesBytes) + countsBytes
}
