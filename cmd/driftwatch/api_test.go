package main

import (
	"errors"
	"log/slog"
	"testing"

	"driftwatch/monitor"
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
	views, err := a.Monitors()
	if err != nil || len(views) != 2 || views[1].Name != "orders" {
		t.Errorf("the views are %+v, %v", views, err)
	}
}
