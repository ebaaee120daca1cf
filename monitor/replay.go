package monitor

import (
	"time"

	"driftwatch/rules"
)

// Replay makes incidents of transitions as a stream does, without one: for tests of
// rules. It knows no records, so that its alerts have no bins, examples or story.
type Replay struct{ s *Stream }

// NewReplay makes one for a monitor, its rules and the configuration's incidents.
func NewReplay(c Config, of IncidentConfig, rs []rules.Rule) *Replay {
	d := Deps{Config: c, Incidents: of, Rules: rs}.withDefaults()
	s := &Stream{d: &d, plan: &plan{times: d.Config.times(0)}, incident: &incidents{}}
	s.progress.Closed = NoTime
	return &Replay{s}
}

// Step takes the transitions of one moment, which is the clock's time, too.
func (r *Replay) Step(at time.Time, transitions []rules.Transition) {
	r.s.progress.Closed = at.UnixMilli()
	for _, tr := range transitions {
		r.s.decided(tr, nil)
	}
	r.s.incident.tick(r.s, at)
	r.s.commit = Commit{}
	r.s.incident.committed()
}

// Incidents are those that fire, and those that ended within the regroup time.
func (r *Replay) Incidents() (all []Incident) {
	for _, i := range r.s.incident.open {
		all = append(all, i.copy())
	}
	return all
}
