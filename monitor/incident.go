package monitor

import (
	"math"
	"slices"
	"time"

	"driftwatch/rules"
)

// incidents groups a monitor's alerts: those of one group that start within the
// group window of the last one to join share an incident.
type incidents struct {
	open []*Incident // those that fire, and those that ended within the regroup time
	// told are the numbers that the last revision tells of alerts, by id, whose
	// worst window is a little worse by now.
	told map[string]float64
	// controls are those of the last look; nil: there was none.
	controls *Controls
}

// resume goes on with what the last commit left.
func (in *incidents) resume(saved []Incident, regroup time.Duration) {
	var last time.Time
	for _, i := range saved {
		if i.State == resolved && i.Ended.After(last) {
			last = i.Ended.Time
		}
	}
	for _, i := range saved {
		if i.State == firing || last.Sub(i.Ended.Time) <= regroup {
			i.committed = i.LastEvent()
			in.open = append(in.open, &i)
		}
	}
}

// take puts a transition into its incident. Pending is nobody's incident yet.
// Who is told of it, and whether with a sound, is decided by the next tick.
func (in *incidents) take(s *Stream, a Alert, receivers []string) {
	a.Receivers = receivers
	i := in.find(a.ID)
	if i == nil {
		if a.State != string(rules.Firing) {
			return
		}
		i = in.join(s, a)
	}
	same := func(b Alert) bool { return b.Rule == a.Rule && b.Segment == a.Segment && b.Feature == a.Feature }
	switch at := slices.IndexFunc(i.Alerts, same); {
	case at < 0:
		i.Alerts = append(i.Alerts, a.uncharted(len(i.Alerts)))
	case i.Alerts[at].ID == a.ID:
		i.Alerts[at] = ended(i.Alerts[at], a)
	default:
		i.Alerts[at] = a.uncharted(at) // it had ended and fires again
	}
	in.settle(i, a)
	in.changed(s, i)
}

// settle makes the incident what its alerts are, after a transition of one.
func (in *incidents) settle(i *Incident, a Alert) {
	i.Severity = worst(i.Alerts)
	fires := slices.ContainsFunc(i.Alerts, Alert.fires)
	switch {
	case !fires:
		i.State, i.Ended, i.Owed, i.Acknowledged, i.Escalated = resolved, &a.Time, "", nil, false
		i.note(Event{Kind: EventResolved, Time: a.Time}, a)
	case i.State == resolved:
		i.State, i.Ended, i.Owed = firing, nil, EventReopened
		i.note(Event{Kind: EventReopened, Time: a.Time}, a)
	case len(i.Timeline) == 0:
		i.note(Event{Kind: EventOpened, Time: a.Time}, a)
	case a.fires():
		i.note(Event{Kind: EventFired, Time: a.Time}, a)
	default:
		i.note(Event{Kind: EventEnded, Time: a.Time}, a)
	}
}

func (a Alert) fires() bool { return a.State == string(rules.Firing) }

// noticeable is by how much of itself a number must be worse than the one that
// was told: each revision is an edit of a message, and Slack takes about one a
// second for a channel. What drifts tenfold makes thirteen.
const noticeable = 0.2

// follow keeps for each alert that fires the numbers of its worst window so far:
// in the one it fired in, few of the rows may be bad yet. A window makes at most
// one revision of an incident.
func (in *incidents) follow(s *Stream, engine *rules.Engine, at time.Time, samples []rules.Sample, v *view) {
	var news []*Incident
	for _, tr := range engine.Firing(at, samples, func(tr rules.Transition) bool { return in.worse(tr, v != nil, &news) }) {
		i := in.find(tr.ID)
		at := slices.IndexFunc(i.Alerts, func(b Alert) bool { return b.ID == tr.ID })
		is, was := tr.Stats[tr.Measure.Name], told(i.Alerts[at], tr.Measure)
		before, differs := in.told[tr.ID]
		if !differs {
			before = was
		}
		i.Alerts[at] = followed(i.Alerts[at], s.alert(tr, v)).uncharted(at)
		if math.Abs(is-before) < noticeable*math.Abs(before) {
			if in.told == nil {
				in.told = map[string]float64{}
			}
			in.told[tr.ID] = before
			continue
		}
		news = append(news, i)
	}
	for _, i := range news {
		in.changed(s, i)
	}
}

// worse says that an alert has not had such a window yet. On the way it takes down
// the window's number, if there was one, and those incidents of which that changes
// where they are going.
func (in *incidents) worse(tr rules.Transition, window bool, news *[]*Incident) bool {
	i := in.find(tr.ID)
	if i == nil {
		return false
	}
	at := slices.IndexFunc(i.Alerts, func(b Alert) bool { return b.ID == tr.ID })
	a := &i.Alerts[at]
	if window && a.Story != nil {
		st := *a.Story // a commit may hold it
		st.Trend = st.Trend.add(tr.Stats[tr.Measure.Name], tr.Measure)
		if st.Trend.Is != a.Story.Trend.Is {
			*news = append(*news, i)
		}
		a.Story = &st
	}
	return tr.Measure.Worse(tr.Stats[tr.Measure.Name], told(*a, tr.Measure))
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
	now.Held, now.Receivers = fired.Held, fired.Receivers
	if now.Story != nil && fired.Story != nil {
		now.Story.Trend = fired.Story.Trend
	}
	return now
}

// ended is an alert at its end as its incident tells of it: with the numbers of
// its worst window, since those at the end say nothing.
func ended(fired, end Alert) Alert {
	fired.Time, fired.State, fired.Previous, fired.Reason, fired.Held = end.Time, end.State, end.Previous, end.Reason, ""
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
	i.Lag = s.lag()
	i.Features = s.fields()
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
}

// fields counts the features that are fields of the records; 0: not known yet.
func (s *Stream) fields() (n int) {
	if s.ref == nil {
		return 0
	}
	for _, e := range s.ref.Layout.Features {
		if !IsDerived(e.Name) {
			n++
		}
	}
	return n
}

// committed says that what changed so far is in a transaction.
func (in *incidents) committed() {
	for _, i := range in.open {
		i.committed = i.LastEvent()
	}
}

func (i *Incident) copy() Incident {
	c := *i
	c.Receivers, c.Alerts = slices.Clone(i.Receivers), slices.Clone(i.Alerts)
	c.Markers, c.Timeline = slices.Clone(i.Markers), slices.Clone(i.Timeline)
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

// join finds the incident that a newly firing alert belongs to, or opens one:
// that of what causes it, one that still takes in more, or one that ended a
// short time ago.
func (in *incidents) join(s *Stream, a Alert) *Incident {
	c := &s.d.Incidents
	group := c.group(a)
	for _, fits := range []func(*Incident) bool{
		func(i *Incident) bool { return c.Inhibit && i.State == firing && i.causes(a, s) != "" },
		func(i *Incident) bool {
			return i.State == firing && a.Time.Sub(i.Joined.Time).Abs() <= time.Duration(c.GroupWindow)
		},
		func(i *Incident) bool {
			return i.State == resolved && a.Time.Sub(i.Ended.Time) <= time.Duration(c.Regroup)
		},
	} {
		at := slices.IndexFunc(in.open, func(i *Incident) bool { return i.Group == group && fits(i) })
		if at >= 0 {
			i := in.open[at]
			if a.Time.After(i.Joined.Time) {
				i.Joined = a.Time
			}
			return i
		}
	}
	i := &Incident{
		ID: group + "/" + a.Time.UTC().Format(time.RFC3339), Group: group, Monitor: a.Monitor, Labels: s.d.Config.Labels,
		State: firing, Started: a.Time, Joined: a.Time, Quiet: true, Receivers: []string{}, Markers: []Marker{}, Timeline: []Event{},
	}
	for slices.ContainsFunc(in.open, func(o *Incident) bool { return o.ID == i.ID }) ||
		slices.ContainsFunc(s.commit.Incidents, func(o Incident) bool { return o.ID == i.ID }) {
		i.ID += "'"
	}
	in.open = append(in.open, i)
	return i
}

// tick decides who is told of what: after the transitions of a moment, and as
// time goes by.
func (in *incidents) tick(s *Stream, now time.Time) {
	if len(in.open) == 0 {
		return
	}
	news := in.look(s)
	for _, i := range in.open {
		held := in.hold(s, i, now)
		told := in.obey(s, i, news, now)
		loud := in.sound(s, i, now)
		if held || told || loud {
			in.changed(s, i)
		}
	}
	in.forget(s)
}

// forget drops those that ended so long ago that they are not opened again. The
// time is that of the windows, and of the transitions judged by the clock.
func (in *incidents) forget(s *Stream) {
	last := time.UnixMilli(s.progress.Closed)
	for _, i := range in.open {
		if s.progress.Closed == NoTime || i.Joined.After(last) {
			last = i.Joined.Time
		}
	}
	in.open = slices.DeleteFunc(in.open, func(i *Incident) bool {
		return i.State == resolved && last.Sub(i.Ended.Time) > time.Duration(s.d.Incidents.Regroup)
	})
}

// worst is the highest severity among alerts that fire and are not held, else
// among all.
func worst(alerts []Alert) string {
	for _, counts := range []func(Alert) bool{Alert.loud, func(Alert) bool { return true }} {
		best := ""
		for _, a := range alerts {
			if counts(a) && graver(a.Severity, best) {
				best = a.Severity
			}
		}
		if best != "" {
			return best
		}
	}
	return ""
}

// graver compares two severities, of which rules lists the gravest first; "" is
// below all.
func graver(a, b string) bool {
	rank := func(severity string) int {
		if i := slices.Index(rules.Severities(), severity); i >= 0 {
			return i
		}
		return len(rules.Severities())
	}
	return rank(a) < rank(b)
}
