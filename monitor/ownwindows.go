package monitor

import (
	"maps"
	"slices"

	"driftwatch/stats"
)

// ownWindows counts the rows of a reference by window of event time, to learn
// how much its features vary by themselves. Windows do not overlap. Of a long
// reference they are an even choice, so that they take a bounded memory.
type ownWindows struct {
	layout *stats.Layout
	size   int64
	stride int64           // one window in so many is kept
	index  map[int64]int32 // of kept, by start
	kept   []*stats.Counts
}

// ownWindowsBytes bounds the counts that are kept.
const ownWindowsBytes = 64 << 20

func newOwnWindows(l *stats.Layout, ref *stats.Reference, size int64) *ownWindows {
	o := &ownWindows{layout: l, size: size, index: map[int64]int32{}, stride: 1}
	each := int64(8 * l.Offsets[len(l.Features)])
	if most := max(2, ownWindowsBytes/each); size > 0 {
		o.stride += (ref.To - ref.From) / size / most
	}
	return o
}

// count takes decoded rows.
func (o *ownWindows) count(k *counter, r *decoded) {
	for i, why := range r.reject {
		r.pane[i] = nowhere
		if why == accepted {
			r.pane[i] = o.window(r.event[i])
		}
	}
	rows := r.columns
	rows.segment = nil
	k.count(&rows, len(o.kept), 1, func(window int, _ int32) *stats.Counts { return o.kept[window] })
}

// window is the one of an event time; nowhere: it is not kept.
func (o *ownWindows) window(event int64) int32 {
	if o.size <= 0 {
		return nowhere
	}
	start := floor(event, o.size)
	if start/o.size%o.stride != 0 {
		return nowhere
	}
	i, known := o.index[start]
	if !known {
		i = int32(len(o.kept))
		o.index[start], o.kept = i, append(o.kept, o.layout.NewCounts())
	}
	return i
}

// baselines has an entry for each of the first features, or none where there are no two
// windows. The first and the last are left out: the reference begins and ends
// within them, and a window of a few rows would be taken for what is usual.
func (o *ownWindows) baselines(features int) []stats.Baseline {
	starts := slices.Sorted(maps.Keys(o.index))
	if len(starts) < 4 {
		return nil
	}
	starts = starts[1 : len(starts)-1]
	windows := make([]stats.Profile, 0, len(starts))
	all := make([]stats.Baseline, features)
	for f := range all {
		windows = windows[:0]
		for _, start := range starts {
			windows = append(windows, o.layout.Profile(o.kept[o.index[start]], f))
		}
		all[f] = stats.NewBaseline(o.size, windows)
	}
	return all
}
