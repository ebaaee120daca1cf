package monitor

import (
	"driftwatch/stats"
)

// A tally counts something beside the reference's features. It is a feature of
// the layout that windows are counted in, behind those of the reference, and
// nobody's to watch: so panes, windows, segments and history need nothing more.

// outcomeName is the tally of what became of the records.
const outcomeName = "_outcome"

// Its cells, after those that every feature has: the rows that were counted, each
// reason for which a record is rejected, and the late records that arrived. A
// record that is not counted in a pane of its own is tallied in the one that was
// the present one where it arrived, overall only.
const (
	outcomeCounted = stats.NoValues
	outcomeLate    = outcomeCounted + int(reasons)
)

func outcomeEdges() *stats.Edges {
	names := []string{"counted"}
	for why := malformed; why < reasons; why++ {
		names = append(names, reasonNames[why])
	}
	return stats.NewTally(outcomeName, append(names, "late"))
}

// layoutOf lays out what windows are counted in: the features of the reference,
// which may be none, then the tallies.
func layoutOf(ref *stats.Reference) *stats.Layout {
	var features []*stats.Edges
	if ref != nil {
		features = append(features, ref.Layout.Features...)
	}
	return stats.NewLayout(append(features, outcomeEdges()))
}

// arrivals are the records that arrived in a window; false where some of its rows
// were counted before there was the tally.
func arrivals(l *stats.Layout, c *stats.Counts) (a stats.Arrivals, ok bool) {
	p := l.Profile(c, len(l.Features)-1)
	for why := malformed; why < reasons; why++ {
		if why != tombstone {
			a.Rejected += p.Cells[stats.NoValues+int(why)]
		}
	}
	a.Malformed, a.Late = p.Cells[stats.NoValues+int(malformed)], p.Cells[outcomeLate]
	return a, p.Cells[outcomeCounted] == c.Rows
}

// quiet says that nothing arrived at all.
func quiet(l *stats.Layout, c *stats.Counts) bool {
	return c == nil || c.Rows == 0 && l.Profile(c, len(l.Features)-1).Rows() == 0
}
