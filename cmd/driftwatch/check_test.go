package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What check says of the example.
func TestCheckExplains(t *testing.T) {
	want, err := filepath.Abs("testdata/good/payments.txt")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("../../examples/payments")
	code, stdout, stderr := run("check", "--config", "driftwatch.yaml")
	if code != exitDone || stderr != "" {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
	golden(t, want, mebibytesRead.ReplaceAllString(stdout, "N MiB"))
}

// Rules that the clock judges wait for no window; one that looks at segments only
// sees what its largest has the rows for.
func TestCheckOfClocksAndSegments(t *testing.T) {
	t.Chdir(t.TempDir())
	writeRows(t, "a.jsonl", 4000)
	write(t, "c.yaml", `kafka: {brokers: [localhost:9092]}
monitors:
  - name: payments
    topic: payments
    timestamp: at
    segments: [country]
    window: {size: 20m, every: 5m}
    reference: {profile: x.profile}
    features: [amount, channel, note]
rules:
  - {name: all, monitor: payments, features: [amount], when: psi_lo > 0.1}
  - {name: in-DE, monitor: payments, segments: ["country=DE"], when: psi_lo > 0.1, for: 7m}
  - {name: many-rows, monitor: payments, when: psi_lo > 0.1, min_samples: 2000}
  - {name: behind, monitor: payments, when: lag > 1000, for: 5m}
  - {name: blind, monitor: payments, when: blind > 0}
  - {name: lasting, monitor: payments, features: [amount], when: psi_lo > 0.1, windows: [10m, 1h]}
`)
	must(t, "records in", "profile", "--config", "c.yaml", "--input", "a.jsonl", "-o", "x.profile")
	_, stdout, _ := run("check", "--config", "c.yaml")
	for _, want := range []string{
		"; at that rate a window has 1200\n",
		"FEATURE  KIND         COUNTED BY          all SEES            many-rows SEES\n",
		"\n  channel  categorical  3 values            -                   too few rows\n",
		"\n  note     text         missing and type    -                   -\n",
		"that 9 of 10 windows of 1200 rows show;",
		"at once, by the clock  -         -\n",
		"nothing: too few rows",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not in", want)
		}
	}
	fields := func(rule string) string {
		for line := range strings.Lines(stdout) {
			if words := strings.Fields(line); len(words) > 0 && words[0] == rule {
				return strings.Join(words, " ")
			}
		}
		return ""
	}
	for rule, want := range map[string]string{
		"all":    "all psi_lo > 0.1 warn shifts: ",
		"in-DE":  "in-DE psi_lo > 0.1 warn shifts: ",
		"behind": "behind lag > 1000 warn 5m, by the clock",
		"blind":  "blind blind > 0 warn at once, by the clock",
	} {
		if got := fields(rule); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s...", rule, got, want)
		}
	}
	// The longest window decides how long it takes at worst; the shortest has half of
	// the rows, and sees less, and is not in the table of the monitor's own.
	if got := fields("lasting"); !strings.HasSuffix(got, " sd 10m30s 1h5m30s 1h6m") || got[:40] == fields("all")[:40] {
		t.Errorf("the delays are wrong: %s", got)
	}
	// 5m + 5m + 30s + 10m, 20m + 5m + 30s + 10m, and 30s.
	if got := fields("in-DE"); !strings.HasSuffix(got, " 20m30s 35m30s 36m") {
		t.Errorf("the delays are wrong: %s", got)
	}
	if t.Failed() {
		os.Stdout.WriteString(stdout)
	}
}

// What check says of rules that page, by the receivers there are.
func TestCheckOfPaging(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "token", "xoxb-1")
	const (
		none  = "warning: c.yaml:2:12: receivers: there is none, so alerts show in the API and the metrics only"
		calls = "stdout calls nobody, and Slack only whom mention.page names; give a receiver a mention.page, or send pages to a webhook that leads to a pager"
		out   = "{name: out, stdout: {}}"
		quiet = "{name: quiet, slack: {channel: a, token_file: token, mention: {warn: <!here>}}}"
		loud  = "{name: loud, slack: {channel: a, token_file: token, mention: {page: <!here>}}}"
		hook  = "{name: hook, webhook: {url: http://localhost:1}}"
	)
	for _, c := range []struct{ receivers, routes, rule, want string }{
		{"", "", "severity: page", none},
		{out, "", "severity: page", "warning: c.yaml:2:12: receivers: there is a rule of severity page and no receiver calls anybody: " + calls},
		{out + "," + quiet, "", "severity: page", "warning: c.yaml:2:12: receivers: there is a rule of severity page and no receiver calls anybody: " + calls},
		{out, "", "severity: warn", ""},
		{out + "," + loud, "", "severity: page", ""},
		{out + "," + hook, "", "severity: page", ""},
		{out + "," + hook, "page: [out]", "severity: page", "warning: c.yaml:5:58: rules[0].severity: a page of this rule calls nobody: it goes to out, and there " + calls},
		{out + "," + quiet + "," + hook, "page: [hook]", "severity: page, receivers: [out, quiet]", "warning: c.yaml:5:58: rules[0].severity: a page of this rule calls nobody: it goes to out, quiet, and there " + calls},
		{out + "," + hook, "page: [out]", "severity: page, receivers: [hook]", ""},
		{out + "," + hook, "warn: [out]", "severity: page", "warning: c.yaml:5:58: rules[0].severity: nobody is told of its alerts: routes send page to no receiver, and the rule names none"},
		{out, "warn: [out]", "severity: page", "warning: c.yaml:2:12: receivers: there is a rule of severity page and no receiver calls anybody: " + calls + "\nwarning: c.yaml:5:58: rules[0].severity: nobody is told of its alerts: routes send page to no receiver, and the rule names none"},
	} {
		write(t, "c.yaml", "kafka: {brokers: [localhost:9092]}\nreceivers: ["+c.receivers+"]\nroutes: {"+c.routes+"}\nmonitors: [{name: m, topic: t, reference: {learn: 1h}}]\nrules: [{name: r, monitor: m, when: rows == 0, "+c.rule+"}]\n")
		_, stdout, _ := run("check", "--config", "c.yaml")
		var got []string
		for line := range strings.Lines(stdout) {
			if strings.HasPrefix(line, "warning") {
				got = append(got, strings.TrimSpace(line))
			}
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("%s %s %s: got\n%s\nwant\n%s", c.receivers, c.routes, c.rule, strings.Join(got, "\n"), c.want)
		}
	}
}
