package rules_test

import (
	"math"
	"strings"
	"testing"

	"driftwatch/rules"
)

// Each case is a series' life: a value of psi_lo a minute, "-" for no sample,
// "?" for one that cannot be said. The rule asks psi_lo > 1 unless it says so.
func TestLifecycle(t *testing.T) {
	for _, c := range []struct {
		name   string
		rule   rules.Rule
		values string
		states string // after each minute: o, p, f
		reason string // of the last end
	}{
		{name: "ok", values: "0 1 0 ? -", states: "ooooo"},
		{name: "ok=>firing=>ok", values: "0 2 2 0", states: "offo"},
		{name: "ok=>pending=>ok", rule: rules.Rule{For: minutes(2)}, values: "2 2 0 2 0", states: "ppopo"},
		{name: "ok=>pending=>firing=>ok", rule: rules.Rule{For: minutes(2)}, values: "0 2 2 2 2 0", states: "oppffo"},
		{name: "pending=>unknown=>firing, the clock goes on", rule: rules.Rule{For: minutes(2)}, values: "2 ? - 2", states: "pppf"},
		{name: "pending=>unknown=>ok", rule: rules.Rule{For: minutes(2)}, values: "2 ? 0", states: "ppo"},
		{name: "firing=>unknown=>firing=>ok", values: "2 ? - ? 2 0", states: "fffffo"},
		{name: "firing=>unknown=>ok", values: "2 ? 0", states: "ffo"},
		{name: "firing=>ok=>firing", values: "2 0 2", states: "fof"},
		{name: "keep_firing_for", rule: rules.Rule{KeepFiringFor: minutes(2)}, values: "2 0 0 0", states: "fffo"},
		{name: "keep_firing_for starts again when it breaches", rule: rules.Rule{KeepFiringFor: minutes(2)}, values: "2 0 0 2 0 0 0", states: "ffffffo"},
		{name: "keep_firing_for starts again when it is unknown", rule: rules.Rule{KeepFiringFor: minutes(2)}, values: "2 0 0 ? 0 0 0", states: "ffffffo"},
		{name: "clear is lower than when", rule: rules.Rule{Clear: "psi_lo < 0.5"}, values: "2 0.8 0.6 0.4", states: "fffo"},
		{name: "clear does not end what breaches", rule: rules.Rule{Clear: "psi_lo < 5"}, values: "2 2 0", states: "ffo"},
		{name: "clear does not matter to pending", rule: rules.Rule{For: minutes(2), Clear: "psi_lo < 0.5"}, values: "2 0.8", states: "po"},
		{name: "clear is known where when is not", rule: rules.Rule{When: "psi_lo > 1", Clear: "missing_rate == 0"}, values: "2 ?", states: "fo"},
		{name: "no_data: ok", rule: rules.Rule{NoData: "ok"}, values: "? 2 ?", states: "ofo", reason: rules.ReasonNoData},
		{name: "no_data: ok without a sample", rule: rules.Rule{NoData: "ok"}, values: "2 -", states: "fo", reason: rules.ReasonNoData},
		{name: "no_data: ok ends pending", rule: rules.Rule{NoData: "ok", For: minutes(5)}, values: "2 -", states: "po", reason: rules.ReasonNoData},
		{name: "no_data: ok leaves a known clear alone", rule: rules.Rule{NoData: "ok", Clear: "missing_rate > 0"}, values: "2 ?", states: "ff"},
		{name: "no_data: fire", rule: rules.Rule{NoData: "fire"}, values: "0 ? - 0", states: "offo"},
		{name: "no_data: fire waits for", rule: rules.Rule{NoData: "fire", For: minutes(1)}, values: "- -", states: "pf"},
		{name: "no_data: fire does not vanish", rule: rules.Rule{NoData: "fire", StaleAfter: minutes(2)}, values: "2 - - - -", states: "fffff"},
		{name: "firing=>vanished", rule: rules.Rule{StaleAfter: minutes(3)}, values: "2 ? - - - -", states: "ffffoo", reason: rules.ReasonVanished},
		{name: "a known window starts stale_after again", rule: rules.Rule{StaleAfter: minutes(3)}, values: "2 - - 2 - - - -", states: "fffffffo", reason: rules.ReasonVanished},
		{name: "known but not clear is not stale", rule: rules.Rule{StaleAfter: minutes(2), Clear: "psi_lo < 0.5"}, values: "2 0.8 0.8 0.8 0.8", states: "fffff"},
		{name: "pending=>vanished", rule: rules.Rule{StaleAfter: minutes(3), For: minutes(9)}, values: "2 - - - -", states: "ppppo", reason: rules.ReasonVanished},
		{name: "known without rows goes on", rule: rules.Rule{When: "rows == 0", StaleAfter: minutes(2)}, values: "- - - - -", states: "fffff"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.rule.When == "" {
				c.rule.When = "psi_lo > 1"
			}
			c.rule.Features = []string{"amount"}
			e := compile(t, c.rule)
			state, reason, states := rules.OK, "", ""
			for i, value := range strings.Fields(c.values) {
				changes := e.Step(minute(i), windowAt(minute(i)), lifeSamples(t, value))
				for _, change := range changes {
					if change.Previous != state {
						t.Errorf("minute %d: from %s, but the state was %s", i, change.Previous, state)
					}
					state, reason = change.State, change.Reason
				}
				states += string(state[0])
			}
			if states != c.states || reason != c.reason {
				t.Errorf("states %s (reason %q), want %s (%q)", states, reason, c.states, c.reason)
			}
		})
	}
}

func lifeSamples(t *testing.T, value string) []rules.Sample {
	stream := sample("", "", stats{"rows": 0})
	switch value {
	case "-":
		return []rules.Sample{stream}
	case "?":
		return []rules.Sample{stream, sample("", "amount", stats{"psi_lo": math.NaN(), "missing_rate": 0})}
	}
	return []rules.Sample{stream, sample("", "amount", stats{"psi_lo": number(t, value), "missing_rate": 1})}
}

// The id keeps the end of the window in which the series left ok, and since is
// fixed then.
func TestIdentityOverALife(t *testing.T) {
	e := compile(t, rules.Rule{Name: "drift", When: "psi_lo > 1", Features: []string{"amount"}, Segments: []string{"country=DE"}, For: minutes(2)})
	var all []rules.Transition
	for i, value := range []string{"0", "2", "2", "2", "0", "2"} {
		samples := []rules.Sample{sample("country=DE", "amount", stats{"psi_lo": number(t, value)})}
		all = append(all, e.Step(minute(i), windowAt(minute(i)), samples)...)
	}
	want := `10:06 payments/drift/country=DE/amount/2026-11-23T10:06:00Z ok=>pending "" since 10:01
10:08 payments/drift/country=DE/amount/2026-11-23T10:06:00Z pending=>firing "" since 10:01
10:09 payments/drift/country=DE/amount/2026-11-23T10:06:00Z firing=>ok "" since 10:01
10:10 payments/drift/country=DE/amount/2026-11-23T10:10:00Z ok=>pending "" since 10:05
`
	if got := describe(all); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}
