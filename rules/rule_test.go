package rules_test

import (
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"driftwatch/rules"
)

// The keys of a rule in a strict configuration file.
func TestRuleFromYAML(t *testing.T) {
	const text = `
name: feature-drift
monitor: payments
features: ["*", "!user_agent"]
segments: ["country=*"]
when: psi_lo > limit
limits: {default: 0.1, amount: 0.2}
clear: psi < 0.1
for: 10m
keep_firing_for: 1h30m
min_samples: 0
min_reference_samples: 50
no_data: ok
severity: page
summary: 'drift of {{ .Feature }}'
runbook: https://example.org/runbooks/drift
receivers: [pager]
labels: {team: ml}
`
	zero, fifty := 0, 50
	want := rules.Rule{
		Name: "feature-drift", Monitor: "payments", Features: []string{"*", "!user_agent"}, Segments: []string{"country=*"},
		When: "psi_lo > limit", Limits: map[string]float64{"default": 0.1, "amount": 0.2}, Clear: "psi < 0.1",
		For: minutes(10), KeepFiringFor: minutes(90), MinSamples: &zero, MinReferenceSamples: &fifty, NoData: "ok",
		Severity: "page", Summary: "drift of {{ .Feature }}", Runbook: "https://example.org/runbooks/drift",
		Receivers: []string{"pager"}, Labels: map[string]string{"team": "ml"},
	}
	decoder := yaml.NewDecoder(strings.NewReader(text))
	decoder.KnownFields(true)
	var got rules.Rule
	if err := decoder.Decode(&got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v (%v), want %+v", got, err, want)
	}
}

func TestRuleFromYAMLRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"for: -5m":         `duration "-5m" is negative; write a length of time such as 10m`,
		"stale_after: 24h": "field stale_after not found in type rules.Rule",
		"staleafter: 24h":  "field staleafter not found in type rules.Rule",
	} {
		decoder := yaml.NewDecoder(strings.NewReader(text))
		decoder.KnownFields(true)
		var r rules.Rule
		if err := decoder.Decode(&r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}
