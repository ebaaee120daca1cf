package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"driftwatch/monitor"
)

// demoState is what the demo knows of its service: what its HTTP API says.
type demoState struct {
	monitor   monitor.MonitorView
	alerts    []monitor.Alert
	incidents []monitor.Incident
}

// decided is how many payments have been counted or otherwise dealt with.
func (d demoState) decided() uint64 {
	n := int64(0)
	for _, next := range d.monitor.Next {
		n += next
	}
	return uint64(n)
}

// fetchDemoState asks the service at this address.
func fetchDemoState(ctx context.Context, address string) (demoState, error) {
	var all struct {
		Monitors  []monitor.MonitorView `json:"monitors"`
		Alerts    []monitor.Alert       `json:"alerts"`
		Incidents []monitor.Incident    `json:"incidents"`
	}
	// The monitors first: what they had counted by then, the alerts know of.
	for _, path := range []string{"monitors", "alerts?all=1", "incidents?all=1"} {
		if err := fetchJSON(ctx, "http://"+address+"/api/v1/"+path, &all); err != nil {
			return demoState{}, err
		}
	}
	if len(all.Monitors) != 1 {
		return demoState{}, fmt.Errorf("the demo's own API shows %d monitors instead of one", len(all.Monitors))
	}
	return demoState{all.Monitors[0], all.Alerts, all.Incidents}, nil
}

func fetchJSON(ctx context.Context, url string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return fmt.Errorf("cannot ask the demo's own API: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("cannot ask the demo's own API: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the demo's own API answers %s to GET %s", response.Status, url)
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return fmt.Errorf("the demo's own API answers GET %s with what is no JSON of ours: %w", url, err)
	}
	return nil
}
