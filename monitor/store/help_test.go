package store_test

import (
	"encoding/json"
	"testing"

	"driftwatch/monitor"
	"driftwatch/monitor/store"
)

// tester is what *testing.T and *rapid.T have in common.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

func must(t tester, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}

// same compares as JSON, in which an undefined number is equal to another.
func same(t tester, what string, got, want any) {
	t.Helper()
	g, err := json.Marshal(got)
	must(t, err)
	w, err := json.Marshal(want)
	must(t, err)
	if string(g) != string(w) {
		t.Fatalf("%s:\n got %s\nwant %s", what, g, w)
	}
}

func open(t *testing.T) *store.File {
	t.Helper()
	f, err := store.Open(t.TempDir())
	must(t, err)
	t.Cleanup(func() { must(t, f.Close()) })
	return f
}

func transition(id, state string) monitor.Transition {
	return monitor.Transition{Receivers: []string{"hook"}, Alert: monitor.Alert{ID: id, State: state, Monitor: "payments"}}
}

func incident(id string, revision uint64, receivers ...string) monitor.Incident {
	return monitor.Incident{ID: id, Revision: revision, Monitor: "payments", State: "firing", Started: monitor.UnixMilli(0), Receivers: receivers}
}

func over(i monitor.Incident, end int64) monitor.Incident {
	ended := monitor.UnixMilli(end)
	i.State, i.Ended = "resolved", &ended
	return i
}

func commit(t tester, s monitor.Store, transitions []monitor.Transition, incidents ...monitor.Incident) {
	t.Helper()
	must(t, s.Commit(&monitor.Commit{Transitions: transitions, Incidents: incidents, Expire: monitor.NoTime}))
}
