package notify_test

import "testing"

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
