package monitor

import (
	"math"
	"slices"
	"time"

	"driftwatch/rules"
)

// incidents groups a monitor's alerts: those that start within the group
// window of the last one to join share an incident.
type incidents struct {
	open []*Incident
	// told are the numbers that the last revision tells of alerts, by id, whose
	// worst window is a little worse by now.
	told map[string]float64
}

// resume goes on with those that were firing.
func (in *incidents) resume(saved []Incident) {
	for i := range saved {
		if saved[i].State == firing {
			in.open = append(in.open, &saved[i])
		}
	}
}

// take puts a transition into its incident. Pending is nobody's incident yet.
func (in *incidents) take(s *Stream, a Alert, receivers []string, now time.Time) {
	i := in.find(a.ID)
	if i == nil {
		if a.State != string(rules.Firing) {
			return
		}
		i = in.join(s, a)
		i.Quiet = i.Quiet || len(i.Alerts) == 0 && s.tooOld(a.Time.Time, now)
	}
	same := func(b Alert) bool { return b.Rule == a.Rule && b.Segment == a.Segment && b.Feature == a.Feature }
	switch at := slices.IndexFunc(i.Alerts, same); {
	case at < 0:
		i.Alerts = append(i.Alerts, a)
	case i.Alerts[at].ID == a.ID:
		i.Alerts[at] = ended(i.Alerts[at], a)
	default:
		i.Alerts[at] = a // it had ended and fires again
	}
	for _, r := range receivers {
		if !slices.Contains(i.Receivers, r) {
			i.Receivers = append(i.Receivers, r)
		}
	}
	i.Severity = worst(i.Alerts)
	if !slices.ContainsFunc(i.Alerts, func(b Alert) bool { return b.State == string(rules.Firing) }) {
		i.State = resolved
		i.Ended = &a.Time
	}
	in.changed(s, i)
}

// noticeable is by how much of itself a number must be worse than the one that
// was told: each revision is an edit of a message, and Slack takes about one a
// second for a channel. What drifts tenfold makes thirteen.
const noticeable = 0.2

// follow keeps for each alert that fires the numbers of its worst window so far:
// in the one it fired in, few of the rows may be bad yet. A window makes at most
// one revision of an incident.
func (in *incidents) follow(s *Stream, engine *rules.Engine, at time.Time, samples []rules.Sample, v *view) {
	var worse []*Incident
	for _, tr := range engine.Firing(at, samples, in.worse) {
		i := in.find(tr.ID)
		at := slices.IndexFunc(i.Alerts, func(b Alert) bool { return b.ID == tr.ID })
		is, was := tr.Stats[tr.Measure.Name], told(i.Alerts[at], tr.Measure)
		before, differs := in.told[tr.ID]
		if !differs {
			before = was
		}
		i.Alerts[at] = followed(i.Alerts[at], s.alert(tr, v))
		if math.Abs(is-before) < noticeable*math.Abs(before) {
			if in.told == nil {
				in.told = map[string]float64{}
			}
			in.told[tr.ID] = before
			continue
		}
		worse = append(worse, i)
	}
	for _, i := range worse {
		in.changed(s, i)
	}
}

// worse says that an alert has not had such a window yet.
func (in *incidents) worse(tr rules.Transition) bool {
	i := in.find(tr.ID)
	if i == nil {
		return false
	}
	at := slices.IndexFunc(i.Alerts, func(b Alert) bool { return b.ID == tr.ID })
	return tr.Measure.Worse(tr.Stats[tr.Measure.Name], told(i.Alerts[at], tr.Measure))
}

// told is the number by which an alert is worse than another; NaN: it has none.
func told(a Alert, by rules.Measure) float64 {
	if x, ok := a.Stats[by.Name]; ok {
		return float64(x)
	}
	return math.NaN()
}

// followed is a firing alert with the numbers of a later window.
func followed(fired, now Alert) Alert {
	now.Time, now.Previous = fired.Time, fired.Previous
	return now
}

// ended is an alert at its end as its incident tells of it: with the numbers of
// its worst window, since those at the end say nothing.
func ended(fired, end Alert) Alert {
	fired.Time, fired.State, fired.Previous, fired.Reason = end.Time, end.State, end.Previous, end.Reason
	return fired
}

const (
	firing   = "firing"
	resolved = "resolved"
)

// tooOld says that a transition is history: older than max_alert_age, and
// decided while there is more to read.
func (s *Stream) tooOld(at, now time.Time) bool {
	return now.Sub(at) > s.d.MaxAlertAge && !s.caughtUp()
}

// changed makes the next transaction hold a new revision of i.
func (in *incidents) changed(s *Stream, i *Incident) {
	s.dirty = true
	for _, a := range i.Alerts {
		delete(in.told, a.ID)
	}
	at := slices.IndexFunc(s.commit.Incidents, func(c Incident) bool { return c.ID == i.ID })
	if at < 0 {
		i.Revision++
		s.commit.Incidents = append(s.commit.Incidents, i.copy())
	} else {
		s.commit.Incidents[at] = i.copy()
	}
	in.open = slices.DeleteFunc(in.open, func(o *Incident) bool { return o.State == resolved })
}

func (i *Incident) copy() Incident {
	c := *i
	c.Receivers, c.Alerts = slices.Clone(i.Receivers), slices.Clone(i.Alerts)
	return c
}

func (in *incidents) find(alert string) *Incident {
	for _, i := range in.open {
		if slices.ContainsFunc(i.Alerts, func(b Alert) bool { return b.ID == alert }) {
			return i
		}
	}
	return nil
}

// join finds the incident that a newly firing alert belongs to, or opens one.
func (in *incidents) join(s *Stream, a Alert) *Incident {
	for _, i := range in.open {
		if a.Time.Sub(i.Joined.Time).Abs() <= s.d.GroupWindow {
			if a.Time.After(i.Joined.Time) {
				i.Joined = a.Time
			}
			return i
		}
	}
	i := &Incident{
		ID: a.Monitor + "/" + a.Time.UTC().Format(time.RFC3339), Monitor: a.Monitor, Labels: s.d.Config.Labels,
		State: firing, Started: a.Time, Joined: a.Time,
	}
	for slices.ContainsFunc(in.open, func(o *Incident) bool { return o.ID == i.ID }) ||
		slices.ContainsFunc(s.commit.Incidents, func(o Incident) bool { return o.ID == i.ID }) {
		i.ID += "'"
	}
	in.open = append(in.open, i)
	return i
}

// tick lets incidents be sent that were decided while catching up: at the first
// window that is young enough, or when there is nothing more to read.
func (in *incidents) tick(s *Stream, now time.Time) {
	for _, i := range slices.Clone(in.open) {
		if i.Quiet && (s.caughtUp() || s.progress.Closed != NoTime && !s.tooOld(time.UnixMilli(s.progress.Closed), now)) {
			i.Quiet, i.FoundLate = false, true
			in.changed(s, i)
		}
	}
}

// worst is the highest severity among alerts that are firing, else among all.
func worst(alerts []Alert) string {
	rank := map[string]int{"info": 1, "warn": 2, "page": 3}
	best := ""
	for _, only := range []bool{true, false} {
		for _, a := range alerts {
			if (!only || a.State == string(rules.Firing)) && rank[a.Severity] > rank[best] {
				best = a.Severity
			}
		}
		if best != "" {
			break
		}
	}
	return best
}
