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
	OnlyCurrent   []string `json:"only_current"`
	OnlyReference []string `json:"only_reference"`
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
		{after, "share(psi_lo > 0.1) > 0.5", exitNo, "holds for the features together\n"},
		{after, "rows < 3000", exitDone, ""},
		{after, "psy > 0.1", exitFailed, `driftwatch: --fail: there is no statistic "psy"; did you mean "psi"?` + "\n"},
		{after, "lag > 5", exitFailed, "driftwatch: --fail: lag > 5 asks how a topic is read, which two files do not tell\n"},
		{after, "delta(psi, 1h) > 0.1", exitFailed, "driftwatch: --fail: two files have no earlier windows that delta could look back to\n"},
		{after, "mean_shift > 0.1 && psi_baseline > 0", exitFailed, "can be said of nothing here\n"},
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
	if len(a.OnlyReference) != 3 {
		t.Errorf("only in the reference: %q", a.OnlyReference)
	}
	if b := diffJSON(t, before, other); len(b.OnlyCurrent) != 1 || b.OnlyCurrent[0] != "size" || len(b.OnlyReference) != 3 {
		t.Errorf("of files: only in the current one %q, in the reference %q", b.OnlyCurrent, b.OnlyReference)
	}
	if _, table, _ := run("diff", before, other); !strings.Contains(table, "\nonly in other.jsonl: size\n\nonly in before.jsonl: channel, flag, note\n") {
		t.Errorf("it prints\n%s", table)
	}
	for _, f := range a.Features {
		switch f.Name {
		case "amount":
			if rate := f.Stats["type_error_rate"]; rate == nil || *rate != 1 {
				t.Errorf("a number that became text: %v", rate)
			}
		default:
			if f.Current.Rows != 2000 || f.Current.Missing != 2000 {
				t.Errorf("%s is not there, and has %d rows of which %d are missing", f.Name, f.Current.Rows, f.Current.Missing)
			}
		}
	}
	for args, want := range map[string]string{
		before + " " + empty(t):        "has no usable record (0 were read, 0 malformed)",
		empty(t) + " " + before:        "there are no records",
		before + " " + os.DevNull:      "is no file that can be read more than once",
		before + " " + csv(t):          "has no usable record (3 were read, 3 malformed): the first looks like plain text; ",
		before + " --fail= " + same(t): "--fail: ",
	} {
		if code, stdout, stderr := run(append([]string{"diff"}, strings.Fields(args)...)...); code != exitFailed || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit code %d, %s%s, want %q", args, code, stdout, stderr, want)
		}
	}
}

func empty(t *testing.T) string { return linesFile(t, "empty.jsonl", 0, nil) }
func same(t *testing.T) string  { return shop(t, "same.jsonl", 2000, 1, 0) }
func csv(t *testing.T) string {
	return linesFile(t, "table.csv", 3, func(i int) string { return fmt.Sprintf("%d,a", i) })
}

// A feature that is one of categories in one profile and of texts in the other
// has no distance, and everything else of it is still said.
func TestDiffOfCategoriesAndTexts(t *testing.T) {
	values := func(name string, distinct int) string {
		file := linesFile(t, name+".jsonl", 20_000, func(i int) string {
			return fmt.Sprintf(`{"merchant": "m%d", "n": %d}`, i%distinct, i%7)
		})
		profile := strings.TrimSuffix(file, ".jsonl") + ".profile"
		must(t, "records in", "profile", "--input", file, "-o", profile)
		return profile
	}
	few, many := values("few", 990), values("many", 1100)
	for _, files := range [][]string{{few, many}, {many, few}} {
		for _, f := range diffJSON(t, files...).Features {
			if f.Name == "merchant" && (f.Stats["psi"] != nil || f.Current.Rows != 20_000 || f.Current.Missing != 0) {
				t.Errorf("%v: merchant is %+v", files, f)
			}
		}
	}
}
