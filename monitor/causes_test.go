package monitor_test

import (
	"slices"
	"testing"

	"driftwatch/monitor"
	"driftwatch/stats"
)

// A name that is no statistic ranks nothing, and what is not drift has a rank:
// whoever adds a statistic of rows or of a constraint must say what it causes.
func TestCausesAreTheStatisticsThatAreNotDrift(t *testing.T) {
	var ranked []string
	for _, of := range monitor.Causes {
		ranked = append(ranked, of...)
	}
	rowwise := map[string]bool{}
	for _, s := range monitor.Statistics(monitor.Config{}) {
		rowwise[s.Name] = s.Rowwise
	}
	var names []string
	for _, s := range stats.Table() {
		names = append(names, s.Name)
		ofRows := s.Scope == stats.Stream || s.Scope == stats.Constraint || s.Scope == stats.Clock || rowwise[s.Name]
		if ofRows && !slices.Contains(ranked, s.Name) {
			t.Errorf("%s has no rank among the causes", s.Name)
		}
	}
	for _, name := range ranked {
		if !slices.Contains(names, name) {
			t.Errorf("there is no statistic %q", name)
		}
	}
}
