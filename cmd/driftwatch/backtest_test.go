package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var rateLine = regexp.MustCompile(`^[0-9]+ records in [0-9.]+ s \([0-9]+ records/s\)$`)

// A backtest says what it went through; the rate is its last line.
func TestBacktestSaysWhatWasJudged(t *testing.T) {
	t.Chdir(t.TempDir())
	writeRows(t, "a.jsonl", 3000)
	broken, err := os.ReadFile("a.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	write(t, "a.jsonl", string(broken)+"{\n")
	base := `kafka: {brokers: [localhost:9092]}
monitors:
  - name: payments
    topic: payments
    timestamp: at
    reference: {learn: 10m}
rules:
  - {name: drift, monitor: payments, features: [amount], when: psi_lo > 0.1}
  - {name: behind, monitor: payments, when: lag > 1000}
  - {name: old, monitor: payments, when: freshness > 60}
  - {name: rate, monitor: payments, features: [amount], when: psi > -1, min_samples: 299, min_reference_samples: 100}
  - {name: change, monitor: payments, features: [amount], when: "delta(psi, 20m) > 9", min_samples: 100, min_reference_samples: 100}
`
	for _, c := range []struct {
		name, from, to string
		code           int
		want           []string
	}{
		{"as it is", "", "", exitDone, []string{
			"payments: 49 windows closed, 1 alert fired; 3000 records counted, 1 rejected: 1 malformed\n",
			"payments: 2 rules are judged by the clock and have no say in a backtest: behind, old\n",
			"payments: rule drift was never decided: too few rows (min_samples, min_reference_samples), or a statistic that cannot be said\n",
			// The first 4 of the 49 are partial; from the 22nd on there were 100 rows 20 m before.
			"payments: rule change was undecided in 17 of 45 windows with rows\n",
		}},
		{"too little to learn from", "learn: 10m", "learn: 2h", exitFailed, []string{
			"payments: 0 windows closed, 0 alerts fired; 3000 records counted, 1 rejected: 1 malformed\n",
			"payments: nothing was compared: the records end before the reference is learned, which takes 2h of event time; give more of them, or another reference\n",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			write(t, "c.yaml", strings.Replace(base, c.from, c.to, 1))
			code, _, stderr := run("backtest", "--config", "c.yaml", "--input", "a.jsonl", "--log-level", "error")
			lines := strings.Split(strings.TrimSuffix(stderr, "\n"), "\n")
			if code != c.code || !rateLine.MatchString(lines[len(lines)-1]) {
				t.Errorf("exit code %d, want %d; the last line is %q", code, c.code, lines[len(lines)-1])
			}
			for _, want := range c.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("%q is not in\n%s", want, stderr)
				}
			}
			if strings.Contains(stderr, "rule rate") {
				t.Errorf("a rule that was undecided in partial windows only is told of\n%s", stderr)
			}
		})
	}
}

// Where most records are malformed, it says what one of them looks like.
func TestBacktestSaysWhatRecordsLookLike(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "a.jsonl", strings.Repeat("{\"at\": 1793527200, \"amount\": 1}\n"+strings.Repeat("{'at': 1793527200, 'amount': 1}\n", 3), 100))
	write(t, "c.yaml", `kafka: {brokers: [localhost:9092]}
monitors:
  - {name: payments, topic: payments, timestamp: at, reference: {learn: 10m}}
`)
	_, _, stderr := run("backtest", "--config", "c.yaml", "--input", "a.jsonl", "--log-level", "error")
	want := "payments: most records are malformed; one of them looks like JSON-like text with single quotes, as Python prints a dictionary, at byte 2 of 31; have the producer write it with a JSON library, not by hand\n"
	if !strings.Contains(stderr, want) {
		t.Errorf("%q is not in\n%s", want, stderr)
	}
}
