// Package payments_test runs the example as its reader would, by the command.
package payments_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what the commands give as what is expected; read the difference before it is committed")

// run runs driftwatch and wants it to succeed.
func run(t *testing.T, binary string, args ...string) (stdout, stderr []byte) {
	t.Helper()
	var out, diagnosis bytes.Buffer
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Stdout, cmd.Stderr = &out, &diagnosis
	if err := cmd.Run(); err != nil {
		t.Fatalf("driftwatch %s: %v\n%s%s", strings.Join(args, " "), err, &out, &diagnosis)
	}
	return out.Bytes(), diagnosis.Bytes()
}

func build(t *testing.T) (binary string) {
	t.Helper()
	binary = filepath.Join(t.TempDir(), "driftwatch")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "driftwatch/cmd/driftwatch").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}

// expect compares with a committed file.
func expect(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the command gives now; if that is right, run with -update\n%s", file, got)
	}
}

func TestExample(t *testing.T) {
	driftwatch := build(t)

	// First, since the others read it.
	t.Run("profile", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "payments.profile")
		run(t, driftwatch, "profile", "--config", "driftwatch.yaml", "--monitor", "payments", "--input", "reference.jsonl", "-o", file)
		profile, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		expect(t, "payments.profile", profile)
	})

	t.Run("check", func(t *testing.T) {
		run(t, driftwatch, "check", "--config", "driftwatch.yaml")
	})

	t.Run("backtest", func(t *testing.T) {
		stdout, stderr := run(t, driftwatch, "backtest", "--config", "driftwatch.yaml", "--input", "payments=day.jsonl", "--json")
		expect(t, "expected.jsonl", stdout)
		if !regexp.MustCompile(`6000 records in [0-9.]+ s \([0-9]+ records/s\)\n$`).Match(stderr) {
			t.Errorf("stderr does not end in the count and the rate:\n%s", stderr)
		}
	})
}

// What is expected is also right: the harmed fields fire and resolve, and no
// other one.
func TestExpectationIsTheFault(t *testing.T) {
	data, err := os.ReadFile("expected.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	path := map[string]string{}
	for line := range strings.Lines(string(data)) {
		var a struct{ State, Rule, Segment, Feature string }
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatal(err)
		}
		path[strings.TrimRight(a.Rule+" "+a.Feature+" "+a.Segment, " ")] += "=>" + a.State
	}
	for series, want := range map[string]string{
		"feature-drift amount":             "=>pending=>firing=>ok",
		"feature-drift channel":            "=>pending=>firing=>ok",
		"feature-drift risk_score":         "=>pending=>firing=>ok",
		"german-amounts amount country=DE": "=>pending=>firing=>ok",
		"missing-values risk_score":        "=>firing=>ok",
	} {
		if path[series] != want {
			t.Errorf("%s went %q, want %q", series, path[series], want)
		}
		delete(path, series)
	}
	for series, states := range path {
		t.Errorf("%s has no fault, and went %s", series, states)
	}
}

// The examples of an alert that fires are rows that show it.
func TestExamplesShowTheFault(t *testing.T) {
	day, err := os.ReadFile("day.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	rows := bytes.Split(day, []byte("\n"))
	data, err := os.ReadFile("expected.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for line := range strings.Lines(string(data)) {
		var a struct {
			State, Segment, Feature string
			Examples                []struct{ Offset int }
		}
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatal(err)
		}
		if a.State != "firing" || a.Segment != "" {
			continue
		}
		shown += len(a.Examples)
		for _, e := range a.Examples {
			var row struct {
				Amount  float64
				Channel string
				Risk    *float64 `json:"risk_score"`
			}
			if err := json.Unmarshal(rows[e.Offset], &row); err != nil {
				t.Fatal(err)
			}
			if is := map[string]bool{"amount": row.Amount > 77.1, "channel": row.Channel == "app", "risk_score": row.Risk == nil}; !is[a.Feature] {
				t.Errorf("%s: record %d does not show it: %s", a.Feature, e.Offset, rows[e.Offset])
			}
		}
	}
	if shown != 12 {
		t.Errorf("%d examples, want 3 of each of 4 alerts", shown)
	}
}
