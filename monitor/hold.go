package monitor

import (
	"slices"
	"strings"
	"time"

	"driftwatch/rules"
)

// hold decides which of the alerts that fire are held back from people, and who
// is told of the others: an alert is held while a silence is about it, outside
// the active hours of its rule, and while another alert of the incident is its
// cause. One that is held no longer and still fires makes a sound.
func (in *incidents) hold(s *Stream, i *Incident, now time.Time) (changed bool) {
	if i.State != firing {
		return false
	}
	for n := range i.Alerts {
		a := &i.Alerts[n]
		if !a.fires() {
			continue
		}
		why := in.why(s, i, *a, now)
		if why == "" {
			changed = i.tell(a.Receivers) || changed
		}
		if why == a.Held {
			continue
		}
		switch {
		case why == "":
			i.note(Event{Kind: EventUnheld, Time: Time{now}, Note: a.Held}, *a)
			if i.Loud != nil {
				i.Owed = EventUnheld
			}
		case a.Held == "" && i.Loud != nil:
			i.note(Event{Kind: EventHeld, Time: Time{now}, Note: why}, *a)
		}
		a.Held, changed = why, true
	}
	if severity := worst(i.Alerts); severity != i.Severity {
		i.Severity, changed = severity, true
	}
	return changed
}

// why says why nobody is told of an alert; "": they are.
func (in *incidents) why(s *Stream, i *Incident, a Alert, now time.Time) string {
	if cause := i.causes(a, s); cause != "" && s.d.Incidents.Inhibit {
		return "caused by " + cause
	}
	if s.d.backtest { // there is no clock
		return ""
	}
	if in.controls != nil {
		for _, silence := range in.controls.Silences {
			if silence.Active(now) && silence.Matches(a) {
				return silence.words()
			}
		}
	}
	if r := slices.IndexFunc(s.d.Rules, func(r rules.Rule) bool { return r.Name == a.Rule }); r >= 0 && !s.d.Rules[r].Active.Contains(now) {
		return "outside the active hours of its rule"
	}
	return ""
}

// words say who silenced it, until when, and why.
func (s Silence) words() string {
	text := "silenced until " + s.End.UTC().Format("2006-01-02 15:04") + " UTC"
	if s.Author != "" {
		text += " by " + s.Author
	}
	if s.Reason != "" {
		text += ": " + s.Reason
	}
	return text
}

// causes names the rule of the alert that another, about drift, comes from; "":
// there is none. A cause that is over is one for as long as its rows are in the
// window.
func (i *Incident) causes(a Alert, s *Stream) string {
	if CauseOf(a) != CauseDrift {
		return ""
	}
	for _, c := range i.Alerts {
		recent := c.fires() || s.progress.Closed != NoTime && s.progress.Closed-c.Time.UnixMilli() < s.plan.times.size
		if c.Rule != a.Rule && recent && c.inhibits() {
			return c.Rule
		}
	}
	return ""
}

// inhibits says that an alert is about the schema, a topic that stopped, or one
// that cannot be read. That it is read late, or that a rule is not decided, causes
// no drift.
func (a Alert) inhibits() bool {
	asks := identifier.FindAllString(a.When, -1)
	return slices.ContainsFunc(asks, func(name string) bool {
		switch {
		case strings.HasPrefix(name, "schema_"), name == "blind", name == "freshness":
			return true
		}
		inWindow := a.Window.End.After(a.Window.Start.Time)
		return slices.Contains(causes[CauseVolume], name) && inWindow && a.Window.Rows == 0
	})
}
