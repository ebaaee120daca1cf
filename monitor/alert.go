package monitor

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"driftwatch/rules"
)

// Alert is one transition of one series as everyone outside sees it: the JSON
// of stdout, the webhook and the API. It holds no wall-clock time, so that run
// and backtest print the same bytes. Numbers that are undefined are null.
type Alert struct {
	ID        string            `json:"id"`
	Time      Time              `json:"time"`
	State     string            `json:"state"`
	Previous  string            `json:"previous"`
	Reason    string            `json:"reason"`
	Rule      string            `json:"rule"`
	Severity  string            `json:"severity"`
	Monitor   string            `json:"monitor"`
	Segment   string            `json:"segment"`
	Feature   string            `json:"feature"`
	Since     Time              `json:"since"`
	Window    AlertWindow       `json:"window"`
	Reference AlertReference    `json:"reference"`
	Stats     map[string]Float  `json:"stats"`
	When      string            `json:"when"`
	Summary   string            `json:"summary"`
	Runbook   string            `json:"runbook,omitempty"`
	Labels    map[string]string `json:"labels,omitempty"`
	Bins      []AlertBin        `json:"bins"`
	Segments  []AlertSegment    `json:"segments"`
	Only      []AlertPart       `json:"only,omitempty"`
	Examples  []Example         `json:"examples"`

	// Description is the rule's own words, of several lines; "" where it has none.
	Description string `json:"description,omitempty"`

	// Only an incident's alerts have these.
	Held      string      `json:"held,omitempty"`      // why nobody is told of it while it fires; "": they are
	Receivers []string    `json:"receivers,omitempty"` // who is told of it
	Story     *AlertStory `json:"story,omitempty"`     // null: there is nothing to tell
}

// AlertWindow is the window in which the transition was decided.
type AlertWindow struct {
	Start Time   `json:"start"`
	End   Time   `json:"end"`
	Rows  uint64 `json:"rows"`
}

// AlertReference is what the window was compared with; AgeDays is the window's
// end less the end of the reference's own time, 0 where that is not known.
type AlertReference struct {
	Name    string `json:"name"`
	Hash    string `json:"hash"`
	AgeDays int    `json:"age_days"`
}

// AlertBin is one bin that moved, as shares of the rows.
type AlertBin struct {
	Bin       string `json:"bin"`
	Reference Float  `json:"reference"`
	Current   Float  `json:"current"`
	PSI       Float  `json:"psi"`
}

// AlertSegment is a segment's share in the overall PSI; Kind says whether the
// segment's share of the rows moved ("mix") or its own distribution ("within").
// Rows is its share of the window's rows, which only incidents have.
type AlertSegment struct {
	Segment string `json:"segment"`
	Share   Float  `json:"share"`
	Rows    Float  `json:"rows,omitzero"`
	Kind    string `json:"kind"`
}

// AlertPart is rows with one value of a dimension in common: _partition, or a
// header, _header.app_version. A firing alert that has one is about those rows
// only: its condition holds for them, and for the other rows it is known not to.
type AlertPart struct {
	Dimension string `json:"dimension"`
	Value     string `json:"value"`
}

// Words name the part: "partition 3", "header app_version=1.42".
func (p AlertPart) Words() string { return rules.Part{Dimension: p.Dimension, Value: p.Value}.Words() }

// Example is where a record of the window lies, never what it says. An alert of
// a segment has none.
type Example struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
}

// Transition is a numbered alert transition as the outbox holds it.
type Transition struct {
	Number    uint64   `json:"number"` // over all monitors of a state, from 1, without holes
	Receivers []string `json:"receivers"`
	Alert     Alert    `json:"alert"`
}

// transition is the alert as a transition tells of it.
func (a Alert) transition() Alert {
	a.Held, a.Receivers, a.Story = "", nil, nil
	a.Segments = slices.Clone(a.Segments)
	for i := range a.Segments {
		a.Segments[i].Rows = 0
	}
	return a
}

// Line is the alert's JSON as everything prints and sends it: json.Marshal
// without escaping <, > and &, which a when is full of.
func (a Alert) Line() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(a); err != nil {
		return nil, fmt.Errorf("cannot write the alert %s as JSON: %w", a.ID, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Time is a point in time that reads and writes as UTC RFC 3339 with Z.
type Time struct{ time.Time }

// UnixMilli is the Time of Unix milliseconds.
func UnixMilli(ms int64) Time { return Time{time.UnixMilli(ms).UTC()} }

// MarshalText writes whole seconds without a fraction, else milliseconds.
func (t Time) MarshalText() ([]byte, error) {
	return t.UTC().AppendFormat(nil, "2006-01-02T15:04:05.999Z07:00"), nil
}

// MarshalJSON is MarshalText in quotes.
func (t Time) MarshalJSON() ([]byte, error) {
	return t.UTC().AppendFormat(nil, `"2006-01-02T15:04:05.999Z07:00"`), nil
}
