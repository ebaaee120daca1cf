// Package examples_test holds what the README shows to what the program does.
package examples_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
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

// Every configuration in the README passes check, without a warning, and every
// test of rules passes on those of the example.
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
	if err := os.CopyFS(dir, os.DirFS("payments")); err != nil {
		t.Fatal(err)
	}
	for _, block := range blocks {
		file, args := filepath.Join(dir, "readme.yaml"), []string{"check", "--config"}
		if strings.HasPrefix(string(block[1]), "config: ") {
			file, args = filepath.Join(dir, "tests", "readme.yaml"), []string{"test"}
		}
		if err := os.WriteFile(file, block[1], 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), driftwatch, append(args, file)...).CombinedOutput()
		if err != nil || regexp.MustCompile(`(?m)^warning:`).Match(out) {
			t.Errorf("%s: %v\n%s\n%s", args[0], err, out, block[1])
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

// asks runs a command that asks a driftwatch that runs, where none does: all that
// is wrong with it is that nobody answers.
func asks(t *testing.T, driftwatch, line string) {
	cmd := exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(line, "driftwatch", driftwatch, 1))
	cmd.Env = append(os.Environ(), "DRIFTWATCH_SERVER=http://127.0.0.1:1")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.HasPrefix(string(out), "driftwatch: no driftwatch answers at 127.0.0.1:1: ") {
		t.Errorf("%s: %v\n%s", line, err, out)
	}
}

// The commands in the README work as they are written, on its configuration and
// the data of the example; those that need a broker are left out here.
func TestReadmeCommands(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir, driftwatch := t.TempDir(), build(t)
	config := regexp.MustCompile("(?ms)^```yaml\n(.*?)^```").FindSubmatch(readme)[1]
	files := map[string][]byte{"driftwatch.yaml": config, "slack.token": []byte("xoxb-test\n")}
	for _, name := range []string{"reference.jsonl", "day.jsonl"} {
		if files[name], err = os.ReadFile(filepath.Join("payments", name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) {
		cmd := exec.CommandContext(t.Context(), driftwatch, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("driftwatch %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	tried := map[string]bool{}
	for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```").FindAllSubmatch(readme, -1) {
		for line := range strings.Lines(string(block[1])) {
			line, _, _ = strings.Cut(line, "#")
			words := strings.Fields(line)
			if len(words) < 2 || words[0] != "driftwatch" || words[1] == "run" || strings.Contains(line, " --from ") || strings.Contains(line, " --brokers ") {
				continue
			}
			tried[words[1]] = true
			if slices.Contains([]string{"silence", "mark", "ack"}, words[1]) {
				asks(t, driftwatch, line)
				continue
			}
			run(words[1:]...)
		}
	}
	for _, command := range []string{"init", "check", "profile", "diff"} {
		if !tried[command] {
			t.Errorf("the README does not show driftwatch %s", command)
		}
	}

	// The profile that was made is one for the configuration.
	learn := regexp.MustCompile(`reference: \{learn: .*\n`)
	if !learn.Match(config) {
		t.Fatal("the README's configuration does not learn its reference")
	}
	config = learn.ReplaceAll(config, []byte("reference: {profile: payments.profile}\n"))
	if err := os.WriteFile(filepath.Join(dir, "driftwatch.yaml"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	run("check", "--config", "driftwatch.yaml")
	run("backtest", "--config", "driftwatch.yaml", "--input", "day.jsonl")
}

// What the README shows of a command's output is cut from what it prints for the
// example.
func TestReadmeOutput(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	driftwatch := build(t)
	for _, command := range []string{"diff", "check"} {
		t.Run(command, func(t *testing.T) { testOutput(t, driftwatch, readme, command) })
	}
}

func testOutput(t *testing.T, driftwatch string, readme []byte, command string) {
	block := regexp.MustCompile("(?ms)^driftwatch (" + command + " [^\n]*)\n```\n\n```text\n(.*?)^```").FindSubmatch(readme)
	if block == nil {
		t.Fatalf("the README shows no %s with its output", command)
	}
	cmd := exec.CommandContext(t.Context(), driftwatch, strings.Fields(string(block[1]))...)
	cmd.Dir = "payments"
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	rest := string(out)
	for line := range strings.Lines(string(block[2])) {
		line = strings.TrimSpace(line)
		if line == "" || line == "…" {
			continue
		}
		_, after, found := strings.Cut(rest, line)
		if !found {
			t.Fatalf("it does not print, or not here: %s\n%s", line, out)
		}
		rest = after
	}
}
