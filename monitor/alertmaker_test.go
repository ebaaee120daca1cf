package monitor_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// segmented is a backtest of a drift in every country alike.
func segmented(t *testing.T) monitor.Deps {
	t.Helper()
	e := events{seed: 1, start: t0, step: 100 * time.Millisecond, n: 27000, shiftFrom: 30 * time.Minute, shiftTo: time.Hour}
	c := config()
	c.Segments = [][]string{{"country"}}
	few := 100
	return deps(t, c, &logSource{parts: [][]monitor.Record{e.records()}, cut: func() int { return 500 }}, rules.Rule{
		Name: "drift", Monitor: "m", When: "psi_lo > 0.1", Features: []string{"x"}, Segments: []string{"*"},
		MinSamples: &few, MinReferenceSamples: &few,
	})
}

// Examples are of all rows: those of one segment's alert could be of another.
func TestExamplesAreOfWhatTheAlertIsAbout(t *testing.T) {
	lines, _ := backtest(t, segmented(t))
	segments := 0
	for _, l := range lines {
		var a monitor.Alert
		if err := json.Unmarshal([]byte(l), &a); err != nil {
			t.Fatal(err)
		}
		if a.Segment != "" {
			segments++
		}
		if (len(a.Examples) > 0) != (a.Segment == "") {
			t.Errorf("%s has %d examples", a.ID, len(a.Examples))
		}
	}
	if segments == 0 || segments == len(lines) {
		t.Errorf("%d of %d alerts are of segments; want some of both", segments, len(lines))
	}
}

// An incident knows how many of the rows a segment has, to tell what is spread
// evenly from what is not; a transition stays as its readers know it.
func TestSegmentsOfAnIncidentHaveTheirRows(t *testing.T) {
	d := segmented(t)
	kept := &keeping{Store: d.Store}
	d.Store = kept
	lines, _ := backtest(t, d)
	if all := strings.Join(lines, ""); !strings.Contains(all, `"share"`) || strings.Contains(all, `"rows":0.`) {
		t.Errorf("a transition has no segments or tells of their rows:\n%s", all)
	}
	for _, i := range kept.incidents {
		for _, a := range i.Alerts {
			for _, s := range a.Segments {
				if s.Rows < 0.2 || s.Rows > 0.3 {
					t.Errorf("%s of four has %g of the rows", s.Segment, float64(s.Rows))
				}
			}
		}
	}
	if len(kept.incidents) == 0 {
		t.Error("no incident was committed")
	}
}

// keeping keeps the revisions of incidents.
type keeping struct {
	monitor.Store
	incidents []monitor.Incident
}

func (k *keeping) Commit(c *monitor.Commit) error {
	k.incidents = append(k.incidents, c.Incidents...)
	return k.Store.Commit(c)
}
