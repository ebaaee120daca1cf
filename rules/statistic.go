package rules

import (
	"math"
	"time"
)

// Statistic is what a condition must know of a statistic it names.
type Statistic struct {
	Name  string
	Kinds []string // the feature kinds it is defined for; nil is all

	// Stream says that it is one number a segment (rows), taken
	// from the sample of the series whose feature is "".
	Stream bool

	// Rowwise says that it counts rows or is a share of them (missing_rate):
	// it means something at any number of rows. All others describe a
	// distribution and are undefined below min_samples.
	Rowwise bool

	// Clock says that it is one number of the whole monitor, and of now, not of
	// a window. A rule names such statistics only, or none.
	Clock bool
}

// Feature is what a rule must know of a monitor's feature.
type Feature struct {
	Name string
	Kind string // "numeric", "categorical", "boolean", "text"
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
	// Partial says that it began before the counting did. What is unknown then
	// is so for that reason, and no_data has no say in it.
	Partial bool
}

// Sample is one series in one closed window.
type Sample struct {
	Series              Series
	Rows, ReferenceRows uint64                    // of this series, in the window and in the reference
	Stat                func(name string) float64 // NaN: cannot be said
	Panes               func() []PaneSample       // the window's panes, earliest first; nil where they are not known
	// Past is the same of the window that ended so much earlier; nil, or nil of a
	// lag, where that is not known.
	Past func(lag time.Duration) *Sample
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
