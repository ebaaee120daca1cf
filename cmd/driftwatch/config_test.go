package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
)

var update = flag.Bool("update", false, "write what is found as what is expected; read the difference before it is committed")

// golden compares with a file, or writes it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("differs from %s\ngot:\n%s\nwant:\n%s", file, got, want)
	}
}

func TestBadConfigurations(t *testing.T) {
	t.Setenv("DRIFTWATCH_TEST_SECRET", "xoxb-very-secret")
	t.Chdir("testdata/bad") // the positions name files, and must not name this machine's folders
	files, err := filepath.Glob("*.yaml")
	if err != nil || len(files) < 40 {
		t.Fatalf("found %d configurations, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			_, err := loadRunnable(file)
			var wrong problems
			if !errors.As(err, &wrong) {
				t.Fatalf("got %v, not problems", err)
			}
			got := err.Error() + "\n"
			if strings.Contains(got, "very-secret") {
				t.Errorf("a secret shows: %s", got)
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".txt", got)
		})
	}
}

func TestUnreadableConfigurations(t *testing.T) {
	large := filepath.Join(t.TempDir(), "large.yaml")
	if err := os.WriteFile(large, []byte(strings.Repeat("# a line\n", 1<<17)), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"nowhere.yaml": "cannot read the configuration: open nowhere.yaml: no such file or directory",
		"testdata":     "cannot read the configuration testdata: read testdata: is a directory",
		large:          fmt.Sprintf("the configuration %s is larger than 1 MiB; split its rules into several rule_files", large),
	} {
		_, err := loadConfig(file)
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", file, err, want)
		}
	}
}

func TestGoodConfiguration(t *testing.T) {
	t.Setenv("DRIFTWATCH_TEST_TEAM", "fraud")
	t.Chdir("testdata/good")
	cfg, err := loadRunnable("full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(cfg, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "full.json", string(got)+"\n")
	if files := []string{cfg.sources[1].file, cfg.sources[2].file}; !slices.Equal(files, []string{"more/a.yaml", "more/b.yaml"}) {
		t.Errorf("the rules come from %v", files)
	}
	places := slices.Collect(maps.Keys(cfg.documents[0].places))
	for _, file := range []string{"forms.yaml", "client.yaml"} {
		forms, err := readDocument(file, func(string) (string, bool) { return "", true })
		if err != nil {
			t.Fatal(err)
		}
		forms.decode(&Config{})
		places = slices.AppendSeq(places, maps.Keys(forms.places))
	}
	for _, key := range keys("", reflect.TypeFor[Config]()) {
		if !slices.ContainsFunc(places, func(path string) bool { return index.ReplaceAllString(path, "[]") == key }) {
			t.Errorf("the good examples say nothing of %s, so nobody knows whether it can be read", key)
		}
	}
}

var index = regexp.MustCompile(`\[\d+\]`)

// keys lists the paths of all keys of a configuration type.
func keys(path string, t reflect.Type) (all []string) {
	switch {
	case t.Kind() == reflect.Pointer:
		return keys(path, t.Elem())
	case t.Kind() == reflect.Slice:
		return keys(path+"[]", t.Elem())
	case t.Kind() != reflect.Struct:
		return []string{path}
	}
	for key, i := range keysOf(t) {
		all = append(all, keys(join(path, key), t.Field(i).Type)...)
	}
	return all
}

func TestSmallestConfigurationHasDefaults(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "driftwatch.yaml")
	text := "kafka: {brokers: [localhost:9092]}\nmonitors: [{name: payments, topic: payments, reference: {learn: 1h}}]\nhttp:\nreceivers: [{name: out, stdout: }]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := loadRunnable(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(folder, "driftwatch-state"); cfg.State.Dir != want {
		t.Errorf("the state is in %s, want %s", cfg.State.Dir, want)
	}
	if cfg.HTTP.Listen != "127.0.0.1:8080" || cfg.Kafka.Group != "driftwatch" {
		t.Errorf("defaults are missing: %+v %+v", cfg.HTTP, cfg.Kafka)
	}
	want := monitor.Default()
	want.Name, want.Topic, want.Reference.Learn = "payments", "payments", rules.Duration(time.Hour)
	if !reflect.DeepEqual(cfg.Monitors[0], want) {
		t.Errorf("the monitor is %+v, want %+v", cfg.Monitors[0], want)
	}
	if got := cfg.Routes.For("page", nil); !slices.Equal(got, []string{"out"}) {
		t.Errorf("a page goes to %v", got)
	}
}

// FuzzDocument holds that no file can do more than be wrong, and that each
// problem stands at a line of the file.
func FuzzDocument(f *testing.F) {
	for _, pattern := range []string{"testdata/bad/*.yaml", "testdata/good/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatal(pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d := parseDocument("x.yaml", text, func(name string) (string, bool) { return "secret " + name, len(name) > 3 })
		var cfg Config
		d.decode(&cfg)
		for _, p := range d.problems {
			if p.line < 1 || p.line > 2+bytes.Count(text, []byte("\n"))+bytes.Count(text, []byte("\r")) || p.message == "" {
				t.Errorf("a problem out of place: %+v", p)
			}
		}
	})
}
