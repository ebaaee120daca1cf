package main

import (
	"fmt"
	"math"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
	"driftwatch/stats"
)

const eventDelay = "_event_delay"

// derived are the features that are computed of the records, which no field shows.
// The lines of a file have no time of their own that an event could be late by.
func (d *draft) derived() []draftFeature {
	named := func(name, note string) draftFeature {
		return draftFeature{SurveyedField: monitor.SurveyedField{Name: name, Kind: stats.Numeric}, note: note}
	}
	all := []draftFeature{named("_size", "bytes of the record; rules match it by its name, not by *")}
	if d.delayed() {
		all = append(all, named(eventDelay, "seconds from the event time to the record's own; likewise"))
	}
	return all
}

// delayed says that records have a time of their own beside that of the event.
func (d *draft) delayed() bool { return d.input == "" && d.time.Timestamp.Field != "" }

// lateProducer is the rule on events that take long to become records.
func lateProducer(d *draft, u *usual) (starterRule, bool) {
	const (
		least = 60          // seconds: a minute is what buffers and retries take
		most  = 24 * 3600.0 // a topic that was filled from another one
	)
	own, at := u.of("p95", eventDelay).most()
	r := starterRule{name: "late-producer"}
	if own > most {
		r.why = []string{fmt.Sprintf("not made: in the reference records came %s seconds after their events, as those of a copy do", limitText(own))}
		return r, d.delayed()
	}
	limit := upwards(max(least, 2*own))
	if math.IsNaN(own) {
		limit = least
	}
	r.severity, r.features, r.when = "warn", []string{eventDelay}, "p95 > "+plainNumber(limit)
	r.why = []string{fmt.Sprintf("one record in 20 comes more than %s after its event: a producer that is behind, or whose clock is", rules.Duration(time.Duration(limit)*time.Second))}
	if limit > least {
		r.why = append(r.why, fmt.Sprintf("in the reference it was %s seconds at most, in the window to %s", limitText(own), at.UTC().Format(time.RFC3339)))
	}
	return r, d.delayed()
}
