package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Rule is one entry of the configuration's rules.
type Rule struct {
	Name    string `yaml:"name"`
	Monitor string `yaml:"monitor"`

	// Features and Segments are globs, "!" excludes. No features means all of
	// them. No segments means overall only; overall's name here is "-", so
	// ["*"] is all segments and overall, ["*", "!-"] all without it.
	Features []string `yaml:"features"`
	Segments []string `yaml:"segments"`

	When   string             `yaml:"when"`
	Clear  string             `yaml:"clear"`  // ends a firing alert; "": when is known to be false
	Limits map[string]float64 `yaml:"limits"` // the value of the name limit, by feature; "default" is all others'

	// Windows are the sizes of the windows that when must hold in, all of them; none
	// is the monitor's own size. See the file windows.go.
	Windows []Duration `yaml:"windows"`

	For           Duration `yaml:"for"`             // how long when must have been true before it fires
	KeepFiringFor Duration `yaml:"keep_firing_for"` // how long it must have been clear before it ends

	// Below so many rows of a series, in the window or in the reference, the
	// distribution statistics are undefined. Nil is 500 and 1000.
	MinSamples          *int `yaml:"min_samples"`
	MinReferenceSamples *int `yaml:"min_reference_samples"`

	NoData     string   `yaml:"no_data"` // keep | ok | fire where when is unknown; "" is keep
	StaleAfter Duration `yaml:"-"`       // an alert that is unknown for so long ends as vanished; 0 is 24 h

	Active Active `yaml:"active"` // when people are told of its alerts; it is judged at all times

	Severity    string            `yaml:"severity"` // page | warn | info; "" is warn
	Summary     string            `yaml:"summary"`
	Description string            `yaml:"description"` // what the summary has no room for: another template, of several lines
	Runbook     string            `yaml:"runbook"`
	Receivers   []string          `yaml:"receivers"`
	Labels      map[string]string `yaml:"labels"`
}

// What no_data can say.
const (
	keepState = "keep"
	takeOK    = "ok"
	takeFire  = "fire"
)

// withDefaults fills in what is not given.
func (r Rule) withDefaults() Rule {
	if len(r.Features) == 0 {
		r.Features = []string{"*"}
	}
	if len(r.Segments) == 0 {
		r.Segments = []string{overall}
	}
	if r.MinSamples == nil {
		r.MinSamples = new(500) // the deciles of fewer rows are mostly noise
	}
	if r.MinReferenceSamples == nil {
		r.MinReferenceSamples = new(1000)
	}
	if r.StaleAfter == 0 {
		r.StaleAfter = Duration(24 * time.Hour)
	}
	if r.NoData == "" {
		r.NoData = keepState
	}
	if r.Severity == "" {
		r.Severity = "warn"
	}
	return r
}

// Validate reports what is wrong with the rule by itself; path is the rule's
// own, "rules[0]". Compile reports what needs the monitor's features and the
// known statistics, so neither repeats the other.
func (r Rule) Validate(path string) []Problem {
	var problems []Problem
	report := func(key, format string, args ...any) {
		problems = append(problems, Problem{Path: path + "." + key, Message: fmt.Sprintf(format, args...)})
	}
	if r.Name == "" {
		report("name", "name is missing; alerts and their ids need one")
	}
	if strings.ContainsFunc(r.Name, func(c rune) bool { return c == '/' || unicode.IsSpace(c) || unicode.IsControl(c) }) {
		report("name", "name %q has a space, a control character or a /; ids are joined by /, so use - instead", r.Name)
	}
	if r.Monitor == "" {
		report("monitor", "monitor is missing; name the monitor this rule watches")
	}
	if strings.TrimSpace(r.When) == "" {
		report("when", "when is missing; write a condition such as psi_lo > 0.1")
	}
	for _, choice := range []struct {
		key, value string
		allowed    []string
	}{
		{"no_data", r.NoData, []string{keepState, takeOK, takeFire}},
		{"severity", r.Severity, Severities()},
	} {
		if choice.value != "" && !slices.Contains(choice.allowed, choice.value) {
			report(choice.key, "%q is not known; use %s", choice.value, strings.Join(choice.allowed, ", "))
		}
	}
	for _, count := range []struct {
		key   string
		value *int
	}{{"min_samples", r.MinSamples}, {"min_reference_samples", r.MinReferenceSamples}} {
		if count.value != nil && *count.value < 0 {
			report(count.key, "%d is negative; it is a number of rows", *count.value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Limits)) {
		if v := r.Limits[name]; math.IsNaN(v) || math.IsInf(v, 0) {
			report("limits."+name, "%v is not a number to compare with; leave the rule out to switch it off", v)
		}
	}
	problems = append(problems, r.validateWindows(path)...)
	problems = append(problems, r.Active.validate(path+".active")...)
	problems = append(problems, emptyGlobs(path+".features", r.Features)...)
	return append(problems, emptyGlobs(path+".segments", r.Segments)...)
}

// Hash is over what the rule asks. A saved alert is an answer to that: while it
// is the same, the alert's clocks go on. A limit is not part of it: another one
// is applied at the next window.
func (r Rule) Hash() string {
	asks := fmt.Appendf(nil, "%q %q %d", r.When, r.Clear, r.For)
	if len(r.Windows) > 0 {
		asks = fmt.Append(asks, r.sizes())
	}
	sum := sha256.Sum256(asks)
	return hex.EncodeToString(sum[:8])
}

func emptyGlobs(path string, patterns []string) []Problem {
	var problems []Problem
	for i, pattern := range patterns {
		if strings.TrimPrefix(pattern, "!") == "" {
			problems = append(problems, Problem{
				Path:    fmt.Sprintf("%s[%d]", path, i),
				Message: fmt.Sprintf("pattern %q matches nothing; write a name or * for all", pattern),
			})
		}
	}
	return problems
}
