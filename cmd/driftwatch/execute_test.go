package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// run executes a command line in this process.
func run(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = execute(args, &out, &err)
	return code, out.String(), err.String()
}

func TestExitCodes(t *testing.T) {
	t.Setenv("DRIFTWATCH_TEST_TEAM", "fraud")
	for _, test := range []struct {
		args   string
		code   int
		stderr string // a part of it
	}{
		{"", exitDone, ""},
		{"version", exitDone, ""},
		{"stats", exitDone, ""},
		{"stats --json", exitDone, ""},
		{"check --config ../../examples/payments/driftwatch.yaml", exitDone, ""},
		{"check --config testdata/bad/format.yaml", exitNo, ""},
		{"check --config nowhere.yaml", exitFailed, "driftwatch: cannot read the configuration: open nowhere.yaml: no such file or directory\n"},
		{"check", exitFailed, `driftwatch: required flag(s) "config" not set` + "\n"},
		{"run --config testdata/bad/format.yaml", exitFailed, "testdata/bad/format.yaml:6:13: monitors[0].format: "},
		{"run --config testdata/good/full.yaml --port 1", exitFailed, "driftwatch: unknown flag: --port; \"driftwatch run --help\" shows the flags there are\n"},
		{"rum", exitFailed, `driftwatch: unknown command "rum" for "driftwatch"`},
		{"version now", exitFailed, `driftwatch: unknown command "now" for "driftwatch version"`},
		{"backtest --config testdata/good/full.yaml --from yesterday", exitFailed, `driftwatch: --from "yesterday" is not a time; write earliest or a time such as 2026-11-01T00:00:00Z` + "\n"},
		{"backtest --config testdata/good/full.yaml --from 2026-11-02T00:00:00Z --to 2026-11-01T00:00:00Z", exitFailed, "is not before"},
		{"backtest --config testdata/good/full.yaml --input x.jsonl", exitFailed, "driftwatch: --input x.jsonl: there are several monitors; write MONITOR=FILE\n"},
		{"backtest --config testdata/good/full.yaml --input payment=x.jsonl", exitFailed, `there is no monitor "payment"; did you mean "payments"?`},
		{"backtest --config testdata/good/full.yaml --input payments=x.jsonl", exitFailed, "cannot open the input: open x.jsonl: no such file or directory"},
		{"backtest --config testdata/good/full.yaml --input payments=", exitFailed, "there is no file behind the ="},
		{"backtest --config testdata/good/full.yaml --input payments=x --input payments=y", exitFailed, "the monitor payments has a file already"},
		{"backtest --config testdata/good/full.yaml --monitor nothing", exitFailed, `driftwatch: --monitor: there is no monitor "nothing"; there are: payments, orders` + "\n"},
		{"profile --input x.jsonl", exitFailed, `driftwatch: required flag(s) "output" not set` + "\n"},
		{"profile -o x.profile", exitFailed, "at least one of the flags in the group [config input] is required"},
		{"profile --config testdata/good/full.yaml -o x.profile", exitFailed, "has 2 monitors; name one with --monitor"},
		{"profile show nowhere.profile", exitFailed, "driftwatch: cannot read the profile: open nowhere.profile: no such file or directory; driftwatch profile makes one\n"},
		{"version --log-level loud", exitFailed, "--log-level"},
	} {
		t.Run(test.args, func(t *testing.T) {
			code, _, stderr := run(strings.Fields(test.args)...)
			if code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			if test.stderr == "" && stderr != "" || !strings.Contains(stderr, test.stderr) {
				t.Errorf("stderr is %q, want %q in it", stderr, test.stderr)
			}
			if strings.Contains(stderr, "Usage:") {
				t.Errorf("stderr holds the usage: %q", stderr)
			}
		})
	}
}

// TestBinary holds that the program passes its exit code on.
func TestBinary(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "driftwatch")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for args, want := range map[string]int{
		"version": exitDone,
		"check --config testdata/bad/format.yaml": exitNo,
		"run --config testdata/bad/format.yaml":   exitFailed,
	} {
		cmd := exec.Command(binary, strings.Fields(args)...)
		_ = cmd.Run() // the exit code says it
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("driftwatch %s exits with %d, want %d", args, got, want)
		}
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{}, {"init"}, {"run"}, {"check"}, {"backtest"}, {"profile"}, {"profile", "show"}, {"stats"}, {"version"}} {
		name := strings.Join(append([]string{"driftwatch"}, args...), "-")
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := run(append(args, "--help")...)
			if code != exitDone || stderr != "" {
				t.Errorf("exit code %d, stderr %q", code, stderr)
			}
			if !strings.Contains(stdout, "Examples:\n") {
				t.Error("there is no example")
			}
			golden(t, filepath.Join("testdata", "help", name+".txt"), stdout)
		})
	}
}

func TestVersion(t *testing.T) {
	_, stdout, _ := run("version")
	if !strings.HasPrefix(stdout, "driftwatch ") || !strings.Contains(stdout, " go1.") {
		t.Errorf("version is %q", stdout)
	}
}

func TestStatsJSON(t *testing.T) {
	_, stdout, _ := run("stats", "--json")
	var answer struct {
		Statistics []struct {
			Name, Kinds, Doc string
		}
	}
	if err := json.Unmarshal([]byte(stdout), &answer); err != nil {
		t.Fatal(err)
	}
	_, table, _ := run("stats")
	if len(answer.Statistics) == 0 {
		t.Error("there are no statistics")
	}
	for _, s := range answer.Statistics {
		if s.Kinds == "" || s.Doc == "" || !strings.Contains(table, "\n"+s.Name+" ") {
			t.Errorf("%+v is not told in full", s)
		}
	}
}

func TestWriteFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "x.profile")
	for _, content := range []string{"first", "second"} {
		if err := writeFile(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != content {
			t.Fatalf("read %q, %v", got, err)
		}
	}
	if err := writeFile(filepath.Join(folder, "no", "x"), nil); err == nil {
		t.Error("wrote into a folder that is not there")
	}
	if left, _ := os.ReadDir(folder); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}
