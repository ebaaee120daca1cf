package monitor

import "driftwatch/stats"

// MemoryBound is what a monitor's counts and what is made of them take on the
// heap, at most, in bytes. Live is while records are read as they come, Behind
// while it catches up, when panes come into memory faster than they are committed.
//
// It covers panes, windows, the reference and comparing with it, deltas between
// the workers and the stream, alert states, the latest statistics and what a
// commit writes. It does not cover what every process of driftwatch has, whatever
// it watches: records that were fetched and not yet decoded, the runtime, and what
// the garbage collector lets lie before it collects.
type MemoryBound struct{ Live, Behind int64 }

// MemoryOf bounds the memory of a monitor whose reference is a profile.
func MemoryOf(d Deps) MemoryBound {
	d = d.withDefaults()
	ref := d.Profile
	if r, err := restrict(ref, d.Config.watched()); err == nil {
		ref = r
	}
	p, err := newPlan(d.Config, 0, ref)
	if err != nil {
		return MemoryBound{} // nothing is watched with it
	}
	size, t, others := p.size, &p.times, d.spans()
	segments, slab, all := size.segments, size.slab, size.counts() // of a pane that has rows of every segment
	features, numeric := int64(len(p.layout.Features)), int64(0)
	for _, e := range ref.Layout.Features {
		if e.Kind == stats.Numeric {
			numeric++
		}
	}

	open, whole := int64(t.open()), size.whole()
	windows, panes, longest, moved := int64(1), t.size/t.every, t.size/t.every, int64(0)
	for _, w := range others {
		windows, panes, longest, moved = windows+1, panes+w.size/t.every, max(longest, w.size/t.every), moved+1
		if w.lag > 0 {
			moved++
		}
	}
	// In memory are the open panes; and until a commit those that came since the last one,
	// with a delta, or when a window closed: the panes that left windows, and those that
	// came to the windows of the past.
	live := 2 * (2 + moved) * whole
	behind := size.waiting() + wholePanes*whole + live
	// The panes of a window are read once more when an alert leaves ok, which is committed
	// at once. The memory of two is kept for others.
	again := longest + 2
	// Each group of workers has a delta, one is being merged, and one comes back.
	deltas := int64(d.Workers) + 2
	// To what is large comes a block: half as many rows again.
	ofDeltas := deltas * int64(largeDelta(len(ref.Counts))) * 3 / 2 * (4*(2+features+int64(len(ref.Dimensions))) + 8*numeric)
	if len(ref.Dimensions) == 0 {
		ofDeltas += deltas * min(manyPanes*slab, wholePanes*whole)
	}
	const references = 3 // as read, prepared, and what windows are compared on
	members := panes * segments * features * extremesBytes
	series := segments * (features + 1) * (seriesBytes + int64(len(d.Rules))*alertBytes)

	inWindow := t.size/t.every + 1 // and what they are merged into
	fixed := (references+windows+again)*all + members + ofDeltas + series + edgesBytes*slab/8 + inWindow*size.sketch
	// Once more as bytes: in the commit and in the store's pages they are half as large
	// each, for a count below 2^28 takes four of the eight, and most take one.
	return MemoryBound{
		Live:   fixed + open*whole + live + (open+2)*whole + deltas*size.inDelta,
		Behind: fixed + 2*(open*whole+behind) + deltas*int64(t.together())*size.inDelta,
	}
}

// The sizes of what is not counts are upper bounds for Go 1.26 on 64 bits.
const (
	pointerBytes  = 8
	extremesBytes = 24
	momentsBytes  = 40
	countsBytes   = 128  // of the slices around them, as allocated
	seriesBytes   = 2048 // the latest statistics of a series, as the metrics show them, and while they are made anew
	alertBytes    = 512  // a series of a rule: its state, its names, a sample
	edgesBytes    = 128  // a cell's part of the edges: a cut with its grid, or a category with its code
)
