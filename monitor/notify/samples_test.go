package notify_test

import (
	"fmt"
	"time"

	"driftwatch/monitor"
)

// at is a moment on the day of the samples.
func at(clock string) monitor.Time {
	t, err := time.Parse("2006-01-02 15:04", "2026-11-23 "+clock)
	if err != nil {
		panic(err)
	}
	return monitor.Time{Time: t}
}

// drift is an alert of the kind most messages are about.
func drift() monitor.Alert {
	return monitor.Alert{
		ID: "payments/feature-drift/-/amount/2026-11-23T10:05:00Z", Time: at("10:15"),
		State: "firing", Previous: "pending", Rule: "feature-drift", Severity: "page", Monitor: "payments", Feature: "amount",
		Since:     at("10:01"),
		Window:    monitor.AlertWindow{Start: at("10:10"), End: at("10:15"), Rows: 30000},
		Reference: monitor.AlertReference{Name: "payments.profile", Hash: "5ad1", AgeDays: 52},
		Stats:     map[string]monitor.Float{"psi": 0.31, "psi_lo": 0.28, "psi_noise": 0.02, "ks": 0.12},
		When:      "psi_lo > limit", Summary: "amount of payments: psi_lo > limit (psi_lo 0.28, limit 0.2)",
		Runbook:  "https://example.org/runbooks/drift?x=1&y=2",
		Labels:   map[string]string{"owner": "payments-ml", "used_by": "fraud-model-7"},
		Bins:     []monitor.AlertBin{{Bin: "(14.9, 20]", Reference: 0.1, Current: 0.21, PSI: 0.08}, {Bin: "<= 3.1", Reference: 0.1, Current: 0.004, PSI: 0.07}},
		Segments: []monitor.AlertSegment{{Segment: "country=DE", Share: 0.7, Rows: 0.21, Kind: "within"}, {Segment: "country=FR", Share: 0.055, Rows: 0.04, Kind: "mix"}},
		Examples: []monitor.Example{{Topic: "payments", Partition: 0, Offset: 81273}, {Topic: "payments", Partition: 3, Offset: 7}},
	}
}

// other makes the drift alert one of another rule and feature.
func other(rule, feature, when string, psi float64) monitor.Alert {
	a := drift()
	a.ID, a.Rule, a.Feature, a.When = fmt.Sprintf("payments/%s/-/%s/x", rule, feature), rule, feature, when
	a.Stats = map[string]monitor.Float{"psi": monitor.Float(psi)}
	a.Summary = fmt.Sprintf("%s of payments: %s (psi %g)", feature, when, psi)
	a.Segments, a.Bins = nil, nil
	return a
}

// incident is one that has just begun, for the given receivers.
func incident(receivers []string, alerts ...monitor.Alert) monitor.Incident {
	return monitor.Incident{
		ID: "payments/2026-11-23T10:15:00Z", Monitor: "payments", Labels: alerts[0].Labels,
		State: "firing", Severity: alerts[0].Severity, Started: at("10:15"), Joined: at("10:15"),
		Receivers: receivers, Alerts: alerts,
	}
}

// over ends an incident, with a reason or as resolved.
func over(i monitor.Incident, clock, reason string) monitor.Incident {
	end := at(clock)
	i.State, i.Ended = "resolved", &end
	alerts := make([]monitor.Alert, len(i.Alerts))
	for n, a := range i.Alerts {
		a.State, a.Previous, a.Reason, a.Time = "ok", "firing", reason, end
		alerts[n] = a
	}
	i.Alerts = alerts
	return i
}

// numbered gives n different transitions' alerts.
func numbered(n int) []monitor.Alert {
	alerts := make([]monitor.Alert, n)
	for i := range alerts {
		alerts[i] = drift()
		alerts[i].Feature = fmt.Sprint("feature-", i)
	}
	return alerts
}
