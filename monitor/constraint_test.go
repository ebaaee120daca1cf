package monitor_test

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
	"driftwatch/rules"
)

// declaring is a configuration of testdata/constraints.jsonl.
func declaring() monitor.Config {
	c := monitor.Default()
	c.Name, c.Topic, c.Reference.Profile = "m", "t", "r.profile"
	c.Timestamp = monitor.Timestamp{Field: "at"}
	c.Window.Size, c.Window.Every = rules.Duration(time.Minute), rules.Duration(time.Minute)
	c.Features = []monitor.Feature{
		{Name: "amount", Kind: "numeric", Required: true, Min: new(0.0), Max: new(1000.0)},
		{Name: "count", Integer: true},
		{Name: "seq", Kind: "numeric", Monotonic: true},
		{Name: "kind", Kind: "categorical", Values: []string{"card", "cash", "transfer"}},
		{Name: "code", Kind: "text", Pattern: new("^[A-Z]{2}[0-9]+$")},
		{Name: "id", Kind: "text", Format: "uuid"},
		{Name: "name", Kind: "text", Length: &monitor.Length{Min: new(3), Max: new(20)}},
	}
	c.Checks = map[string]string{"in_order": "end > start", "both": "amount >= 0 && end > start"}
	return c
}

// historian runs a file through c and gives a monitor to ask about it.
func historian(t *testing.T, c monitor.Config, file string, rs ...rules.Rule) *monitor.Monitor {
	t.Helper()
	ref, err := monitor.BuildReference(c, decode.JSON, monitor.FileRows([]string{file}), "reference")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := monitor.OpenLines(file)
	if err != nil {
		t.Fatal(err)
	}
	d := monitor.Deps{Config: c, Rules: rs, Profile: ref, Format: decode.JSON, Source: lines, Store: monitor.NewMemory(), Now: time.Now}
	if _, err := monitor.Backtest(context.Background(), d, monitor.BacktestOptions{From: monitor.NoTime, To: monitor.NoTime, Emit: func(monitor.Alert) error { return nil }}); err != nil {
		t.Fatal(err)
	}
	m, err := monitor.New(d)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	return m
}

// Every constraint against counting by a plain script, testdata/constraints.py.
func TestConstraints(t *testing.T) {
	m := historian(t, declaring(), filepath.Join("testdata", "constraints.jsonl"))
	var want []struct {
		Minute             int
		Feature, Statistic string
		Wrong, Of          float64
	}
	b, err := os.ReadFile(filepath.Join("testdata", "constraints.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, w := range want {
		views, err := m.History(monitor.Query{Monitor: "m", Feature: w.Feature, From: -1 << 60, To: 1 << 60})
		if err != nil {
			t.Fatal(err)
		}
		if w.Minute >= len(views) { // the last, partial one is not closed
			continue
		}
		got, ok := views[w.Minute].Stats[w.Statistic]
		if !ok || math.Abs(float64(got)-w.Wrong/w.Of) > 1e-12 {
			t.Errorf("minute %d, %s %s: %g, want %g of %g", w.Minute, w.Feature, w.Statistic, float64(got), w.Wrong, w.Of)
		}
		seen[w.Statistic] = seen[w.Statistic] || w.Wrong > 0
	}
	if len(seen) < 9 {
		t.Errorf("only %d statistics were compared", len(seen))
	}
	for name, wrong := range seen {
		if !wrong {
			t.Errorf("%s is 0 throughout", name)
		}
	}
}
