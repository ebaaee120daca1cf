package monitor_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
	"driftwatch/rules"
)

// The rates of records that are in no window of their own, against counting by a
// plain script, testdata/arrivals.py; however the log is cut.
func TestArrivals(t *testing.T) {
	var want struct {
		Records [][2]json.RawMessage
		Minutes []struct {
			Start                           int64
			Rows, Malformed, Rejected, Late float64
		}
	}
	b, err := os.ReadFile(filepath.Join("testdata", "arrivals.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	src := &logSource{parts: make([][]monitor.Record, 1), id: "one", cut: func() int { return 1 + rand.IntN(700) }}
	for i, r := range want.Records {
		var log int64
		var value string
		if err := json.Unmarshal(r[0], &log); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(r[1], &value); err != nil {
			t.Fatal(err)
		}
		src.parts[0] = append(src.parts[0], monitor.Record{Offset: int64(i), Time: log, Value: []byte(value)})
	}
	c := monitor.Default()
	c.Name, c.Topic, c.Reference.Profile = "m", "t", "r.profile"
	c.Timestamp = monitor.Timestamp{Field: "at"}
	c.Window.Size, c.Window.Every = rules.Duration(time.Minute), rules.Duration(time.Minute)
	ref, err := monitor.BuildReference(c, decode.JSON, func(yield func(monitor.Row) error) error {
		for i := range 3000 { // ten a second
			at := want.Minutes[0].Start + int64(100*i)
			if err := yield(monitor.Row{Event: at, Log: at, Value: fmt.Appendf(nil, `{"at": %d, "x": %d}`, at, i%100)}); err != nil {
				return err
			}
		}
		return nil
	}, "reference")
	if err != nil {
		t.Fatal(err)
	}
	d := monitor.Deps{Config: c, Profile: ref, Format: decode.JSON, Source: src, Store: monitor.NewMemory(), Now: time.Now, Workers: 3}
	views := historyOf(t, d)
	state, _, err := d.Store.Load()
	if err != nil {
		t.Fatal(err)
	}
	late := 0.0
	for _, w := range want.Minutes {
		late += w.Late
	}
	if got := state.Progress.Totals.Late; got != uint64(late) || late == 0 {
		t.Errorf("%d records are late, want %g", got, late)
	}
	if len(views) < len(want.Minutes)-2 {
		t.Fatalf("%d windows of %d minutes", len(views), len(want.Minutes))
	}
	for i, v := range views {
		w := want.Minutes[i]
		for name, x := range map[string]float64{
			"rows": w.Rows, "record_rate": w.Rows / 60, "rate_ratio": w.Rows / 600,
			"malformed_rate": w.Malformed / (w.Rows + w.Rejected), "rejected_rate": w.Rejected / (w.Rows + w.Rejected), "late_rate": w.Late / (w.Rows + w.Late),
		} {
			tolerance := 1e-12
			if name == "rate_ratio" {
				tolerance = 1e-3 // the reference ends with its last record
			}
			if got := float64(v.Stats[name]); v.Start.UnixMilli() != w.Start || !(math.Abs(got-x) <= tolerance) {
				t.Errorf("minute %d: %s is %g, want %g", i, name, got, x)
			}
		}
	}
}

// historyOf runs a backtest and gives the windows of all rows together.
func historyOf(t *testing.T, d monitor.Deps) []monitor.HistoryView {
	t.Helper()
	ctx := context.Background()
	if _, err := monitor.Backtest(ctx, d, monitor.BacktestOptions{From: monitor.NoTime, To: monitor.NoTime, Emit: func(monitor.Alert) error { return nil }}); err != nil {
		t.Fatal(err)
	}
	m, err := monitor.New(d)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Start(ctx); err != nil {
		t.Fatal(err)
	}
	views, err := m.History(monitor.Query{Monitor: "m", From: -1 << 60, To: 1 << 60})
	if err != nil {
		t.Fatal(err)
	}
	return views
}
