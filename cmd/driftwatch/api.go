package main

import (
	"driftwatch/monitor"
	"driftwatch/monitor/store"
)

// api answers the HTTP server from the engines and the state file.
type api struct {
	monitors []*monitor.Monitor
	*store.File
}

// notFound is an error for something that does not exist.
type notFound string

func (e notFound) Error() string  { return string(e) }
func (e notFound) NotFound() bool { return true }

func (a api) Monitors() ([]monitor.MonitorView, error) {
	views := make([]monitor.MonitorView, len(a.monitors))
	for i, m := range a.monitors {
		var err error
		if views[i], err = m.View(); err != nil {
			return nil, err
		}
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

// Ready is nil when every monitor is.
func (a api) Ready() error {
	for _, m := range a.monitors {
		if err := m.Ready(); err != nil {
			return err
		}
	}
	return nil
}

func (a api) monitor(name string) (*monitor.Monitor, error) {
	names := make([]string, len(a.monitors))
	for i, m := range a.monitors {
		if m.Name() == name {
			return m, nil
		}
		names[i] = m.Name()
	}
	return nil, notFound(unknownName("monitor", name, names))
}
