package monitor

import (
	"math"
	"slices"

	"driftwatch/rules"
	"driftwatch/stats"
)

// AlertStory is what an incident tells of an alert beyond its numbers. Undefined
// numbers are null.
type AlertStory struct {
	Moved  *AlertMoved  `json:"moved,omitempty"`  // null: nothing can be said of it
	Likely *AlertLikely `json:"likely,omitempty"` // null: no cause that is tested for is likely
	Usual  Float        `json:"usual"`            // rows of such a window, as the reference leads to expect
	Trend  AlertTrend   `json:"trend"`
	// Distribution are the shares of the rows in all bins, in their order, for a
	// chart; of the first alerts of an incident only.
	Distribution []AlertBin `json:"distribution,omitempty"`
}

const (
	chartedAlerts = 20 // of an incident that keep their distribution
	chartedBins   = 24 // of a distribution: more are no picture
)

// uncharted leaves out the distribution of what an incident has too many of.
func (a Alert) uncharted(at int) Alert {
	if at >= chartedAlerts && a.Story != nil {
		st := *a.Story
		st.Distribution = nil
		a.Story = &st
	}
	return a
}

// AlertMoved is the number that says best what moved: median, mean, 5 % and 95 %
// quantile, or spread (the standard deviation) of the values or, of an alert about
// a share of the rows, that one's name.
type AlertMoved struct {
	What      string `json:"what"`
	Share     bool   `json:"share"`              // of the rows, 0 to 1
	Relative  bool   `json:"relative,omitempty"` // to the reference's, which is 1, of a sensitive feature
	Reference Float  `json:"reference"`
	Current   Float  `json:"current"`
}

// relative leaves the ratio only.
func (m *AlertMoved) relative() *AlertMoved {
	if m == nil || m.Reference == 0 {
		return nil
	}
	return &AlertMoved{What: m.What, Relative: true, Reference: 1, Current: m.Current / m.Reference}
}

// AlertTrend is the rule's own number in the last windows, oldest first, and where
// it is going.
type AlertTrend struct {
	Values []Float `json:"values"`
	Is     string  `json:"is"` // growing | easing | ongoing; "" with fewer than three windows
}

// story tells of a firing alert in a window; nil where that cannot be.
func (s *Stream) story(tr rules.Transition, v *view, segment int) *AlertStory {
	st := &AlertStory{Usual: Float(s.ref.expected(segment, v.start, v.start+v.of.size))}
	rows := float64(v.of.sums[segment].Rows)
	f, found := findFeature(s.ref.Reference, tr.Series.Feature)
	if !found {
		st.Likely = likelyVolume(rows, float64(st.Usual))
		return st
	}
	ref := s.ref.Layout.Profile(s.ref.Counts[segment], f)
	cur := v.profile(segment, f)
	if name := tr.Measure.Name; shareOfRows(name) {
		st.Moved = &AlertMoved{What: name, Share: true, Reference: Float(s.ref.bases[segment][f].Compare(ref).Stat(name)), Current: Float(v.statistic(segment, f, name))}
		return st
	}
	st.Likely = likely(ref, cur)
	if st.Likely == nil || st.Likely.Kind != LikelyMissing { // then the values that are left have not moved most
		st.Moved = moved(ref, cur)
	}
	if s.hides(f) {
		st.Moved = st.Moved.relative()
	}
	if st.Likely == nil {
		st.Likely = likelyVolume(rows, float64(st.Usual))
	}
	return st
}

// shareOfRows says that a statistic is about values that are missing or not as
// they should be, and so a number that people know.
func shareOfRows(name string) bool {
	i := slices.IndexFunc(stats.Statistics(), func(s stats.Statistic) bool { return s.Name == name })
	return i >= 0 && stats.Statistics()[i].Unit == "share" && CauseOf(Alert{When: name}) != CauseDrift
}

// moved says of a numeric feature what moved most, against the width of the
// reference: the median unless an end or the spread tells much more.
func moved(ref, cur stats.Profile) *AlertMoved {
	width := ref.Quantile(0.75) - ref.Quantile(0.25)
	if width == 0 {
		width = ref.Std()
	}
	if cur.Values() == 0 || math.IsNaN(width) {
		return nil
	}
	if atEnd(cur) > 0.5 { // its quantiles are guesses
		return &AlertMoved{What: "mean", Reference: Float(ref.Mean()), Current: Float(cur.Mean())}
	}
	best, most := AlertMoved{}, 0.0
	for _, q := range []struct {
		name   string
		at     float64
		weight float64
	}{{"median", 0.5, 2}, {"5 % quantile", 0.05, 1}, {"95 % quantile", 0.95, 1}} {
		was, is := ref.Quantile(q.at), cur.Quantile(q.at)
		if far := q.weight * math.Abs(is-was) / width; far > most {
			best, most = AlertMoved{What: q.name, Reference: Float(was), Current: Float(is)}, far
		}
	}
	if spread := math.Abs(cur.Std()-ref.Std()) / width; most < 0.2 && spread > most {
		best, most = AlertMoved{What: "spread", Reference: Float(ref.Std()), Current: Float(cur.Std())}, spread
	}
	if most < 0.05 || math.IsInf(most, 0) {
		return nil
	}
	return &best
}

// atEnd is the share of the values that lie beyond the outermost cuts.
func atEnd(p stats.Profile) float64 {
	bins := p.Cells[stats.NoValues:]
	if len(bins) < 2 {
		return 0
	}
	return float64(bins[0]+bins[len(bins)-1]) / float64(p.Values())
}

// trendWindows is how many windows a trend shows.
const trendWindows = 8

// trend adds a window's number to those before.
func (t AlertTrend) add(x float64, by rules.Measure) AlertTrend {
	t.Values = append(slices.Clone(t.Values), Float(x))
	t.Values = t.Values[max(0, len(t.Values)-trendWindows):]
	n := len(t.Values)
	if n < 3 {
		return t
	}
	was, is := float64(t.Values[n-3]), float64(t.Values[n-1])
	switch {
	case math.IsNaN(is-was) || math.Abs(is-was) <= noticeable/2*math.Abs(was):
		t.Is = "ongoing"
	case by.Worse(is, was):
		t.Is = "growing"
	default:
		t.Is = "easing"
	}
	return t
}
