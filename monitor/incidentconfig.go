package monitor

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"driftwatch/rules"
)

// IncidentConfig is the configuration's incidents: what is told as one thing, and
// when people are called.
type IncidentConfig struct {
	// GroupBy is what the alerts of an incident have in common, monitor being one
	// of them: monitor, rule, segment, feature, severity.
	GroupBy     []string       `yaml:"group_by"`
	GroupWindow rules.Duration `yaml:"group_window"` // alerts that start within it of the last joiner join
	Regroup     rules.Duration `yaml:"regroup"`      // an incident that ended less than this ago is opened again
	// Repeat is how long after its last sound an incident that nobody has
	// acknowledged makes another, by severity; 0, or none: never.
	Repeat   map[string]rules.Duration `yaml:"repeat"`
	Escalate *Escalate                 `yaml:"escalate"`
	// Inhibit holds back the drift alerts of a monitor while its schema changes, its
	// topic has stopped or it cannot be read.
	Inhibit bool `yaml:"inhibit"`
}

// Escalate tells more receivers of an incident that nobody has acknowledged.
type Escalate struct {
	After    rules.Duration `yaml:"after"` // its first sound
	To       []string       `yaml:"to"`
	Severity string         `yaml:"severity"` // the least that is escalated; "" is page
}

// DefaultIncidents are the settings where nothing else is declared.
func DefaultIncidents() IncidentConfig {
	return IncidentConfig{
		GroupBy:     []string{"monitor"},
		GroupWindow: rules.Duration(10 * time.Minute), // a bad deploy shows in all windows within two of them
		Regroup:     rules.Duration(30 * time.Minute),
		Repeat:      map[string]rules.Duration{"page": rules.Duration(30 * time.Minute), "warn": rules.Duration(24 * time.Hour)},
		Inhibit:     true,
	}
}

// groupings give what an alert has of each key of GroupBy.
var groupings = []struct {
	key string
	of  func(Alert) string
}{
	{"monitor", func(a Alert) string { return a.Monitor }},
	{"rule", func(a Alert) string { return a.Rule }},
	{"segment", func(a Alert) string { return cmp.Or(a.Segment, "-") }},
	{"feature", func(a Alert) string { return cmp.Or(a.Feature, "-") }},
	{"severity", func(a Alert) string { return a.Severity }},
}

// group names the group of an alert: "payments", "payments/feature-drift".
func (c *IncidentConfig) group(a Alert) string {
	var parts []string
	for _, g := range groupings {
		if slices.Contains(c.GroupBy, g.key) {
			parts = append(parts, g.of(a))
		}
	}
	return strings.Join(parts, "/")
}

// Validate gives everything that is wrong at path, "incidents"; receivers are the
// names there are.
func (c IncidentConfig) Validate(path string, receivers []string) (problems []rules.Problem) {
	report := func(key, format string, args ...any) {
		problems = append(problems, rules.Problem{Path: path + "." + key, Message: fmt.Sprintf(format, args...)})
	}
	var keys []string
	for _, g := range groupings {
		keys = append(keys, g.key)
	}
	for i, key := range c.GroupBy {
		if !slices.Contains(keys, key) {
			report(fmt.Sprintf("group_by[%d]", i), "%s", rules.Unknown("key", key, keys))
		}
	}
	if !slices.Contains(c.GroupBy, "monitor") {
		report("group_by", "monitor is missing; an incident is always of one monitor, so write [monitor, ...]")
	}
	for _, severity := range slices.Sorted(maps.Keys(c.Repeat)) {
		if !slices.Contains(rules.Severities(), severity) {
			report("repeat."+severity, "%s", rules.Unknown("severity", severity, rules.Severities()))
		}
		if d := time.Duration(c.Repeat[severity]); d != 0 && d < soundPace {
			report("repeat."+severity, "%s is less than the %s between two sounds of an incident; use more, or 0 for never", c.Repeat[severity], rules.Duration(soundPace))
		}
	}
	if c.Escalate == nil {
		return problems
	}
	if c.Escalate.After < rules.Duration(soundPace) {
		report("escalate.after", "give at least %s, the time between two sounds of an incident", rules.Duration(soundPace))
	}
	if len(c.Escalate.To) == 0 {
		report("escalate.to", "to is missing; name the receivers that are told")
	}
	for i, name := range c.Escalate.To {
		if !slices.Contains(receivers, name) {
			report(fmt.Sprintf("escalate.to[%d]", i), "%s", rules.Unknown("receiver", name, receivers))
		}
	}
	if s := c.Escalate.Severity; s != "" && !slices.Contains(rules.Severities(), s) {
		report("escalate.severity", "%s", rules.Unknown("severity", s, rules.Severities()))
	}
	return problems
}
