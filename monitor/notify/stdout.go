package notify

import (
	"context"
	"fmt"
	"io"
	"sync"

	"driftwatch/monitor"
)

// StdoutConfig prints each transition on a line, for people or as JSON.
type StdoutConfig struct {
	JSON bool `yaml:"json"`
}

func (c *StdoutConfig) validate(reporter) {}

func (c *StdoutConfig) secrets() []secretFile { return nil }

func (c *StdoutConfig) queue(name string, d Deps) (queue, error) {
	return &transitions{receiver: name, outbox: d.Outbox, log: d.Log, to: stdout{w: d.Stdout, json: c.JSON}}, nil
}

// stdout prints each transition on a line of its own.
type stdout struct {
	w    io.Writer
	json bool
}

// Append writes the line in one call.
func (s stdout) Append(_ context.Context, t monitor.Transition) error {
	text := TransitionLine(t.Alert)
	if s.json {
		object, err := t.Alert.Line()
		if err != nil {
			return refused{err}
		}
		text = string(object)
	}
	if _, err := io.WriteString(s.w, text+"\n"); err != nil {
		return fmt.Errorf("cannot write to the output: %w", err)
	}
	return nil
}

// TransitionLine is a transition for people, as the stdout receiver prints it:
// "2026-11-23T10:15:00Z firing   page payments/feature-drift  amount: PSI 0.31".
func TransitionLine(a monitor.Alert) string {
	state, what := a.State, words(a)
	if a.State == okState && a.Previous == firing {
		state = ending(a.Reason)
		if a.Reason == "" {
			what = backWords(a)
		}
	}
	at, _ := a.Time.MarshalText()
	return fmt.Sprintf("%s %-8s %s %s/%s  %s", at, state, a.Severity,
		clean(a.Monitor, longName), clean(a.Rule, longName), what.plain())
}

// lineWriter lets several receivers write to one writer without mixing.
type lineWriter struct {
	mu sync.Mutex // protects w
	w  io.Writer
}

// Write writes b as a whole.
func (l *lineWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := l.w.Write(b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return n, err
}
