package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"driftwatch/monitor"
)

func TestDemoFiresAndResolvesForTheFaultsAndNothingElse(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	if code := execute([]string{"demo", "--duration", "22s", "--json"}, &stdout, &stderr); code != exitDone {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	states := map[string][]string{}
	for line := range strings.Lines(stdout.String()) {
		var a monitor.Alert
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("a line of stdout is not an alert object: %v\n%s", err, line)
		}
		key := a.Rule + "/" + a.Feature
		states[key] = append(states[key], a.Previous+"=>"+a.State)
	}
	// Nulls are also a drift: what has no value is a bin of the PSI.
	for _, key := range []string{"drift/amount", "drift/channel", "drift/risk_score", "missing/risk_score"} {
		if want := []string{"ok=>firing", "firing=>ok"}; !slices.Equal(states[key], want) {
			t.Errorf("%s went %v, want %v", key, states[key], want)
		}
		delete(states, key)
	}
	for key, all := range states {
		t.Errorf("%s has no fault, and went %v", key, all)
	}
	if t.Failed() {
		t.Logf("stdout:\n%s\nstderr:\n%s", &stdout, &stderr)
	}
}

// The least rate there is, where windows can say the least.
func TestDemoTellsTheStory(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	if code := execute([]string{"demo", "--duration", "22s", "--rate", "200"}, &stdout, &stderr); code != exitDone {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	rest := stdout.String()
	for _, want := range []string{
		`00:00 200 payments/s go to the topic payments`,
		`metrics and API: http://127.0.0.1:\d+/`,
		`00:\d\d the reference is built`,
		`not watched: id, `,
		`00:\d\d now injecting: amount \+60 %`,
		`risk_score is missing in \d+ % of the rows`,
		`00:\d\d Slack would show:\n    \| `,
		`done: 4400 payments counted, \d+/s; 4 alerts fired, 4 resolved`,
	} {
		at := regexp.MustCompile(want).FindStringIndex(rest)
		if at == nil {
			t.Fatalf("the story lacks, in this order, %q:\n%s", want, &stdout)
		}
		rest = rest[at[1]:]
	}
	if stderr.Len() > 0 {
		t.Errorf("something was wrong: %s", &stderr)
	}
}

func TestDemoEndsOnCtrlCAndLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	binary, temp := filepath.Join(dir, "driftwatch"), filepath.Join(dir, "temp")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	demo := exec.CommandContext(t.Context(), binary, "demo")
	demo.Env = append(os.Environ(), "TMPDIR="+temp)
	var stdout, stderr bytes.Buffer
	demo.Stdout, demo.Stderr = &stdout, &stderr
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(3 * time.Second) // amid learning
	begin := time.Now()
	if err := demo.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := demo.Wait(); err != nil {
		t.Errorf("after Ctrl-C: %v\n%s", err, &stderr)
	}
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("it took %v to end", took)
	}
	if !strings.Contains(stdout.String(), "learning what is normal") {
		t.Errorf("it was not running yet:\n%s", &stdout)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("it left %v in its temporary folder (%v)", left, err)
	}
}

func TestDemoRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--duration", "5s"}, "--duration 5s is too short"},
		{[]string{"--duration", "-1s"}, "--duration -1s is too short"},
		{[]string{"--rate", "0"}, "--rate 0 cannot be used"},
		{[]string{"--rate", "NaN"}, "--rate NaN cannot be used"},
		{[]string{"--slack-channel", "#x"}, "--slack-channel needs a bot token"},
		{[]string{"--slack-token-file", "t"}, "--slack-token-file needs the channel"},
		{[]string{"--slack-token-file", "t", "--slack-webhook-file", "w"}, "two ways to reach Slack"},
		{[]string{"now"}, `unknown command "now"`},
	} {
		var stdout, stderr bytes.Buffer
		if code := execute(append([]string{"demo"}, c.args...), &stdout, &stderr); code != exitFailed || !strings.Contains(stderr.String(), c.want) {
			t.Errorf("demo %v: exit code %d, %q; want %d and %q", c.args, code, &stderr, exitFailed, c.want)
		}
	}
}
