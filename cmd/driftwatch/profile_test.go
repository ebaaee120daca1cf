package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// writeRows writes n JSON lines with an event a second.
func writeRows(t *testing.T, file string, n int) {
	t.Helper()
	random := rand.New(rand.NewPCG(2, 3))
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"at": "2026-11-01 %02d:%02d:%02d", "id": "%016x", "amount": %d, "country": %q, "channel": %q, "note": %q, "tags": []}`+"\n",
			i/3600, i/60%60, i%60, random.Uint64(), i%100, []string{"DE", "FR"}[i%2], []string{"app", "web", "shop"}[i%3], fmt.Sprintf("note %d", i))
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestProfileOfFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	writeRows(t, "a.jsonl", 2000)
	writeRows(t, "b.jsonl", 1000)
	must(t, "3000 records in ", "profile", "--input", "a.jsonl", "--input", "b.jsonl",
		"--timestamp", "at", "--key", "id", "--segments", "country,channel", "-o", "x.profile")

	_, table, _ := run("profile", "show", "x.profile")
	for _, want := range []string{
		"source    a.jsonl, b.jsonl\n",
		"rows      3000 from 2026-11-01T00:00:00Z to ",
		"volume    3000 rows, 1.501 a second\n",
		"fields    7\n",
		"segments  country=DE  country=FR  country=(other)  channel=",
		"\namount   numeric      3000    0 %      0    4.95  49.5  94.05  99   \n",
		"\nNot watched:\n  at    the timestamp\n  id    the key\n",
		"\nnote     text ",
		"\n  tags  an array",
	} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is not in:\n%s", want, table)
		}
	}

	var all exported
	_, text, _ := run("profile", "show", "x.profile", "--json")
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Features) != 5 || len(all.Segments) != 8 || all.Segments[0].Rows != 3000 {
		t.Fatalf("exported %d features, %d segments, %d rows", len(all.Features), len(all.Segments), all.Segments[0].Rows)
	}
	if first, last := all.Segments[0].Segment, all.Segments[4].Segment; first != "" || last != "channel=app" {
		t.Errorf("the segments begin with %q, the fifth is %q", first, last)
	}
	if v := all.Volume; v == nil || v.Rows != 3000 || v.From.Time != all.From.Time || v.To.Time != all.To.Time || v.Hours != nil {
		t.Errorf("the volume is %+v", v)
	}
	if f := all.Fields; len(f) != 7 || f[6].Name != "tags" || f[6].Rows != 3000 || f[6].Types["nested"] != 3000 || f[6].Constant || all.FieldRows != 3000 || all.FieldsCut {
		t.Errorf("the fields are %+v of %d rows", f, all.FieldRows)
	}
	for _, s := range all.Segments {
		for i, f := range s.Features {
			sum := uint64(0)
			for _, n := range f.NoValue {
				sum += n
			}
			for _, n := range f.Cells {
				sum += n
			}
			if sum != s.Rows || f.Rows != s.Rows {
				t.Errorf("%s of segment %q: the cells have %d rows of %d", all.Features[i].Name, s.Segment, sum, s.Rows)
			}
		}
	}
}

// What a profile says of its time and fields where that is not plain.
func TestProfileShowOfVolumeAndFields(t *testing.T) {
	file := linesFile(t, "rows.jsonl", 2000, func(i int) string {
		at := 1764000000 + 700*i
		if i < 5 {
			at = 0
		}
		return fmt.Sprintf(`{"at": %d, "x": %d, "by": {"k%d": 1}}`, at, i%7, i)
	})
	profile := strings.TrimSuffix(file, ".jsonl") + ".profile"
	must(t, "records in", "profile", "--input", file, "--timestamp", "at", "-o", profile)
	_, table, _ := run("profile", "show", profile)
	for _, want := range []string{
		"rows      2000 from 1970-01-01T00:00:00Z to 2025-12-10T",
		"\nvolume    1995 rows from 2025-11-24T16:58:20Z to 2025-12-10T20:41:40Z, 0.001429 a second, also by hour of the week\n",
		"\nfields    3; ever new keys in by.*\n",
		"\n  by.*  an object whose keys are values",
	} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is not in:\n%s", want, table)
		}
	}
	old := filepath.Join("..", "..", "stats", "testdata", "version2.profile")
	if _, table, _ := run("profile", "show", old); !strings.Contains(table, "\nvolume    not known\nfields    not known\n") {
		t.Errorf("of a profile of a former version is shown\n%s", table)
	}
}

// mebibytesRead are what depends on the number of processors.
var mebibytesRead = regexp.MustCompile(`[0-9.]+ MiB`)

// TestProfileThenCheck also reads the ways of writing that full.yaml has no
// room for.
func TestProfileThenCheck(t *testing.T) {
	t.Setenv("DRIFTWATCH_TEST_SECRET", "very-secret")
	source, err := os.ReadFile("testdata/good/forms.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want, err := filepath.Abs("testdata/good/forms.txt")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	write(t, "forms.yaml", string(source))
	write(t, "web.yaml", "http_server_config: {http2: false}\n")
	writeRows(t, "a.jsonl", 2000)
	must(t, "", "profile", "--config", "forms.yaml", "--input", "a.jsonl", "-o", "payments.profile")

	code, stdout, stderr := run("check", "--config", "forms.yaml")
	if code != exitDone || stderr != "" || strings.Contains(stdout, "very-secret") {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
	golden(t, want, mebibytesRead.ReplaceAllString(stdout, "N MiB"))

	cfg, err := loadRunnable("forms.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Kafka.SASL.Password != "very-secret" || cfg.HTTP.WebConfig != "web.yaml" || cfg.Monitors[0].Timestamp.Layout == "" {
		t.Errorf("read %+v", cfg)
	}
}

func TestProfileThatDoesNotFit(t *testing.T) {
	t.Chdir(t.TempDir())
	writeRows(t, "a.jsonl", 2000)
	must(t, "", "profile", "--input", "a.jsonl", "--timestamp", "at", "-o", "x.profile")
	write(t, "c.yaml", `kafka: {brokers: [localhost:9092]}
monitors:
  - name: payments
    topic: payments
    timestamp: at
    reference: {profile: x.profile}
    features: [amount, {name: country, kind: boolean}]
`)
	code, stdout, _ := run("check", "--config", "c.yaml")
	if code != exitNo || !strings.HasPrefix(stdout, `c.yaml:6:16: monitors[0].reference: `) || !strings.Contains(stdout, `"country" is declared boolean and is categorical`) {
		t.Errorf("exit code %d: %s", code, stdout)
	}
}

// Everything is exported for other programs, and with --redact nothing that few
// rows have.
func TestProfileShowExports(t *testing.T) {
	file := linesFile(t, "rows.jsonl", 4000, func(i int) string {
		name := fmt.Sprintf("%q", []string{"common", "usual"}[i%2])
		if i == 7 {
			name = `"Jane Doe"`
		}
		return fmt.Sprintf(`{"at": %d, "amount": %d.123456, "who": %s, "country": %q}`, 1764000000+i, 10+i*37%1000, name, []string{"DE", "FR"}[i%2])
	})
	profile := strings.TrimSuffix(file, ".jsonl") + ".profile"
	must(t, "records in", "profile", "--input", file, "--timestamp", "at", "--segments", "country", "-o", profile)
	show := func(args ...string) (text string, out exported) {
		t.Helper()
		code, stdout, stderr := run(append([]string{"profile", "show", "--json", profile}, args...)...)
		if code != exitDone {
			t.Fatal(stderr)
		}
		if err := json.Unmarshal([]byte(stdout), &out); err != nil {
			t.Fatal(err)
		}
		return stdout, out
	}
	text, all := show()
	if !strings.Contains(text, "Jane Doe") {
		t.Error("not everything is exported")
	}
	for _, f := range all.Features {
		if f.Baseline == nil || f.Baseline.Windows != 12 || f.Baseline.WindowMS != 300_000 || f.Baseline.Phi < 0 {
			t.Errorf("the baseline of %s is %+v", f.Name, f.Baseline)
		}
		if f.Name == "amount" && (len(f.BinEnds) < 9 || f.Center == nil || *f.Scale <= 0) {
			t.Errorf("amount is exported as %+v", f)
		}
	}
	redacted, few := show("--redact")
	if strings.Contains(redacted, "Jane") {
		t.Error("--redact shows what few rows have")
	}
	for _, f := range few.Features {
		for _, cut := range f.Cuts {
			// A cut just below a value is as short as that.
			if short, err := strconv.ParseFloat(strconv.FormatFloat(cut, 'g', 3, 64), 64); err != nil || short != cut && math.Nextafter(short, math.Inf(-1)) != cut {
				t.Errorf("a cut of %s is shown as %v", f.Name, cut)
			}
		}
	}
	if len(few.Segments) != 3 || few.Segments[0].Rows != 4000 { // (other) has no rows
		t.Errorf("redacted, there are %d segments", len(few.Segments))
	}
}

// What a rule cannot know is said beforehand, and which field the time was in is
// known of every profile.
func TestCheckOfBaselinesAndTime(t *testing.T) {
	t.Chdir(t.TempDir())
	writeRows(t, "a.jsonl", 4000)
	config := func(size, time, features, rule string) string {
		return fmt.Sprintf(`kafka: {brokers: ["127.0.0.1:1"]}
monitors:
  - name: payments
    topic: payments
    timestamp: %s
    segments: [country]
    window: {size: %s, every: 1m}
    reference: {profile: x.profile}
    features: %s
rules:
  - {name: drift, monitor: payments, min_samples: 10, %s}
`, time, size, features, rule)
	}
	const rule = "when: psi_lo > 0.1 && psi > psi_baseline"
	write(t, "c.yaml", config("10m", "at", "[amount]", rule))
	must(t, "records in", "profile", "--config", "c.yaml", "--input", "a.jsonl", "-o", "x.profile")
	for _, test := range []struct{ yaml, want string }{
		{config("10m", "at", "[amount]", rule), ""},
		{config("5m", "at", "[amount]", rule), "c.yaml:11:61: rules[0].when: the profile does not know psi_baseline for windows of 5m, so this rule is never decided; build it with this configuration from records with times"},
		{config("10m", "at", "[amount]", rule+`, segments: ["*"], min_reference_samples: 10`), `rules[0].segments: psi_baseline is known of all rows together only, so in segments this rule is never decided`},
		{config("10m", "when", "[amount]", rule), `c.yaml:5:16: monitors[0].timestamp: the profile was made with the time in "at", and here it is "when"`},
	} {
		write(t, "c.yaml", test.yaml)
		code, stdout, stderr := run("check", "--config", "c.yaml")
		warned := strings.Contains(stdout, "psi_baseline is known") || strings.Contains(stdout, "does not know psi_baseline") || strings.Contains(stdout, "made with the time")
		if code != exitDone || !strings.Contains(stdout, test.want) || warned != (test.want != "") {
			t.Errorf("check exits with %d, want %q:\n%s%s", code, test.want, stdout, stderr)
		}
	}
	if code, stdout, _ := run("check", "--config", "c.yaml", "--online"); code != exitNo || !strings.Contains(stdout, "c.yaml:1:18: kafka.brokers: cannot reach any broker") {
		t.Errorf("check --online without a broker exits with %d:\n%s", code, stdout)
	}
}

// A profile that does not fit hides nothing else, nor does a misspelt key hide
// it; where what it must fit is misspelt, nothing is said of it.
func TestProfileThatDoesNotFitAmongOthers(t *testing.T) {
	t.Chdir(t.TempDir())
	writeRows(t, "a.jsonl", 2000)
	must(t, "", "profile", "--input", "a.jsonl", "--timestamp", "at", "-o", "x.profile")
	config := `kafka: {brokers: [localhost:9092]}
monitors:
  - name: payments
    topic: payments
    timestamp: at
    reference: {profile: x.profile}
    segments: [country]
    lables: {a: b}
rules:
  - {name: a, monitor: payments, when: psy > 0.1}
`
	write(t, "c.yaml", config)
	_, stdout, _ := run("check", "--config", "c.yaml")
	for _, want := range []string{
		"c.yaml:6:16: monitors[0].reference: the reference has counts for the segments (none), the configuration asks for country; build it anew with this configuration: " +
			"`driftwatch profile --config c.yaml --monitor payments -o x.profile` makes it from the topic, with --input FILE from a file\n",
		"c.yaml:8:5: monitors[0].lables: there is no such key; did you mean \"labels\"?\n",
		"c.yaml:10:40: rules[0].when: there is no statistic \"psy\"; did you mean \"psi\"?\n",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%s is not in\n%s", want, stdout)
		}
	}
	write(t, "c.yaml", strings.Replace(config, "segments: [country]", "segmnts: [country]", 1))
	if _, stdout, _ := run("check", "--config", "c.yaml"); strings.Contains(stdout, "monitors[0].reference") {
		t.Errorf("of the reference nothing can be said:\n%s", stdout)
	}
}
