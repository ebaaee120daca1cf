package monitor

import (
	"slices"
	"time"
)

// markedBefore is how long before an incident a marker is shown in it: what a
// deploy breaks shows within two hours, or is not taken for its doing.
const markedBefore = 2 * time.Hour

// look gives the markers that are new since the last look.
func (in *incidents) look(s *Stream) (news []Marker) {
	if s.d.Controls == nil {
		return nil
	}
	now := s.d.Controls()
	if in.controls != nil && in.controls != now {
		for _, m := range now.Markers {
			if !slices.ContainsFunc(in.controls.Markers, m.same) {
				news = append(news, m)
			}
		}
	}
	in.controls = now
	return news
}

// obey takes down what people have said about an incident.
func (in *incidents) obey(s *Stream, i *Incident, news []Marker, now time.Time) (changed bool) {
	if in.controls == nil || i.State != firing {
		return false
	}
	about := func(m Marker) bool { return m.Monitor == "" || m.Monitor == i.Monitor }
	for _, m := range news {
		if about(m) && m.Time.After(i.Started.Time) {
			i.note(Event{Kind: EventMarked, Time: m.Time, By: m.Author, Note: m.Text}, Alert{})
			changed = true
		}
	}
	for _, m := range in.controls.Markers {
		before := i.Started.Sub(m.Time.Time)
		if about(m) && before >= 0 && before <= markedBefore && !slices.ContainsFunc(i.Markers, m.same) {
			i.Markers = append(i.Markers, m)
			changed = true
		}
	}
	ack, found := in.controls.Acks[i.ID]
	stale := i.Loud != nil && ack.At.Before(i.Loud.At.Time) || i.Acknowledged != nil && !ack.At.After(i.Acknowledged.At.Time)
	if !found || stale {
		return changed
	}
	ack.Features = i.features()
	i.Acknowledged, i.Owed = &ack, ""
	if i.Loud != nil && graver(i.Severity, i.Loud.Severity) { // they have seen it
		l := *i.Loud
		l.Severity = i.Severity
		i.Loud = &l
	}
	i.note(Event{Kind: EventAcknowledged, Time: Time{now}, By: ack.By}, Alert{})
	return true
}
