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
	// 5m + 5m + 30s + 10m, 20m + 5m + 30s + 10m, and 30s.
	if got := fields("in-DE"); !strings.HasSuffix(got, " 20m30s 35m30s 36m") {
		t.Errorf("the delays are wrong: %s", got)
	}
	if t.Failed() {
		os.Stdout.WriteString(stdout)
	}
}
