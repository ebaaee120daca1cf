package main

import (
	"errors"
	"log/slog"
	"testing"

	"driftwatch/monitor"
	"driftwatch/monitor/store"
)

func TestAPIFindsMonitorsByName(t *testing.T) {
	t.Setenv("DRIFTWATCH_TEST_TEAM", "fraud")
	cfg, err := loadRunnable("testdata/good/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var a api
	for _, m := range cfg.Monitors {
		d, err := cfg.deps(m, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		d.Store = monitor.NewMemory()
		engine, err := monitor.New(d)
		if err != nil {
			t.Fatal(err)
		}
		a.monitors = append(a.monitors, engine)
	}
	for _, name := range []string{"payments", "orders"} {
		if m, err := a.monitor(name); err != nil || m.Name() != name {
			t.Errorf("asked for %s: %v, %v", name, m, err)
		}
	}
	_, err = a.Panes(monitor.Query{Monitor: "order"})
	var absent monitor.NotThereError
	if !errors.As(err, &absent) || err.Error() != `there is no monitor "order"; did you mean "orders"?` {
		t.Errorf("got %v", err)
	}
	views, err := a.Monitors(false)
	if err != nil || len(views) != 2 || views[1].Name != "orders" {
		t.Errorf("the views are %+v, %v", views, err)
	}

	// With a state and no longer configured: known, but not watched.
	file, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, name := range []string{"payments", "former"} {
		if err := file.Monitor(name).Commit(&monitor.Commit{Expire: monitor.NoTime, Progress: monitor.Progress{Topic: "t", Totals: monitor.Totals{Rows: 7}}}); err != nil {
			t.Fatal(err)
		}
	}
	a.File = file
	views, err = a.Monitors(true)
	if err != nil || len(views) != 3 || views[2].Name != "former" || views[2].Rows != 7 {
		t.Errorf("all views are %+v, %v", views, err)
	}
}
