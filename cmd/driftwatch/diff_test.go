package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// linesFile writes n lines.
func linesFile(t *testing.T, name string, n int, line func(i int) string) string {
	t.Helper()
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i) + "\n")
	}
	file := filepath.Join(t.TempDir(), name)
	write(t, file, b.String())
	return file
}

// shop are n orders; the amounts are scaled, and of 100 so many have no channel.
func shop(t *testing.T, name string, n int, scale float64, missing int) string {
	return linesFile(t, name, n, func(i int) string {
		channel := fmt.Sprintf("%q", []string{"web", "app", "pos"}[i*7%10%3])
		if i%100 < missing {
			channel = "null"
		}
		return fmt.Sprintf(`{"amount": %.2f, "channel": %s, "flag": %v, "note": "text %d"}`, scale*float64(10+i*37%1000), channel, i%3 == 0, i)
	})
}

type diffAnswer struct {
	Features []struct {
		Name, Kind         string
		Reference, Current struct{ Rows, Missing uint64 }
		Stats              map[string]*float64
		Bins               []struct {
			Bin                     string
			Reference, Current, PSI float64
		}
	}
	OnlyCurrent []string `json:"only_current"`
}

func diffJSON(t *testing.T, args ...string) (a diffAnswer) {
	t.Helper()
	code, stdout, stderr := run(append([]string{"diff", "--json"}, args...)...)
	if code != exitDone {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if err := json.Unmarshal([]byte(stdout), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// Profiles and files, in any mix, say the same.
func TestDiffOfAnyMix(t *testing.T) {
	before, after := shop(t, "before.jsonl", 4000, 1, 0), shop(t, "after.jsonl", 3000, 1.5, 20)
	profiles := map[string]string{}
	for _, file := range []string{before, after} {
		profiles[file] = strings.TrimSuffix(file, ".jsonl") + ".profile"
		must(t, "records in", "profile", "--input", file, "-o", profiles[file])
	}
	want := diffJSON(t, before, after)
	if len(want.Features) != 4 || want.Features[0].Name != "channel" || want.Features[1].Name != "amount" {
		t.Fatalf("what moved most is not first: %+v", want.Features)
	}
	for i, f := range want.Features {
		if f.Reference.Rows != 4000 || f.Current.Rows != 3000 {
			t.Errorf("%s has %d and %d rows", f.Name, f.Reference.Rows, f.Current.Rows)
		}
		sum := 0.0
		for _, b := range f.Bins {
			sum += b.PSI
		}
		if psi := f.Stats["psi"]; psi != nil && math.Abs(sum-*psi) > 1e-12 {
			t.Errorf("%s: the bins add up to %v, psi is %v", f.Name, sum, *psi)
		}
		if i == 0 && f.Current.Missing != 600 {
			t.Errorf("%d are missing, want 600", f.Current.Missing)
		}
	}
	exact := diffJSON(t, profiles[before], after)
	for i := range want.Features {
		if a, b := want.Features[i], exact.Features[i]; a.Name != b.Name || a.Stats["psi"] != nil && *a.Stats["psi"] != *b.Stats["psi"] {
			t.Errorf("with a profile as the reference %s is %+v, else %+v", a.Name, b.Stats["psi"], a.Stats["psi"])
		}
	}
	for _, mix := range [][]string{{before, profiles[after]}, {profiles[before], profiles[after]}} {
		for i, f := range diffJSON(t, mix...).Features {
			a, b := want.Features[i].Stats["psi"], f.Stats["psi"]
			if (a == nil) != (b == nil) || a != nil && math.Abs(*a-*b) > 0.02+0.05**a {
				t.Errorf("%v: the psi of %s is %v, want nearly %v", mix, f.Name, *b, *a)
			}
		}
	}
}

func TestDiffFails(t *testing.T) {
	before, same, after := shop(t, "before.jsonl", 4000, 1, 0), shop(t, "same.jsonl", 3000, 1, 0), shop(t, "after.jsonl", 3000, 1.5, 20)
	for _, test := range []struct {
		current, fail string
		code          int
		stderr        string
	}{
		{same, "psi_lo > 0.1", exitDone, ""},
		{after, "psi_lo > 0.1", exitNo, "psi_lo > 0.1 holds for channel, amount\n"},
		{after, "mean_shift > 0.1", exitNo, "mean_shift > 0.1 holds for amount\n"},
		{after, "share(psi_lo > 0.1) > 0.5", exitNo, "holds for all together\n"},
		{after, "rows < 3000", exitDone, ""},
		{after, "psy > 0.1", exitFailed, `driftwatch: --fail: there is no statistic "psy"; did you mean "psi"?` + "\n"},
		{"nowhere.jsonl", "psi > 1", exitFailed, "driftwatch: cannot read what to compare: open nowhere.jsonl: no such file or directory\n"},
	} {
		code, stdout, stderr := run("diff", before, test.current, "--fail", test.fail)
		if code != test.code || !strings.HasSuffix(stderr, test.stderr) {
			t.Errorf("--fail %q exits with %d, want %d: %s", test.fail, code, test.code, stderr)
		}
		if code != exitFailed && !strings.Contains(stdout, "amount") {
			t.Errorf("it prints %s", stdout)
		}
	}
}

// What is only on one side is named, and nothing of it breaks the rest.
func TestDiffOfOtherFields(t *testing.T) {
	before := shop(t, "before.jsonl", 2000, 1, 0)
	other := linesFile(t, "other.jsonl", 2000, func(i int) string { return fmt.Sprintf(`{"amount": "12", "size": %d.5}`, i%50) })
	profile := filepath.Join(t.TempDir(), "other.profile")
	must(t, "records in", "profile", "--input", other, "-o", profile)
	a := diffJSON(t, before, profile)
	if len(a.OnlyCurrent) != 1 || a.OnlyCurrent[0] != "size" {
		t.Errorf("only in the current one: %q", a.OnlyCurrent)
	}
	for _, f := range a.Features {
		switch f.Name {
		case "amount":
			if rate := f.Stats["type_error_rate"]; rate == nil || *rate != 1 {
				t.Errorf("a number that became text: %v", rate)
			}
		default:
			if f.Current.Rows != 0 || f.Stats["psi"] != nil {
				t.Errorf("%s is not there, and has %d rows and a psi of %v", f.Name, f.Current.Rows, f.Stats["psi"])
			}
		}
	}
	empty := linesFile(t, "empty.jsonl", 0, nil)
	for _, files := range [][]string{{before, empty}, {before, os.DevNull}} {
		if code, stdout, stderr := run("diff", files[0], files[1]); code != exitDone || strings.Contains(stdout, "NaN") {
			t.Errorf("%v: exit code %d, %s%s", files, code, stdout, stderr)
		}
	}
	if code, _, stderr := run("diff", empty, before); code != exitFailed || !strings.Contains(stderr, "there are no records") {
		t.Errorf("without a reference: exit code %d, %s", code, stderr)
	}
}
