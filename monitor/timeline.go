package monitor

// Incident groups the alerts of one group (by default the monitor) that start
// near each other: what people are told of as one thing. Its revision grows with
// every change.
type Incident struct {
	ID       string            `json:"id"` // "payments/2026-11-23T10:15:00Z": the group and when its first alert fired
	Revision uint64            `json:"revision"`
	Monitor  string            `json:"monitor"`
	Group    string            `json:"group"` // what its alerts have in common, by group_by: "payments"
	Labels   map[string]string `json:"labels,omitempty"`
	State    string            `json:"state"`    // firing | resolved
	Severity string            `json:"severity"` // the highest of those alerts that fire and are not held, else of all
	Started  Time              `json:"started"`
	Joined   Time              `json:"joined"` // when the last alert joined
	Ended    *Time             `json:"ended"`  // null while firing
	// Quiet: nobody has been told of it yet. It was decided while catching up and
	// is too old to tell, or all of its alerts are held. Editing receivers wait.
	Quiet     bool     `json:"quiet"`
	FoundLate bool     `json:"found_late"`
	Receivers []string `json:"receivers"` // of all its alerts that were told of
	Alerts    []Alert  `json:"alerts"`    // each alert with the numbers of its worst window so far and its latest state, in the order they joined

	Loud         *Loud    `json:"loud"`           // the last sound it made; null: none yet
	Acknowledged *Ack     `json:"acknowledged"`   // null: by nobody, or it has become worse since
	Escalated    bool     `json:"escalated"`      // more people were told, since nobody acknowledged it
	Markers      []Marker `json:"markers"`        // set within two hours before it started, oldest first
	Timeline     []Event  `json:"timeline"`       // what happened to it, oldest first: the last of them, as the numbers say
	Owed         string   `json:"owed,omitempty"` // the kind of the sound to make as soon as the last is long enough ago

	committed uint64 // the last event that is in a transaction
}

// Loud is what an incident was when people were last called to it.
type Loud struct {
	At       Time   `json:"at"` // by the wall clock
	First    Time   `json:"first"`
	Severity string `json:"severity"`
	Features int    `json:"features"` // affected
}

// Ack is that somebody has taken an incident on: it is not repeated until it is
// over or becomes worse.
type Ack struct {
	By       string `json:"by"`
	At       Time   `json:"at"`       // by the wall clock
	Features int    `json:"features"` // affected then
}

// The kinds of events. Some of them make a sound: see Event.
const (
	EventOpened       = "opened"       // the first alerts fired
	EventReopened     = "reopened"     // alerts fire again in an incident that had ended
	EventFired        = "fired"        // more alerts fire
	EventEnded        = "ended"        // some alerts ended, others fire
	EventResolved     = "resolved"     // the last alert ended
	EventWorse        = "worse"        // the severity rose
	EventSpread       = "spread"       // twice as many features are affected as when it was acknowledged
	EventUnheld       = "unheld"       // alerts fire that were held back, by a silence that is over or so
	EventHeld         = "held"         // alerts that fire are held back from now on
	EventRepeated     = "repeated"     // it goes on, and nobody has acknowledged it
	EventEscalated    = "escalated"    // more people are told, since nobody has acknowledged it
	EventAcknowledged = "acknowledged" // somebody takes it on
	EventMarked       = "marked"       // somebody set a marker while it goes on
)

// Event is something that happened to an incident. A sound calls people, at most
// once in soundPace; what is no sound is only written down.
type Event struct {
	Number uint64       `json:"number"` // from 1, without holes
	Time   Time         `json:"time"`   // of alerts: of the windows; else by the wall clock
	Kind   string       `json:"kind"`
	Sound  bool         `json:"sound,omitempty"`
	Alerts []EventAlert `json:"alerts,omitempty"` // the first few that it is about
	Count  int          `json:"count,omitempty"`  // how many they are in all
	By     string       `json:"by,omitempty"`     // whoever acknowledged, or set the marker
	Note   string       `json:"note,omitempty"`   // why they are held; the marker's text; the severity that it rose to
}

// EventAlert names an alert of an event, and why it ended if not by recovering.
type EventAlert struct {
	Rule    string `json:"rule"`
	Segment string `json:"segment,omitempty"`
	Feature string `json:"feature,omitempty"`
	Reason  string `json:"reason,omitempty"`
}

const (
	keptEvents  = 50 // of an incident: more than anybody reads
	eventAlerts = 5  // named in an event
)

// note adds an event, about an alert unless that is the zero Alert. Alerts that
// do the same at the same time are one event, as long as nobody can have been
// told of it.
func (i *Incident) note(e Event, a Alert) {
	if n := len(i.Timeline); n > 0 && a.ID != "" {
		last := &i.Timeline[n-1]
		together := last.Kind == e.Kind || e.Kind == EventFired && (last.Kind == EventOpened || last.Kind == EventReopened)
		if together && last.Number > i.committed && last.Time.Equal(e.Time.Time) && last.Note == e.Note {
			last.about(a)
			return
		}
	}
	e.Number = i.LastEvent() + 1
	if a.ID != "" {
		e.about(a)
	}
	i.Timeline = append(i.Timeline, e)
	i.Timeline = i.Timeline[max(0, len(i.Timeline)-keptEvents):]
}

func (e *Event) about(a Alert) {
	e.Count++
	if len(e.Alerts) < eventAlerts {
		// A new slice: a commit may hold the former one.
		e.Alerts = append(e.Alerts[:len(e.Alerts):len(e.Alerts)], EventAlert{a.Rule, a.Segment, a.Feature, a.Reason})
	}
}

// LastEvent is the number of the last event; 0: there was none.
func (i *Incident) LastEvent() uint64 {
	if len(i.Timeline) == 0 {
		return 0
	}
	return i.Timeline[len(i.Timeline)-1].Number
}
