package rules

import (
	"math"
	"time"
)

// Statistic is what a condition must know of a statistic it names.
type Statistic struct {
	Name  string
	Kinds []string // the feature kinds it is defined for; nil is all
	// Features are those it is defined for, as it was declared of them; nil is all.
	// Also are those it is defined for whatever their kind.
	Features, Also []string
	// Hidden are the features of which it may not be said.
	Hidden []string

	// Min and Max are what it can be, either of them infinite where there is no bound;
	// both 0: nothing is known of it.
	Min, Max float64

	// Stream says that it is one number a segment (rows), taken
	// from the sample of the series whose feature is "".
	Stream bool

	// Measure names the statistic by which two windows are told apart in which this
	// one says the same; "" is itself.
	Measure string

	// Rowwise says that it counts rows or is a share of them (missing_rate):
	// it means something at any number of rows. All others describe a
	// distribution and are undefined below min_samples.
	Rowwise bool

	// Clock says that it is one number of the whole monitor, and of now, not of
	// a window. A rule names such statistics only, or none.
	Clock bool

	// Sampled says that it is made of a sample of the rows, and so known of the
	// monitor's present window only: of none of another size, and of none of the past.
	Sampled bool

	// OverallOnly says that it is known of all rows together and of no segment.
	OverallOnly bool

	// Lacks is the key of the configuration without which it is never known, where
	// that is not given; "" is none.
	Lacks string
}

// Feature is what a rule must know of a monitor's feature.
type Feature struct {
	Name string
	Kind string // "numeric", "categorical", "boolean", "text"
	// Derived says that it is computed of a record, not read from it: a pattern
	// matches it only if it begins with "_", too, so that "*" is all fields.
	Derived bool
}

// Series names what one alert is about. Segment "" is overall; Feature "" is
// the stream, or all of a rule's features together.
type Series struct {
	Monitor string `json:"monitor"`
	Segment string `json:"segment"`
	Feature string `json:"feature"`
}

// Window is the stretch of event time that samples are of, [Start, End).
type Window struct {
	Start, End time.Time
	// Counted is when the counting began; the zero time is long before.
	Counted time.Time
}

// Partial says that the window began before the counting did. What is unknown then
// is so for that reason, and no_data has no say in it.
func (w Window) Partial() bool { return w.Start.Before(w.Counted) }

// of is the window of another size that ends at the same time; 0: w itself.
func (w Window) of(size time.Duration) Window {
	if size > 0 {
		w.Start = w.End.Add(-size)
	}
	return w
}

// Sample is one series in one closed window.
type Sample struct {
	Series              Series
	Rows, ReferenceRows uint64                    // of this series, in the window and in the reference
	Stat                func(name string) float64 // NaN: cannot be said
	Panes               func() []PaneSample       // the window's panes, earliest first; nil where they are not known
	// Past is the same of the window of that size that ended so much earlier, In of
	// the window of another size that ends now; nil, or nil of a lag or size, where
	// that is not known.
	Past func(lag time.Duration) *Sample
	In   func(size time.Duration) *Sample
	// What says in words what changed, for a rule that names these statistics; "",
	// or nil, where it has none for them.
	What func(names []string) string
	// Parts are the rows of the window by what they have in common, Split the
	// statistics of the rows of one part, or of all others, and Differs says that
	// the series is not the same there as in the others, by more than chance; nil
	// where they are not known.
	Parts   func() []Part
	Split   func(of Part, inside bool) func(name string) float64
	Differs func(Part) bool
}

// PaneSample is one series in one pane of the window.
type PaneSample struct {
	Start time.Time
	Rows  uint64
	Stat  func(name string) float64
}

// source is where statistics are read from; the zero value knows none.
type source struct {
	stat func(name string) float64
	thin bool // too few rows for distribution statistics
	past func(lag time.Duration) source
}

func (s source) value(st Statistic) float64 {
	if s.stat == nil || s.thin && !st.Rowwise && !st.Stream {
		return math.NaN()
	}
	return s.stat(st.Name)
}

// scope is what an expression is evaluated on.
type scope struct {
	feature source
	stream  source
	limit   float64
	members []member // the rule's features in this segment, for share, count and max
}

type member struct {
	source
	limit float64
}

func (s *scope) value(st Statistic) float64 {
	if st.Stream {
		return s.stream.value(st)
	}
	return s.feature.value(st)
}
