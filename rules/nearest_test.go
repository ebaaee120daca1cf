package rules_test

import (
	"testing"

	"driftwatch/rules"
)

func TestNearest(t *testing.T) {
	known := []string{"psi", "mean_shift", "missing_rate", "hellinger", "ks"}
	for name, want := range map[string]string{
		"psy": "psi", "mean_shft": "mean_shift", "missing-rate": "missing_rate", "helinger": "hellinger", "kolmogorov": "", "": "", "x": "", "PSI": "psi", "missing": "missing_rate",
	} {
		if got := rules.Nearest(name, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{
		"psy": `there is no statistic "psy"; did you mean "psi"?`,
		"zzz": `there is no statistic "zzz"; there are: psi, mean_shift, missing_rate, hellinger, ks`,
	} {
		if got := rules.Unknown("statistic", name, known); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := rules.Unknown("topic", "x", nil); got != `there is no topic "x", nor any other` {
		t.Errorf("got %q", got)
	}
}
