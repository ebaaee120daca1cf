package notify_test

import (
	"strings"
	"testing"

	"driftwatch/monitor"
	"driftwatch/monitor/notify"
)

// told is the n-th line of an incident's message, from 0.
func told(t *testing.T, i monitor.Incident, n int) string {
	t.Helper()
	lines := strings.Split(notify.Render(i), "\n")
	if len(lines) <= n {
		t.Fatalf("%d lines, want more than %d:\n%s", len(lines), n, notify.Render(i))
	}
	return lines[n]
}

// in gives the alert of a segment.
func in(a monitor.Alert, segment string, psi float64) monitor.Alert {
	a.ID, a.Segment, a.Stats = a.ID+segment, segment, map[string]monitor.Float{"psi": monitor.Float(psi)}
	return a
}

// Two features are broken in every segment: both are named before any segment
// is, and what is about all rows leads, even where a segment's PSI is larger.
func TestEachFeatureIsNamedBeforeSegments(t *testing.T) {
	distance := other("feature-drift", "distance_km", "psi_lo > limit", 1.5)
	fee := other("feature-drift", "fee", "psi_lo > limit", 0.4)
	var alerts []monitor.Alert
	for _, segment := range []string{"country=DE", "country=FR", "country=US"} {
		alerts = append(alerts, in(distance, segment, 1.6), in(fee, segment, 0.5))
	}
	alerts = append(alerts, distance, fee)
	want := "8 series of 2 features: distance_km: PSI 1.50; also fee, distance_km in country=DE, distance_km in country=FR … and 4 more"
	if got := told(t, incident(nil, alerts...), 1); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	want = "3 series: fee in country=US: PSI 0.50; also fee in country=FR, fee in country=DE"
	if got := told(t, incident(nil, in(fee, "country=DE", 0.3), in(fee, "country=FR", 0.4), in(fee, "country=US", 0.5)), 1); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// The bin without a value counts wrong types and invalid values, too: it must
// not be called as the missing rate is.
func TestTheBinWithoutAValueIsNotCalledMissing(t *testing.T) {
	a := other("values-missing", "risk_score", "missing_rate > 0.05", 0)
	a.Stats = map[string]monitor.Float{"missing_rate": 0.064}
	a.Bins = []monitor.AlertBin{{Bin: "(missing)", Reference: 0, Current: 0.16, PSI: 0.4}}
	want := "risk_score: missing rate 6.4 %, no value (missing or not valid) went from 0 % to 16 %"
	if got := told(t, incident(nil, a), 1); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Three markets of about the same size that moved alike are no news, and of a
// large one and a small one that moved as much the small one is.
func TestASegmentIsNamedForMoreThanItsShare(t *testing.T) {
	for _, c := range []struct {
		name     string
		segments []monitor.AlertSegment
		want     string
	}{
		{"even", []monitor.AlertSegment{
			{Segment: "country=FR", Share: 0.34, Rows: 0.33, Kind: "within"},
			{Segment: "country=DE", Share: 0.33, Rows: 0.34, Kind: "within"},
			{Segment: "country=US", Share: 0.33, Rows: 0.33, Kind: "within"},
		}, ""},
		{"a small one", []monitor.AlertSegment{
			{Segment: "country=DE", Share: 0.52, Rows: 0.5, Kind: "within"},
			{Segment: "country=LU", Share: 0.4, Rows: 0.02, Kind: "within"},
		}, "40 % of it in country=LU with 2 % of the rows, whose own values moved"},
		{"a mix", []monitor.AlertSegment{
			{Segment: "country=DE", Share: 0.4, Rows: 0.4, Kind: "mix"},
			{Segment: "country=FR", Share: 0.3, Rows: 0.1, Kind: "within"},
		}, "40 % of it in country=DE, whose share of the rows moved; next country=FR with 30 % of it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := drift()
			a.Segments = c.segments
			if got := told(t, incident(nil, a), 3); got != c.want && (c.want != "" || strings.Contains(got, " of it ")) {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// What an alert is confined to is told once, and a changed schema before the
// drift that it causes.
func TestConfined(t *testing.T) {
	a := drift()
	a.Only = []monitor.AlertPart{{Dimension: "_partition", Value: "3"}, {Dimension: "_header.app_version", Value: "1.42"}}
	schema := drift()
	schema.ID, schema.Rule, schema.Feature, schema.When, schema.Bins, schema.Only = "s", "schema", "", "schema_type_changed > 0", nil, a.Only[:1]
	schema.Summary = "`amount`: number → string in 98 % of rows, only partition 3"
	text := notify.Render(incident(nil, a, schema))
	if want := schema.Summary; !strings.Contains(text, strings.ReplaceAll(want, "`", "")) || strings.Count(text, "98 % of rows, only partition 3\n") == 0 {
		t.Errorf("no %s in\n%s", want, text)
	}
	if !strings.Contains(text, ", only partition 3, only header app_version=1.42") {
		t.Errorf("the drift is not confined in\n%s", text)
	}
	if first := strings.Index(text, "98 % of rows"); first > strings.Index(text, "1.42") {
		t.Errorf("the cause is not first in\n%s", text)
	}
}
