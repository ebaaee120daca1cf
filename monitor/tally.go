package monitor

import (
	"math"
	"slices"

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

// layout lays out what windows are counted in: the features of the reference,
// then a tally for each of the constraints, and that of the outcomes. While there
// is no reference only outcomes are counted.
func (c Config) layout(ref *stats.Reference) (*stats.Layout, []constraint, error) {
	if ref == nil {
		return stats.NewLayout([]*stats.Edges{outcomeEdges()}), nil, nil
	}
	all, err := c.constraints()
	if err != nil {
		return nil, nil, err
	}
	features := slices.Clone(ref.Layout.Features)
	for _, k := range all {
		features = append(features, k.edges())
	}
	return stats.NewLayout(append(features, outcomeEdges())), all, nil
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

// tallied names the tally of a constraint: its statistic, and its feature, "" for
// a check.
type tallied struct{ statistic, feature string }

// asked is the statistic of a constraint, where that is one and is declared: the
// share of the values, or of the records, that are not as declared, of those of
// which it can be said. It is NaN where some rows were counted before it was
// declared so.
func (r *reference) asked(c *stats.Counts, statistic, feature string) (x float64, declared bool) {
	i, declared := r.tallies[tallied{statistic, feature}]
	if !declared {
		return 0, false
	}
	p := r.layout.Profile(c, i)
	if !whole(p, c) {
		return math.NaN(), true
	}
	return stats.ErrorRate(p), true
}

// streamStat are the statistics of a segment's records in a window: those of its
// traffic, and the checks.
func (r *reference) streamStat(c *stats.Counts, t *stats.Traffic) func(string) float64 {
	return func(name string) float64 {
		if x, declared := r.asked(c, name, ""); declared {
			return x
		}
		return t.Stat(name)
	}
}

// constraintsOf are the statistics that are declared of a feature; "" are the checks.
func (r *reference) constraintsOf(feature string) []string {
	var all []string
	for t := range r.tallies {
		if t.feature == feature {
			all = append(all, t.statistic)
		}
	}
	slices.Sort(all)
	return all
}

// asking are the features that declare what a statistic is of.
func (c Config) asking(statistic string) []string {
	features := []string{}
	all, _ := c.constraints() // validated
	for _, k := range all {
		if k.statistic == statistic {
			features = append(features, k.feature)
		}
	}
	return features
}
