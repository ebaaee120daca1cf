package web

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"

	"driftwatch/monitor"
)

//go:embed page.html
var pageSource string

// pageData is what page.html shows.
type pageData struct {
	NotReady string // "" is ready
	Monitors []pageMonitor
}

type pageMonitor struct {
	monitor.MonitorView
	Firing []monitor.Alert
}

// page is the list of monitors for people. It works without scripts.
func (h *handlers) page(w http.ResponseWriter, _ *http.Request) {
	body, err := h.render()
	if err != nil {
		h.log.Error("making the page", "err", err)
		text(w, http.StatusInternalServerError, "the state could not be read; the log says why")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(body) // a client that is gone is nobody's concern
}

func (h *handlers) render() ([]byte, error) {
	page, err := template.New("page").Parse(pageSource)
	if err != nil {
		return nil, err
	}
	monitors, err := h.api.Monitors(false)
	if err != nil {
		return nil, err
	}
	alerts, err := h.api.Alerts(false)
	if err != nil {
		return nil, err
	}
	var data pageData
	if err := h.api.Ready(); err != nil {
		data.NotReady = err.Error()
	}
	for _, m := range monitors {
		data.Monitors = append(data.Monitors, pageMonitor{m, firing(alerts, m.Name)})
	}
	var body bytes.Buffer
	err = page.Execute(&body, data)
	return body.Bytes(), err
}

func firing(alerts []monitor.Alert, name string) (of []monitor.Alert) {
	for _, a := range alerts {
		if a.Monitor == name && a.State == "firing" {
			of = append(of, a)
		}
	}
	return of
}
