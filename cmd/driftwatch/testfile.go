package main

import (
	"fmt"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// ruleTests is a file of tests of rules.
type ruleTests struct {
	Config string     `yaml:"config"` // the configuration whose rules are tested, beside the file
	Tests  []ruleTest `yaml:"tests"`
}

// ruleTest is one scenario: what the windows say over time, and what is to come of it.
type ruleTest struct {
	Name     string         `yaml:"name"`
	Monitor  string         `yaml:"monitor"`  // not needed where there is only one
	Interval rules.Duration `yaml:"interval"` // between windows; default the monitor's window.every
	Start    string         `yaml:"start"`    // RFC 3339; when the first interval begins
	Rules    []string       `yaml:"rules"`    // those that expect is about; default all of the monitor
	Samples  []sampleSeries `yaml:"samples"`
	Expect   []expectation  `yaml:"expect"`
}

// sampleSeries is what the windows say of one feature, or without one of the
// stream: the values of statistics, one for each interval.
type sampleSeries struct {
	Feature string            `yaml:"feature"`
	Segment string            `yaml:"segment"`
	Kind    string            `yaml:"kind"` // numeric | categorical | boolean | text; default as the profile or the configuration says, else numeric
	Stats   map[string]string `yaml:"stats"`
}

// expectation is what is to be so when the window of a time has been judged.
type expectation struct {
	At      rules.Duration  `yaml:"at"` // since the start
	Alerts  []expectedAlert `yaml:"alerts"`
	Message string          `yaml:"message"` // of the one incident that fires, as text; "": not looked at
}

// expectedAlert is an alert that is pending or firing. Every one that is has to be
// expected.
type expectedAlert struct {
	Rule        string `yaml:"rule"`
	Segment     string `yaml:"segment"`
	Feature     string `yaml:"feature"`
	State       string `yaml:"state"` // firing (default) | pending
	Summary     string `yaml:"summary"`
	Description string `yaml:"description"`
}

// scenario is a ruleTest that was read.
type scenario struct {
	ruleTest
	path     string
	monitor  monitor.Config
	start    time.Time
	interval time.Duration
	windows  int
	values   map[rules.Series]map[string][]float64
}

// enough are the rows of a window, and of the reference, where a test does not say.
const enough = 1_000_000

// firstInterval is when a test begins that does not say so.
var firstInterval = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC) // a Monday

// readTests reads a file of tests and the configuration it names.
func readTests(file string) (*Config, []scenario, error) {
	d, err := readDocument(file, os.LookupEnv)
	if err != nil {
		return nil, nil, err
	}
	var content ruleTests
	d.decode(&content)
	if content.Config == "" && len(d.problems) == 0 {
		d.report(rules.Problem{Path: "config", Message: "is missing: name the configuration whose rules are tested"})
	}
	if len(content.Tests) == 0 && len(d.problems) == 0 {
		d.report(rules.Problem{Path: "tests", Message: "is missing: there is nothing to test"})
	}
	if len(d.problems) > 0 {
		return nil, nil, d.problems.sorted()
	}
	cfg, err := loadConfig(d.beside(content.Config))
	if err != nil {
		return nil, nil, err
	}
	var all []scenario
	for i, t := range content.Tests {
		s := scenario{ruleTest: t, path: fmt.Sprintf("tests[%d]", i), values: map[rules.Series]map[string][]float64{}}
		s.read(cfg, d)
		all = append(all, s)
	}
	if len(d.problems) > 0 {
		return nil, nil, d.problems.sorted()
	}
	return cfg, all, nil
}

// read makes sense of the test, and reports what makes none.
func (s *scenario) read(cfg *Config, d *document) {
	report := func(key, format string, args ...any) {
		d.report(rules.Problem{Path: s.path + "." + key, Message: fmt.Sprintf(format, args...)})
	}
	names := cfg.monitorNames()
	if s.Monitor == "" && len(names) == 1 {
		s.Monitor = names[0]
	}
	at := slices.Index(names, s.Monitor)
	if at < 0 {
		report("monitor", "%s", rules.Unknown("monitor", s.Monitor, names))
		return
	}
	s.monitor, s.start, s.interval = cfg.Monitors[at], firstInterval, time.Duration(s.Interval)
	if s.interval == 0 {
		s.interval = time.Duration(s.monitor.Window.Every)
	}
	if s.Start != "" {
		t, err := time.Parse(time.RFC3339, s.Start)
		if err != nil {
			report("start", "%q is not a time; write it as 2026-11-23T10:00:00Z", s.Start)
		}
		s.start = t.UTC()
	}
	var known []string
	for _, st := range monitor.Statistics(s.monitor) {
		known = append(known, st.Name)
	}
	for i, series := range s.Samples {
		of := rules.Series{Monitor: s.Monitor, Segment: series.Segment, Feature: series.Feature}
		if s.values[of] == nil {
			s.values[of] = map[string][]float64{}
		}
		for _, name := range slices.Sorted(maps.Keys(series.Stats)) {
			key := fmt.Sprintf("samples[%d].stats.%s", i, name)
			if !slices.Contains(known, name) {
				report(key, "%s", rules.Unknown("statistic", name, known))
				continue
			}
			values, err := parseValues(series.Stats[name])
			if err != nil {
				report(key, "%v", err)
				continue
			}
			if s.windows == 0 {
				s.windows = len(values)
			}
			if len(values) != s.windows {
				report(key, "has %d values and the first statistic %d; give one for each interval", len(values), s.windows)
			}
			s.values[of][name] = values
		}
	}
	s.readExpect(cfg, report)
}

func (s *scenario) readExpect(cfg *Config, report func(key, format string, args ...any)) {
	var names []string
	for _, r := range cfg.Rules {
		if r.Monitor == s.Monitor {
			names = append(names, r.Name)
		}
	}
	for i, name := range s.Rules {
		if !slices.Contains(names, name) {
			report(fmt.Sprintf("rules[%d]", i), "%s", rules.Unknown("rule", name, names))
		}
	}
	if len(s.Expect) == 0 {
		report("expect", "is missing: nothing is tested")
	}
	for i, e := range s.Expect {
		key := fmt.Sprintf("expect[%d]", i)
		n := time.Duration(e.At) / s.interval
		if n < 1 || n > time.Duration(s.windows) || time.Duration(e.At)%s.interval != 0 {
			report(key+".at", "no window ends %s after the start; they end every %s up to %s", e.At, rules.Duration(s.interval), rules.Duration(s.interval*time.Duration(s.windows)))
		}
		for j, a := range e.Alerts {
			key := fmt.Sprintf("%s.alerts[%d]", key, j)
			if !slices.Contains(names, a.Rule) {
				report(key+".rule", "%s", rules.Unknown("rule", a.Rule, names))
			}
			if a.State != "" && a.State != string(rules.Firing) && a.State != string(rules.Pending) {
				report(key+".state", "%q is not known; use firing or pending, and leave out what is ok", a.State)
			}
		}
	}
}

var valueForm = regexp.MustCompile(`^([^x+]+?)(?:\+([^x]+))?(?:x(\d+))?$`)

// maxValues bounds a series: two weeks of minutes.
const maxValues = 20_000

// parseValues reads "0.1 0.3x12 1+0.5x4 _x3": a number, so many of it, so many that
// grow by a step, and _ where nothing can be said.
func parseValues(text string) (values []float64, err error) {
	number := func(text string) (float64, error) {
		if text == "_" {
			return math.NaN(), nil
		}
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return 0, fmt.Errorf("%q is no value; write numbers such as 0.3, 0.3x12 for twelve of them, 1+0.5x4 for 1 1.5 2 2.5, and _ for unknown", text)
		}
		return x, nil
	}
	for _, word := range strings.Fields(text) {
		m := valueForm.FindStringSubmatch(word)
		if m == nil {
			m = []string{"", word, "", ""}
		}
		x, err := number(m[1])
		if err != nil {
			return nil, err
		}
		step, times := 0.0, 1
		if m[2] != "" {
			if step, err = number(m[2]); err != nil {
				return nil, err
			}
		}
		if m[3] != "" {
			if times, err = strconv.Atoi(m[3]); err != nil || times > maxValues {
				return nil, fmt.Errorf("%q is too many values; at most %d make a test", word, maxValues)
			}
		}
		for n := range times {
			values = append(values, x+float64(n)*step)
		}
	}
	if len(values) == 0 || len(values) > maxValues {
		return nil, fmt.Errorf("there are %d values; a test has between 1 and %d windows", len(values), maxValues)
	}
	return values, nil
}
