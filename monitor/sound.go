package monitor

import (
	"cmp"
	"slices"
	"time"
)

// soundPace is the time between two sounds of an incident: who has been called
// is awake, and what flaps must not keep calling.
const soundPace = 10 * time.Minute

// loud says that people are to know that the alert fires.
func (a Alert) loud() bool { return a.fires() && a.Held == "" }

// sound makes the sound that is due, if any. A new incident, one that is opened
// again, a rise in severity, twice as many features as when it was acknowledged,
// and alerts that are held no longer call people; one that nobody acknowledges
// repeats. A sound that is due too early is made later, if it is still true then.
func (in *incidents) sound(s *Stream, i *Incident, now time.Time) bool {
	if i.State != firing || !slices.ContainsFunc(i.Alerts, Alert.loud) {
		return false
	}
	if !i.timely(s, now) {
		late := i.Quiet && !i.FoundLate
		i.FoundLate = i.FoundLate || late
		return late
	}
	in.lower(i)
	kind := i.due(&s.d.Incidents, now)
	if kind == "" || i.Loud != nil && now.Sub(i.Loud.At.Time) < soundPace {
		return false
	}
	e := Event{Kind: kind, Time: Time{now}, Sound: true}
	switch kind {
	case EventWorse, EventSpread:
		e.Note, i.Acknowledged = i.Severity, nil
	case EventEscalated:
		i.Escalated = true
		i.tell(s.d.Incidents.Escalate.To)
	}
	if last := len(i.Timeline) - 1; i.Timeline[last].Kind == kind && i.Timeline[last].Number > i.committed {
		i.Timeline[last].Sound = true
	} else {
		i.note(e, Alert{})
	}
	first := Time{now}
	if i.Loud != nil {
		first = i.Loud.First
	}
	i.Loud, i.Owed, i.Quiet = &Loud{Time{now}, first, i.Severity, i.features()}, "", false
	return true
}

// timely says that what there is to tell is not history. What was decided while
// catching up and is older than max_alert_age waits for the first window that is
// young enough, or until there is nothing more to read.
func (i *Incident) timely(s *Stream, now time.Time) bool {
	return s.caughtUp() || s.progress.Closed != NoTime && !s.tooOld(time.UnixMilli(s.progress.Closed), now) ||
		slices.ContainsFunc(i.Alerts, func(a Alert) bool { return a.loud() && !s.tooOld(a.Time.Time, now) })
}

// due is the kind of the sound to make; "": none.
func (i *Incident) due(c *IncidentConfig, now time.Time) string {
	if i.Loud == nil {
		return EventOpened
	}
	waited := now.Sub(i.Loud.At.Time)
	repeat := time.Duration(c.Repeat[i.Severity])
	switch e := c.Escalate; {
	case graver(i.Severity, i.Loud.Severity):
		return EventWorse
	case i.Acknowledged != nil && i.features() >= 2*max(1, i.Acknowledged.Features):
		return EventSpread
	case i.Owed != "":
		return i.Owed
	case i.Acknowledged != nil:
		return ""
	case e != nil && !i.Escalated && now.Sub(i.Loud.First.Time) >= time.Duration(e.After) && !graver(cmp.Or(e.Severity, "page"), i.Severity):
		return EventEscalated
	case repeat > 0 && waited >= repeat && i.repeats():
		return EventRepeated
	}
	return ""
}

// repeats says that some alert is more than a remark: that a rule is not decided
// is said once.
func (i *Incident) repeats() bool {
	return slices.ContainsFunc(i.Alerts, func(a Alert) bool { return a.loud() && a.Rule != undecidedRule })
}

// lower takes note that the severity has fallen, so that its next rise is one.
// While somebody has taken it on, only what is worse than it ever was is news.
func (in *incidents) lower(i *Incident) {
	if i.Loud != nil && i.Acknowledged == nil && graver(i.Loud.Severity, i.Severity) {
		l := *i.Loud // a commit may hold it
		l.Severity = i.Severity
		i.Loud = &l
	}
}

// features counts those that are affected; what is about none counts by its rule.
func (i *Incident) features() int {
	seen := map[string]bool{}
	for _, a := range i.Alerts {
		if a.loud() {
			seen[cmp.Or(a.Feature, "/"+a.Rule)] = true
		}
	}
	return len(seen)
}

// tell adds receivers.
func (i *Incident) tell(receivers []string) (more bool) {
	for _, r := range receivers {
		if !slices.Contains(i.Receivers, r) {
			i.Receivers = append(i.Receivers, r)
			more = true
		}
	}
	return more
}
