package monitor_test

import (
	"fmt"
	"testing"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// A bad deploy that breaks five features by four rules is one incident, also where
// the rules take their time, and one sound.
func TestABadDeployIsOneIncident(t *testing.T) {
	var all []rules.Rule
	for n, when := range []string{"psi_lo > 0.1", "missing_rate > 0.1", "type_error_rate > 0.01", "schema_type_changed > 0"} {
		all = append(all, rules.Rule{Name: fmt.Sprint("rule-", n), Monitor: "m", When: when, Severity: "page"})
	}
	replay := monitor.NewReplay(config(), monitor.DefaultIncidents(), all)
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	alerts := 0
	for minute := range 20 {
		now := at.Add(time.Duration(minute) * time.Minute)
		var transitions []rules.Transition
		for r := range all {
			for f := range 5 {
				if minute != 2*r+f { // one after the other, over 11 minutes
					continue
				}
				alerts++
				transitions = append(transitions, rules.Transition{
					ID: fmt.Sprintf("m/%d/%d", r, f), Time: now, State: rules.Firing, Previous: rules.OK, Rule: &all[r],
					Series: rules.Series{Monitor: "m", Feature: fmt.Sprint("f", f)}, Since: now,
				})
			}
		}
		replay.Step(now, transitions)
	}
	incidents := replay.Incidents()
	if len(incidents) != 1 || len(incidents[0].Alerts) != 20 || alerts != 20 {
		t.Fatalf("%d alerts are %d incidents", alerts, len(incidents))
	}
	sounds, held := 0, 0
	for _, e := range incidents[0].Timeline {
		if e.Sound {
			sounds++
		}
	}
	for _, a := range incidents[0].Alerts {
		if a.Held == "caused by rule-3" {
			held++
		}
	}
	if sounds != 1 || held != 5 {
		t.Errorf("it makes %d sounds and holds back %d alerts, want 1 and the 5 of drift that the schema causes", sounds, held)
	}
}
