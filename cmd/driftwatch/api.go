package main

import (
	"slices"

	"driftwatch/monitor"
	"driftwatch/monitor/store"
	"driftwatch/rules"
)

// api answers the HTTP server from the engines and the state file.
type api struct {
	monitors []*monitor.Monitor
	*store.File
	waiting func() error // why the configuration that is wanted does not run yet; may be nil
}

func (a api) Monitors(all bool) ([]monitor.MonitorView, error) {
	views := make([]monitor.MonitorView, len(a.monitors))
	for i, m := range a.monitors {
		var err error
		if views[i], err = m.View(); err != nil {
			return nil, err
		}
	}
	if !all {
		return views, nil
	}
	stored, err := a.File.Monitors()
	if err != nil {
		return nil, err
	}
	for _, name := range stored {
		if slices.Contains(a.Names(), name) {
			continue
		}
		v, err := monitor.StoredView(name, a.Monitor(name))
		if err != nil {
			return nil, err
		}
		views = append(views, v)
	}
	return views, nil
}

func (a api) History(q monitor.Query) ([]monitor.HistoryView, error) {
	m, err := a.monitor(q.Monitor)
	if err != nil {
		return nil, err
	}
	return m.History(q)
}

func (a api) Panes(q monitor.Query) ([]monitor.PaneView, error) {
	m, err := a.monitor(q.Monitor)
	if err != nil {
		return nil, err
	}
	return m.Panes(q)
}

// Ready is nil when every monitor is, and nothing else is wanted.
func (a api) Ready() error {
	for _, m := range a.monitors {
		if err := m.Ready(); err != nil {
			return err
		}
	}
	if a.waiting != nil {
		return a.waiting()
	}
	return nil
}

func (a api) monitor(name string) (*monitor.Monitor, error) {
	names := a.Names()
	if i := slices.Index(names, name); i >= 0 {
		return a.monitors[i], nil
	}
	return nil, monitor.NotThereError(rules.Unknown("monitor", name, names))
}

// Names are those of the monitors.
func (a api) Names() []string {
	names := make([]string, len(a.monitors))
	for i, m := range a.monitors {
		names[i] = m.Name()
	}
	return names
}
