// Package examples_test holds what the README shows to what the program does.
package examples_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// build makes the program.
func build(t *testing.T) (driftwatch string) {
	t.Helper()
	driftwatch = filepath.Join(t.TempDir(), "driftwatch")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", driftwatch, "driftwatch/cmd/driftwatch").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return driftwatch
}

// Every configuration in the README passes check, without a warning.
func TestReadmeConfigurations(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^```yaml\n(.*?)^```").FindAllSubmatch(readme, -1)
	if len(blocks) == 0 {
		t.Fatal("the README shows no configuration")
	}
	dir, driftwatch := t.TempDir(), build(t)
	if err := os.WriteFile(filepath.Join(dir, "slack.token"), []byte("xoxb-test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, block := range blocks {
		file := filepath.Join(dir, "driftwatch.yaml")
		if err := os.WriteFile(file, block[1], 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), driftwatch, "check", "--config", file).CombinedOutput()
		if err != nil || regexp.MustCompile(`(?m)^warning:`).Match(out) {
			t.Errorf("check: %v\n%s\n%s", err, out, block[1])
		}
	}
}

// The alert in the README is one that the example's backtest gives, with its
// lists cut to their first entry.
func TestReadmeAlert(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?ms)^```json\n(.*?)^```").FindSubmatch(readme)
	if block == nil {
		t.Fatal("the README shows no alert")
	}
	var shown map[string]any
	if err := json.Unmarshal(block[1], &shown); err != nil {
		t.Fatal(err)
	}
	expected, err := os.ReadFile("payments/expected.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(expected)) {
		var alert map[string]any
		if err := json.Unmarshal([]byte(line), &alert); err != nil {
			t.Fatal(err)
		}
		for key, value := range alert {
			if list, ok := value.([]any); ok && len(list) > 0 {
				alert[key] = list[:1]
			}
		}
		if reflect.DeepEqual(alert, shown) {
			return
		}
	}
	t.Errorf("no line of payments/expected.jsonl is the alert of the README:\n%s", block[1])
}
