package main

import (
	"path/filepath"
	"strings"
	"testing"
)

const testedConfig = `kafka: {brokers: ["localhost:9092"]}
monitors:
  - {name: m, topic: t, reference: {learn: 1h}, window: {size: 5m, every: 1m}, features: [x, y, {name: c, kind: categorical}]}
rules:
  - {name: drift, monitor: m, features: [x, y], when: psi > limit, limits: {default: 0.2, y: 0.5}, for: 2m, keep_firing_for: 2m, min_samples: 500, severity: page, summary: "{{ .Feature }} moved"}
  - {name: many, monitor: m, when: count(psi > 0.2) >= 2 && max(psi) > 0.3}
  - {name: silent, monitor: m, features: [c], when: new_rate > 0.1, no_data: fire}
  - {name: given-up, monitor: m, features: [c], when: missing_rate > 0.1, no_data: ok}
  - {name: jump, monitor: m, features: [x], when: "delta(psi, 2m) > 0.1"}
  - {name: late, monitor: m, when: lag > 100}
`

// What a rule can say is told from values over time: the tests pass that are
// right, and a wrong one says what came instead.
func TestTestCommand(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "driftwatch.yaml"), testedConfig)
	file := filepath.Join(dir, "rules.yaml")
	for _, c := range []struct{ name, tests, fails string }{
		{"for and keep_firing_for", `{rules: [drift], samples: [{feature: x, stats: {psi: "0 0.3x4 0x4"}}], expect: [
			{at: 1m}, {at: 3m, alerts: [{rule: drift, feature: x, state: pending}]}, {at: 4m, alerts: [{rule: drift, feature: x, summary: x moved}]},
			{at: 7m, alerts: [{rule: drift, feature: x}]}, {at: 8m}]}`, ""},
		{"limits", `{rules: [drift], samples: [{feature: x, stats: {psi: "0.3x4"}}, {feature: y, stats: {psi: "0.3x4"}}], expect: [{at: 4m, alerts: [{rule: drift, feature: x}]}]}`, ""},
		{"min_samples", `{rules: [drift], samples: [{feature: x, stats: {psi: "0.3x9"}}, {stats: {rows: "499x9"}}], expect: [{at: 9m}]}`, ""},
		{"count and max", `{rules: [many], samples: [{feature: x, stats: {psi: "0.3 0.31"}}, {feature: y, stats: {psi: "0.3x2"}}], expect: [{at: 1m}, {at: 2m, alerts: [{rule: many}]}]}`, ""},
		{"no_data fire", `{rules: [silent], samples: [{feature: c, stats: {new_rate: "0 _"}}], expect: [{at: 1m}, {at: 2m, alerts: [{rule: silent, feature: c}]}]}`, ""},
		{"no_data ok", `{rules: [given-up], samples: [{feature: c, stats: {missing_rate: "0.5 _"}}], expect: [{at: 1m, alerts: [{rule: given-up, feature: c}]}, {at: 2m}]}`, ""},
		{"delta", `{rules: [jump], samples: [{feature: x, stats: {psi: "0.1 0.1 0.15 0.25 0.25"}}], expect: [{at: 3m}, {at: 4m, alerts: [{rule: jump, feature: x}]}, {at: 5m}]}`, ""},
		{"by the clock", `{rules: [late], samples: [{stats: {lag: "100 101"}}], expect: [{at: 1m}, {at: 2m, alerts: [{rule: late}]}]}`, ""},
		{"vanished", `{rules: [drift], interval: 6h, samples: [{feature: x, stats: {psi: "0.3x2 _x6"}}], expect: [{at: 12h, alerts: [{rule: drift, feature: x}]}, {at: 48h}]}`, ""},
		{
			"another state", `{name: wrong, rules: [drift], samples: [{feature: x, stats: {psi: "0.3x2"}}], expect: [{at: 2m, alerts: [{rule: drift, feature: x}]}]}`,
			"  wrong: at 2m (2026-01-05T00:02:00Z) the alerts are not as expected\n    - expected: firing drift x\n    + got:      pending drift x  (psi 0.3)\n",
		},
		{
			"another summary", `{name: wrong, rules: [drift], samples: [{feature: x, stats: {psi: "0.3x3"}}], expect: [{at: 3m, alerts: [{rule: drift, feature: x, summary: x stays}]}]}`,
			"the summary of firing drift x is not as expected\n    - expected: x stays\n    + got:      x moved\n",
		},
		{
			"another message", `{name: wrong, rules: [late], samples: [{stats: {lag: "101"}}], expect: [{at: 1m, alerts: [{rule: late}], message: all is well}]}`,
			"the message is not as expected\n    - expected: all is well\n    + got:      🟠 WARN m firing\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			write(t, file, "config: driftwatch.yaml\ntests:\n  - "+strings.ReplaceAll(c.tests, "\t", "")+"\n")
			code, stdout, stderr := run("test", file)
			want := exitDone
			if c.fails != "" {
				want = exitNo
			}
			if code != want || !strings.Contains(stdout, c.fails) {
				t.Errorf("exit code %d, want %d and %q:\n%s%s", code, want, c.fails, stdout, stderr)
			}
		})
	}
}

// A test that makes no sense says where and why, and does not pass.
func TestTestCommandRefuses(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "driftwatch.yaml"), testedConfig)
	file := filepath.Join(dir, "rules.yaml")
	for text, want := range map[string]string{
		"tests: [{expect: [{at: 1m}]}]\n":                  ":1:1: config: is missing",
		"config: driftwatch.yaml\n":                        "tests: is missing",
		"config: driftwatch.yaml\ntests: [{monitr: m}]\n":  `did you mean "monitor"?`,
		"config: driftwatch.yaml\ntests: [{monitor: n}]\n": `:2:19: tests[0].monitor: there is no monitor "n"; there are: m`,
		"config: driftwatch.yaml\ntests: [{samples: [{feature: x, stats: {pis: '1'}}], expect: [{at: 1m}]}]\n":                                   `did you mean "psi"?`,
		"config: driftwatch.yaml\ntests: [{samples: [{feature: x, stats: {psi: 'a lot'}}], expect: [{at: 1m}]}]\n":                               `"a" is no value`,
		"config: driftwatch.yaml\ntests: [{samples: [{feature: x, stats: {ks: '1x2', psi: '1x3'}}], expect: [{at: 1m}]}]\n":                      "has 3 values and the first statistic 2",
		"config: driftwatch.yaml\ntests: [{samples: [{feature: x, stats: {psi: '1x3'}}], expect: [{at: 4m}]}]\n":                                 "no window ends 4m after the start; they end every 1m up to 3m",
		"config: driftwatch.yaml\ntests: [{samples: [{feature: x, stats: {psi: '1x3'}}], expect: [{at: 1m, alerts: [{rule: dirft}]}]}]\n":        `did you mean "drift"?`,
		"config: driftwatch.yaml\ntests: [{samples: [{feature: x, stats: {psi: '1'}}], expect: [{at: 1m, alerts: [{rule: drift, state: ok}]}]}]": "use firing or pending",
		"config: driftwatch.yaml\ntests: [{samples: [{feature: x, stats: {psi: '1x99999999'}}], expect: [{at: 1m}]}]\n":                          "too many values",
		"config: nowhere.yaml\ntests: [{expect: [{at: 1m}]}]\n":                                                                                  "nowhere.yaml",
	} {
		write(t, file, text)
		if code, stdout, stderr := run("test", file); code != exitFailed || !strings.Contains(stderr, want) {
			t.Errorf("%sexit code %d, want %q:\n%s%s", text, code, want, stdout, stderr)
		}
	}
}
