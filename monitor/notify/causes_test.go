package notify_test

import (
	"slices"
	"testing"

	"driftwatch/monitor"
	"driftwatch/monitor/notify"
	"driftwatch/stats"
)

// A name that is no statistic ranks nothing, and what is not drift has a rank:
// whoever adds a statistic of rows or of a constraint must say what it causes.
func TestCausesAreTheStatisticsThatAreNotDrift(t *testing.T) {
	ranked := slices.Concat(notify.Causes...)
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

// Of two rules what causes is told before what it may have caused, however large
// its PSI is.
func TestCausesComeFirst(t *testing.T) {
	order := []string{
		"malformed_rate > 0.01", "required_error_rate > 0", "check_rate.In_order2 > 0.01", "record_rate < 5", "max(psi) > limit",
	}
	for i, when := range order[1:] {
		effect, cause := other("effect", "", when, 9), other("cause", "", order[i], 0)
		effect.Summary, cause.Summary = "effect", "cause"
		if got := told(t, incident(nil, effect, cause), 1); got != "cause" {
			t.Errorf("%s is told after %s", order[i], when)
		}
	}
}
