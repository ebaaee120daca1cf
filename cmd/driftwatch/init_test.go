package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"driftwatch/monitor"
	"driftwatch/monitor/notify"
)

// initBegin is a Monday.
var initBegin = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)

const (
	week        = 7 * 24 * time.Hour
	initPerHour = 250 // records: a window of 6 h has 1,500
)

// warned says that check warned of more than what init cannot know: whom to call.
func warned(stdout string) bool {
	for line := range strings.Lines(stdout) {
		if strings.HasPrefix(line, "warning") && !strings.Contains(line, "no receiver calls anybody") {
			return true
		}
	}
	return false
}

// In the two weeks after the one that init learned from, and in the day that it
// held out, clean streams send next to nothing. It is measured for more seeds and
// rows than here: none was sent in 15 times two weeks.
func TestInitClean(t *testing.T) {
	for name, of := range map[string]event{"orders": ordersEvent, "sensors": sensorsEvent, "clicks": clicksEvent, "payments": paymentsEvent} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			lines, times := stream(5, of, initBegin, 3*week, initPerHour, nil)
			n, _ := slices.BinarySearchFunc(times, initBegin.Add(week), time.Time.Compare)
			write(t, filepath.Join(dir, "week.jsonl"), fileOf(lines[:n]))
			write(t, filepath.Join(dir, "later.jsonl"), fileOf(lines[n:]))
			config := filepath.Join(dir, "driftwatch.yaml")
			code, stdout, stderr := run("init", "--input", filepath.Join(dir, "week.jsonl"), "-o", dir)
			if code != exitDone || !strings.Contains(stdout, "Over the last 24 h these rules would have sent no message.\n\nNext:\n") {
				t.Errorf("init exits with %d:\n%s%s", code, stdout, stderr)
			}
			if strings.Contains(stdout, "never decided") {
				t.Errorf("a rule says nothing:\n%s", stdout)
			}
			if code, stdout, stderr = run("check", "--config", config); code != exitDone || warned(stdout) {
				t.Errorf("check exits with %d:\n%s%s", code, stdout, stderr)
			}
			sent := messagesOf(t, config, filepath.Join(dir, "later.jsonl"))
			if len(sent) > 2 {
				t.Errorf("%d messages in two clean weeks, at most one a week is meant", len(sent))
			}
			for _, i := range sent {
				t.Log(notify.Render(i))
			}
		})
	}
}

// What is broken is named by the rule that is for it, before what follows from
// it, and no other feature is blamed.
func TestInitFaults(t *testing.T) {
	dir := t.TempDir()
	clean, _ := stream(5, ordersEvent, initBegin, week, initPerHour, nil)
	write(t, filepath.Join(dir, "orders.jsonl"), fileOf(clean))
	must(t, "", "init", "--input", filepath.Join(dir, "orders.jsonl"), "-o", dir)
	for _, fault := range []struct {
		name          string
		rule, feature string // what is named first
		change        func(i int, f map[string]any) int
	}{
		{"nulls", "schema", "channel", func(i int, f map[string]any) int {
			if i%3 == 0 {
				f["channel"] = nil
			}
			return 1
		}},
		{"absent", "missing-values", "items", func(i int, f map[string]any) int {
			if i%4 == 0 {
				delete(f, "items")
			}
			return 1
		}},
		{"key without value", "schema", "id", func(i int, f map[string]any) int {
			if i%4 == 0 {
				f["id"] = nil
			}
			return 1
		}},
		{"identifier without value", "schema", "customer", func(i int, f map[string]any) int {
			if i%4 == 0 {
				f["customer"] = nil
			}
			return 1
		}},
		{"type flip", "schema", "amount", func(_ int, f map[string]any) int {
			f["amount"] = fmt.Sprint(f["amount"])
			return 1
		}},
		{"unit x 1000", "out-of-range", "amount", func(_ int, f map[string]any) int {
			f["amount"] = 1000 * f["amount"].(float64)
			return 1
		}},
		{"constant flood", "drift", "risk", func(i int, f map[string]any) int {
			if i%2 == 0 {
				f["risk"] = 0.1
			}
			return 1
		}},
		{"mix shift", "drift", "channel", func(i int, f map[string]any) int {
			if i%2 == 0 {
				f["channel"] = "phone"
			}
			return 1
		}},
		{"new category", "unknown-values", "country", func(i int, f map[string]any) int {
			if i%5 == 0 {
				f["country"] = "XK"
			}
			return 1
		}},
		{"wrong format", "wrong-format", "ip", func(i int, f map[string]any) int {
			if i%8 == 0 {
				f["ip"] = "unknown"
			}
			return 1
		}},
		{"fractions", "not-integer", "items", func(i int, f map[string]any) int {
			if i%20 == 0 {
				f["items"] = 1.5
			}
			return 1
		}},
		{"stopped", "stopped", "", func(int, map[string]any) int { return 0 }},
		{"malformed", "malformed", "", func(i int, _ map[string]any) int {
			if i%10 == 0 {
				return cut
			}
			return 1
		}},
		{"nearly stopped", "volume", "", func(i int, _ map[string]any) int {
			if i%20 == 0 {
				return 1
			}
			return 0
		}},
		{"duplicates", "duplicates", "", func(i int, _ map[string]any) int { return 1 + i%3/2 }},
		{"new field", "schema", "voucher", func(_ int, f map[string]any) int {
			f["voucher"] = "spring"
			return 1
		}},
	} {
		t.Run(fault.name, func(t *testing.T) {
			begin := initBegin.Add(week)
			i := 0
			lines, _ := stream(6, ordersEvent, begin, 54*time.Hour, initPerHour, func(at time.Time, f map[string]any) int {
				i++
				if since := at.Sub(begin); since < 12*time.Hour || since > 36*time.Hour {
					return 1
				}
				return fault.change(i, f)
			})
			file := filepath.Join(t.TempDir(), "later.jsonl")
			write(t, file, fileOf(lines))
			sent := messagesOf(t, filepath.Join(dir, "driftwatch.yaml"), file)
			if len(sent) == 0 {
				t.Fatal("no message")
			}
			first := sent[0].Alerts[0]
			named := first.Feature == fault.feature || first.Feature == "" && strings.HasPrefix(first.Summary, "`"+fault.feature+"`")
			if first.Rule != fault.rule || !named {
				t.Errorf("the first alert is %s of %q, want %s of %q: %s", first.Rule, first.Feature, fault.rule, fault.feature, first.Summary)
			}
			for _, incident := range sent {
				for _, a := range incident.Alerts {
					if a.Feature != fault.feature && a.Feature != "" {
						t.Errorf("%s blames %s", a.Rule, a.Feature)
					}
				}
			}
			if t.Failed() {
				for _, i := range sent {
					t.Log(notify.Render(i))
				}
			}
		})
	}
}

// A feature that differs so much by the hour that drift leaves it out is told
// when it has one value only.
func TestInitStuck(t *testing.T) {
	dir := t.TempDir()
	clean, _ := stream(5, sensorsEvent, initBegin, week, initPerHour, nil)
	write(t, filepath.Join(dir, "sensors.jsonl"), fileOf(clean))
	must(t, "", "init", "--input", filepath.Join(dir, "sensors.jsonl"), "-o", dir)
	config := filepath.Join(dir, "driftwatch.yaml")
	if content := configIn(t, dir); !strings.Contains(content, "# without temperature: its own windows differ") {
		t.Fatalf("drift does not leave it out:\n%s", content)
	}
	begin := initBegin.Add(week)
	later, _ := stream(6, sensorsEvent, begin, 48*time.Hour, initPerHour, func(at time.Time, f map[string]any) int {
		if since := at.Sub(begin); since > 12*time.Hour && since < 36*time.Hour {
			f["temperature"] = 0
		}
		return 1
	})
	file := filepath.Join(t.TempDir(), "later.jsonl")
	write(t, file, fileOf(later))
	sent := messagesOf(t, config, file)
	if len(sent) != 1 || !strings.HasPrefix(sent[0].Alerts[0].Summary, "`temperature`: always the same value") {
		for _, i := range sent {
			t.Log(notify.Render(i))
		}
		t.Errorf("%d messages, want one that begins with the temperature", len(sent))
	}
}

// What the reference's own windows had is left out of the rule, with the reason.
func TestInitSchemaThatChanges(t *testing.T) {
	dir := t.TempDir()
	lines, _ := stream(5, sensorsEvent, initBegin, week, initPerHour, func(at time.Time, f map[string]any) int {
		if at.Sub(initBegin)/(12*time.Hour) == 5 {
			f["ok"] = true
		}
		return 1
	})
	write(t, filepath.Join(dir, "sensors.jsonl"), fileOf(lines))
	must(t, "", "init", "--input", filepath.Join(dir, "sensors.jsonl"), "-o", dir)
	content := configIn(t, dir)
	if strings.Contains(content, "schema_constant > 0") || !strings.Contains(content, "# without schema_constant: the reference itself had") {
		t.Errorf("the schema's rule is\n%s", content)
	}
}

// A topic of three partitions, whose newest part is broken.
func TestInitTopic(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, "orders"), kfake.SeedTopics(1, "empty", "one", "text"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	broker := cluster.ListenAddrs()[0]
	begin := initBegin.Add(week - 24*time.Hour)
	lines, times := stream(5, ordersEvent, initBegin, week, initPerHour, func(at time.Time, f map[string]any) int {
		if at.After(begin.Add(6 * time.Hour)) {
			f["amount"] = fmt.Sprint(f["amount"])
		}
		return 1
	})
	var records []*kgo.Record
	for i, line := range lines {
		records = append(records, &kgo.Record{Topic: "orders", Partition: int32(i % 3), Timestamp: times[i].Add(100 * time.Millisecond), Value: line})
	}
	produce(t, broker, append(records, &kgo.Record{Topic: "one", Value: lines[0]}, &kgo.Record{Topic: "text", Value: []byte("hello")}))

	dir := filepath.Join(t.TempDir(), "new")
	code, stdout, stderr := run("init", "--brokers", broker, "--topic", "orders", "-o", dir)
	if code != exitDone {
		t.Fatalf("init exits with %d:\n%s%s", code, stdout, stderr)
	}
	for _, want := range []string{
		"topic orders: " + counts(uint64(len(lines)), "record"), "time       event_time: ", "lies nearest to the record's own time; also times: received_at\n",
		"key id, segments by country\n", "would have sent 1 message:\n", "type error rate 100 %", "driftwatch run      --config " + filepath.Join(dir, "driftwatch.yaml"),
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not in\n%s", want, stdout)
		}
	}
	must(t, "", "check", "--online", "--config", filepath.Join(dir, "driftwatch.yaml"))
	config, err := os.ReadFile(filepath.Join(dir, "driftwatch.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\n    timestamp: event_time # ", "\n    key: id # ", "\n    segments: [country] # ", "brokers: [\"" + broker + "\"]",
		`{name: card.type, kind: categorical, values: ["credit", "debit", "prepaid"]`, "\n      #   order_number: an identifier", "# without balance_total: it rises",
		"- {name: _size, kind: numeric} # ", "- {name: _event_delay, kind: numeric} # ", "\n    features: [\"_event_delay\"]\n    when: p95 > 60\n",
	} {
		if !strings.Contains(string(config), want) {
			t.Errorf("%q is not in\n%s", want, config)
		}
	}

	for _, test := range []struct{ args, want string }{
		{"--topic orders -o " + dir, dir + "/driftwatch.yaml is there already, and init would write over it; give another folder with -o, or --force"},
		{"--topic order", `the topic "order" does not exist on [` + broker + `]; did you mean "orders"?`},
		{"--topic empty", "topic empty has no records; when it has some thousands, over an hour or more, run init again"},
		{"--topic one", "topic one has 1 record. A reference needs 1000 records or more"},
		{"--topic or/ders", `--topic "or/ders" is no name of a topic`},
		{"--topic text", "topic text does not hold JSON objects: of 1 records of a sample 1 are none"},
		{"--topic orders --timestamp country", `fewer than 99 % of the records have a time that can be read in the field "country"`},
		{"--topic orders --last soon", `--last "soon" is not a length of time`},
		{"", "name the topic with --topic"},
	} {
		args := append([]string{"init", "--brokers", broker}, strings.Fields(test.args)...)
		if !strings.Contains(test.args, "-o") {
			args = append(args, "-o", t.TempDir())
		}
		if code, stdout, stderr := run(args...); code != exitFailed || !strings.Contains(stderr, test.want) {
			t.Errorf("init %s exits with %d, want %q:\n%s%s", test.args, code, test.want, stdout, stderr)
		}
	}
}

// A file of which little can be said.
func TestInitFileErrors(t *testing.T) {
	lines, _ := stream(1, ordersEvent, initBegin, 12*time.Hour, 200, nil)
	timeless := bytes.ReplaceAll(bytes.ReplaceAll([]byte(fileOf(lines)), []byte(`"event_time":"`), []byte(`"a":"x`)), []byte(`"received_at"`), []byte(`"b":1,"c"`))
	for name, test := range map[string]struct{ content, want string }{
		"empty":    {"", "has no records"},
		"short":    {fileOf(lines[:300]), "A reference needs 1000 records or more"},
		"timeless": {string(bytes.ReplaceAll(timeless, []byte(`"c":1`), []byte(`"c":`))), "no field reads as a time, and lines of a file have none of their own"},
		"csv":      {"id,amount\n1,2\n", "does not hold JSON objects: of 2 records of a sample 2 are none"},
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, name+".jsonl")
		write(t, file, test.content)
		if code, stdout, stderr := run("init", "--input", file, "-o", dir); code != exitFailed || !strings.Contains(stderr, test.want) {
			t.Errorf("%s: init exits with %d, want %q:\n%s%s", name, code, test.want, stdout, stderr)
		}
		if left, _ := os.ReadDir(dir); len(left) != 1 {
			t.Errorf("%s: something was written", name)
		}
	}
}

// messagesOf are those that a configuration's rules send for a file: one for each
// incident.
func messagesOf(t *testing.T, config, input string) []monitor.Incident {
	t.Helper()
	cfg, err := loadRunnable(config)
	if err != nil {
		t.Fatal(err)
	}
	d, err := cfg.deps(cfg.Monitors[0], slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if d.Source, err = monitor.OpenLines(input); err != nil {
		t.Fatal(err)
	}
	var sent []monitor.Incident
	_, err = monitor.Backtest(t.Context(), d, monitor.BacktestOptions{From: monitor.NoTime, To: monitor.NoTime, Told: func(i monitor.Incident) {
		sent = latest(sent, i)
	}})
	if err != nil {
		t.Fatal(err)
	}
	return sent
}

// configIn is the configuration that init wrote into a folder.
func configIn(t *testing.T, dir string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "driftwatch.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func fileOf(lines [][]byte) string { return string(append(bytes.Join(lines, []byte("\n")), '\n')) }
