package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// AlertmanagerConfig sends the alerts of incidents to Prometheus' Alertmanager by
// its API v2, which routes, groups, silences and tells them in its own way. An
// alert keeps its labels as long as it lives: alertname (the rule), monitor,
// feature, segment, severity, and the labels of the monitor and the rule. All that
// changes is in its annotations.
type AlertmanagerConfig struct {
	URL       string         `yaml:"url"`        // http://localhost:9093; of each of several that are a cluster a receiver
	BasicAuth *BasicAuth     `yaml:"basic_auth"` // of a proxy in front of it; nil: none
	Timeout   rules.Duration `yaml:"timeout"`    // of one request; default 10s
}

// BasicAuth is a name, and a file that holds its password.
type BasicAuth struct {
	Username     string `yaml:"username"`
	PasswordFile string `yaml:"password_file"`
}

func (c *AlertmanagerConfig) validate(report reporter) {
	switch u, err := url.Parse(c.URL); {
	case c.URL == "":
		report("url", "url is missing; give the address of Alertmanager, such as http://localhost:9093")
	case err != nil || !isHTTP(c.URL):
		report("url", "this is not an http or https URL")
	case u.User != nil:
		report("url", "a password is not written into a configuration; use basic_auth")
	case strings.HasSuffix(strings.TrimSuffix(u.Path, "/"), "/alerts"):
		report("url", "give the address without /api/v2/alerts")
	}
	if c.Timeout < 0 {
		report("timeout", "the timeout is negative")
	}
	if b := c.BasicAuth; b != nil && (b.Username == "" || b.PasswordFile == "") {
		report("basic_auth", "username and password_file are both needed")
	}
}

func (c *AlertmanagerConfig) secrets() []secretFile {
	if c.BasicAuth == nil {
		return nil
	}
	return []secretFile{{"basic_auth.password_file", c.BasicAuth.PasswordFile}}
}

func (c *AlertmanagerConfig) queue(name string, d Deps) (queue, error) {
	a := &alertmanager{url: strings.TrimSuffix(c.URL, "/") + "/api/v2/alerts", client: client(d.Transport, timeoutOr(c.Timeout))}
	if u, err := url.Parse(c.URL); err == nil {
		a.host = u.Host
	}
	if c.BasicAuth != nil {
		password, err := readSecret("basic_auth.password_file", c.BasicAuth.PasswordFile)
		if err != nil {
			return nil, err
		}
		a.username, a.password = c.BasicAuth.Username, password
	}
	return &incidents{receiver: name, outbox: d.Outbox, to: a}, nil
}

// alertmanager is an editing receiver: an alert is known by its labels, and is
// whatever was last sent of it.
type alertmanager struct {
	url, host          string
	username, password string
	client             *http.Client
}

const (
	// refreshEvery is how often an alert that fires is sent again, as Prometheus
	// does: Alertmanager takes one for resolved when its endsAt has passed.
	refreshEvery = time.Minute
	// firesFor is how far ahead endsAt is: so many refreshes may fail.
	firesFor = 5 * refreshEvery

	sentID = "sent" // what is recorded instead of a message's id
)

func (a *alertmanager) every() time.Duration { return refreshEvery }

// Send sends all alerts of the incident: those that fire, and those that are over
// or held back as resolved.
func (a *alertmanager) Send(ctx context.Context, i monitor.Incident, before monitor.Delivery) (monitor.Delivery, error) {
	after := monitor.Delivery{Revision: i.Revision, MessageID: sentID, Told: i.LastEvent()}
	alerts := postable(i, before.MessageID != "", time.Now())
	if len(alerts) == 0 {
		return after, nil
	}
	body, err := json.Marshal(alerts)
	if err != nil {
		return before, refused{err}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url, bytes.NewReader(body))
	if err != nil {
		return before, refused{fmt.Errorf("cannot send to Alertmanager at %s: %w", a.host, err)}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "driftwatch")
	if a.username != "" {
		request.SetBasicAuth(a.username, a.password)
	}
	response, err := a.client.Do(request)
	if err != nil {
		return before, fmt.Errorf("cannot send to Alertmanager at %s: %w", a.host, redact(err))
	}
	defer response.Body.Close()
	// A connection is used again only when its answer was read.
	_, _ = io.CopyN(io.Discard, response.Body, 64<<10)
	if err := judge(response, "Alertmanager at "+a.host); err != nil {
		return before, err
	}
	return after, nil
}

// postableAlert is an alert of the API v2.
type postableAlert struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StartsAt    monitor.Time      `json:"startsAt"`
	EndsAt      monitor.Time      `json:"endsAt"`
}

// postable are the alerts of an incident. One that is held back is left out where
// nothing was sent before.
func postable(i monitor.Incident, sent bool, now time.Time) (all []postableAlert) {
	for _, a := range i.Alerts {
		p := postableAlert{Labels: labelsOf(a), Annotations: annotations(i, a), StartsAt: a.Since}
		switch {
		case a.State == firing && a.Held == "":
			p.EndsAt.Time = now.Add(firesFor)
		case a.State == firing && sent:
			p.EndsAt.Time = now
		case a.State == firing:
			continue
		default:
			p.EndsAt = a.Time
		}
		if p.EndsAt.Before(p.StartsAt.Time) {
			p.EndsAt = p.StartsAt // it is refused else
		}
		all = append(all, p)
	}
	return all
}

var notInLabel = regexp.MustCompile(`[^a-zA-Z0-9_]`)

// labelsOf are what an alert is known by. None of them changes while it lives.
// Those of driftwatch go before those of the configuration.
func labelsOf(a monitor.Alert) map[string]string {
	labels := map[string]string{}
	for _, name := range sortedKeys(a.Labels) {
		label := notInLabel.ReplaceAllString(name, "_")
		if label == "" || label[0] >= '0' && label[0] <= '9' {
			label = "_" + label
		}
		labels[label] = clean(a.Labels[name], longSummary)
	}
	for name, value := range map[string]string{
		"alertname": a.Rule, "monitor": a.Monitor, "feature": a.Feature, "segment": a.Segment, "severity": a.Severity,
	} {
		labels[name] = clean(value, longSummary)
	}
	for name, value := range labels {
		if value == "" {
			delete(labels, name)
		}
	}
	return labels
}

// annotations are what there is to read.
func annotations(i monitor.Incident, a monitor.Alert) map[string]string {
	all := map[string]string{
		"summary": clean(words(a).plain(), 1000), "description": clean(a.Description, 4000),
		"incident": clean(i.ID, longSummary), "since": day(a.Since.Time) + " " + clock(a.Since.Time) + " UTC",
		"when": clean(a.When, longSummary), "reason": clean(a.Reason, longSummary), "reference": clean(a.Reference.Name, longSummary),
	}
	if a.State == firing {
		all["reason"] = clean(a.Held, longSummary)
	}
	if isHTTP(a.Runbook) {
		all["runbook_url"] = clean(a.Runbook, 1000)
	}
	for name, value := range all {
		if value == "" {
			delete(all, name)
		}
	}
	return all
}
