package monitor

import (
	"time"

	"driftwatch/rules"
)

// Controls are what people tell a running driftwatch, beside its configuration.
type Controls struct {
	Silences []Silence      // those that are not over yet
	Markers  []Marker       // by time
	Acks     map[string]Ack // by incident; the latest
}

// Silence holds alerts back from people from Start up to End. An alert still
// firing at End is told then. Each of the lists is of patterns as a rule's
// features, "!" excluding; an empty one matches everything. In Segments overall
// is "-".
type Silence struct {
	ID       string   `json:"id"`
	Monitor  string   `json:"monitor"` // "": all
	Rules    []string `json:"rules"`
	Segments []string `json:"segments"`
	Features []string `json:"features"`
	Start    Time     `json:"start"`
	End      Time     `json:"end"`
	Author   string   `json:"author"`
	Reason   string   `json:"reason"`
}

// Matches says that the silence is about an alert.
func (s Silence) Matches(a Alert) bool {
	segment := a.Segment
	if segment == "" {
		segment = "-"
	}
	return (s.Monitor == "" || s.Monitor == a.Monitor) &&
		rules.Match(s.Rules, a.Rule) && rules.Match(s.Segments, segment) && rules.Match(s.Features, a.Feature)
}

// Active says that it holds alerts back at a time.
func (s Silence) Active(now time.Time) bool {
	return !now.Before(s.Start.Time) && now.Before(s.End.Time)
}

// Marker says what was changed and when: a deploy, a migration. It is shown in
// incidents that start within two hours after it.
type Marker struct {
	Time    Time   `json:"time"`
	Monitor string `json:"monitor"` // "": all
	Text    string `json:"text"`
	Author  string `json:"author"`
}

func (m Marker) same(o Marker) bool {
	return m.Time.Equal(o.Time.Time) && m.Monitor == o.Monitor && m.Text == o.Text
}
