package monitor_test

import (
	"strings"
	"testing"

	"driftwatch/monitor"
	"driftwatch/stats"
)

// What the table says to be known overall only, the rules know to be.
func TestOverallOnly(t *testing.T) {
	only := map[string]bool{}
	for _, s := range stats.Table() {
		only[s.Name] = only[s.Name] || strings.Contains(s.Doc, "overall only")
	}
	for _, s := range monitor.Statistics(monitor.Config{}) {
		if s.OverallOnly != only[s.Name] {
			t.Errorf("%s: overall only is %v, and the table says %v", s.Name, s.OverallOnly, only[s.Name])
		}
	}
}

// Without a key nothing is a duplicate of anything.
func TestDuplicatesNeedAKey(t *testing.T) {
	for key, want := range map[string]string{"": "key", "id": ""} {
		for _, s := range monitor.Statistics(monitor.Config{Key: key}) {
			if s.Name == "duplicate_rate" && s.Lacks != want {
				t.Errorf("with key %q it lacks %q", key, s.Lacks)
			}
		}
	}
}
