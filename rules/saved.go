package rules

import "time"

// Saved is one alert that is not ok, as it survives a restart.
type Saved struct {
	Rule      string    `json:"rule"`
	Hash      string    `json:"hash"` // of what the rule asks: when, clear, for
	Severity  string    `json:"severity"`
	Receivers []string  `json:"receivers,omitempty"`
	Series    Series    `json:"series"`
	State     State     `json:"state"`
	Left      time.Time `json:"left"`             // end of the window in which it left ok; ends its id
	Since     time.Time `json:"since"`            // when the data began to be so
	Began     time.Time `json:"began"`            // step at which it left ok
	Clear     time.Time `json:"clear,omitzero"`   // step since which it is clear
	Unknown   time.Time `json:"unknown,omitzero"` // step since which when is unknown
}

// Export lists the alerts that are not ok, in the order of transitions.
func (e *Engine) Export() []Saved {
	var saved []Saved
	for _, r := range e.rules {
		for _, s := range r.series {
			if s.alert.state == OK {
				continue
			}
			saved = append(saved, Saved{
				Rule: r.Name, Hash: r.hash, Severity: r.Severity, Receivers: r.Receivers,
				Series: s.Series, State: s.alert.state,
				Left: s.alert.left, Since: s.alert.since, Began: s.alert.began,
				Clear: s.alert.clear, Unknown: s.alert.unknown,
			})
		}
	}
	return saved
}

// Restore takes up what Export gave, in an engine that has taken no step yet.
// An alert whose rule is gone, asks something else now or no longer looks at
// the series is dropped, and the transition that ends it is returned with that
// reason, at the given time: it has not recovered.
func (e *Engine) Restore(at time.Time, saved []Saved) []Transition {
	var ended []Transition
	for _, kept := range saved {
		a := kept.alert()
		r, s, reason := e.find(kept)
		if reason == "" {
			s.alert = a
			continue
		}
		ended = append(ended, r.end(at, kept.Series, a, reason))
	}
	return ended
}

// End gives the transitions that end saved alerts for a reason of the
// configuration's, such as ReasonNotWatched.
func End(at time.Time, saved []Saved, reason string) []Transition {
	var ended []Transition
	for _, kept := range saved {
		ended = append(ended, kept.rule().end(at, kept.Series, kept.alert(), reason))
	}
	return ended
}

func (r *rule) end(at time.Time, of Series, a alert, reason string) Transition {
	t := r.transition(&series{Series: of, alert: alert{state: OK}}, at, a, reason)
	t.Stats = map[string]float64{}
	t.Summary = plainEnd(t)
	return t
}

func (s Saved) alert() alert {
	return alert{state: s.State, left: s.Left, since: s.Since, began: s.Began, clear: s.Clear, unknown: s.Unknown}
}

// rule is what is known of a rule that may be gone.
func (s Saved) rule() *rule {
	return &rule{Rule: Rule{Name: s.Rule, Monitor: s.Series.Monitor, Severity: s.Severity, Receivers: s.Receivers}}
}

// find looks up what a saved alert belongs to, or why it belongs to nothing.
func (e *Engine) find(kept Saved) (*rule, *series, string) {
	for _, r := range e.rules {
		if r.Name != kept.Rule {
			continue
		}
		if r.hash != kept.Hash {
			return r, nil, ReasonRuleChanged
		}
		for i := range r.series {
			if r.series[i].Series == kept.Series {
				return r, &r.series[i], ""
			}
		}
		return r, nil, ReasonNotWatched
	}
	return kept.rule(), nil, ReasonRuleChanged
}

func plainEnd(t Transition) string {
	return subject(t.Series) + ": ended, " + t.Reason
}
