package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"driftwatch/monitor"
	"driftwatch/monitor/notify"
	"driftwatch/rules"
)

// run plays the scenario through the rules as a stream does, and gives what was
// not as expected, for people; none: it passed.
func (s *scenario) run(cfg *Config) (failures []string, err error) {
	var own []rules.Rule
	for _, r := range cfg.Rules {
		if r.Monitor == s.Monitor {
			own = append(own, r)
		}
	}
	features, segments := s.watched(cfg)
	all, problems := rules.Compile(s.Monitor, own, features, segments, monitor.Statistics(s.monitor))
	for _, p := range problems {
		if !p.Warning {
			return nil, fmt.Errorf("%s: the rules cannot be used: %s: %s", s.Name, p.Path, p.Message)
		}
	}
	windows, clock := all.Split()
	replay := monitor.NewReplay(s.monitor, cfg.Incidents, own)
	active := map[string]rules.Transition{} // by rule and series
	for n := range s.windows {
		end := s.start.Add(time.Duration(n+1) * s.interval)
		samples := s.samples(n, features, segments)
		window := rules.Window{Start: end.Add(-time.Duration(s.monitor.Window.Size)), End: end}
		transitions := append(windows.Step(end, window, samples), clock.Step(end, rules.Window{Start: end, End: end}, samples)...)
		transitions = slices.DeleteFunc(transitions, func(tr rules.Transition) bool {
			return len(s.Rules) > 0 && !slices.Contains(s.Rules, tr.Rule.Name)
		})
		replay.Step(end, transitions)
		for _, tr := range transitions {
			key := tr.Rule.Name + "\x00" + tr.Series.Segment + "\x00" + tr.Series.Feature
			active[key] = tr
			if tr.State == rules.OK {
				delete(active, key)
			}
		}
		for _, e := range s.Expect {
			if s.start.Add(time.Duration(e.At)).Equal(end) {
				failures = append(failures, s.compare(e, n, active, replay.Incidents())...)
			}
		}
	}
	return failures, nil
}

// watched are the features and segments: of the reference's profile where that can
// be read, and those that the samples name.
func (s *scenario) watched(cfg *Config) (features []rules.Feature, segments []string) {
	if ref, err := readProfile(s.monitor.Reference.Profile); err == nil {
		if known, named, err := monitor.Watched(s.monitor, ref); err == nil {
			features, segments = known, slices.Clone(named)
		}
	}
	for _, series := range s.Samples {
		named := func(f rules.Feature) bool { return f.Name == series.Feature }
		if series.Feature != "" && !slices.ContainsFunc(features, named) {
			features = append(features, rules.Feature{Name: series.Feature, Kind: cmp.Or(series.Kind, s.declared(series.Feature), "numeric"), Derived: monitor.IsDerived(series.Feature)})
		}
		if series.Segment != "" && !slices.Contains(segments, series.Segment) {
			segments = append(segments, series.Segment)
		}
	}
	return features, segments
}

// declared is the kind that the configuration gives a feature; "": none.
func (s *scenario) declared(feature string) string {
	for _, f := range s.monitor.Features {
		if f.Name == feature {
			return f.Kind
		}
	}
	return ""
}

// samples are those of a window. A feature or segment that the test does not name
// has rows, and nothing else is known of it.
func (s *scenario) samples(n int, features []rules.Feature, segments []string) (all []rules.Sample) {
	for _, segment := range append([]string{""}, segments...) {
		all = append(all, *s.sample(n, rules.Series{Monitor: s.Monitor, Segment: segment}))
		for _, f := range features {
			all = append(all, *s.sample(n, rules.Series{Monitor: s.Monitor, Segment: segment, Feature: f.Name}))
		}
	}
	return all
}

func (s *scenario) sample(n int, of rules.Series) *rules.Sample {
	if n < 0 {
		return nil
	}
	stream := of
	stream.Feature = ""
	rows := uint64(enough)
	if x, given := s.value(n, stream, "rows"); given {
		rows = uint64(max(0, x)) // of NaN it is 0
	}
	sample := &rules.Sample{
		Series: of, Rows: rows, ReferenceRows: enough,
		Stat: func(name string) float64 {
			x, given := s.value(n, of, name)
			if !given && name == "rows" {
				return float64(rows)
			}
			return x
		},
		Past: func(lag time.Duration) *rules.Sample { return s.sample(n-int(lag/s.interval), of) },
	}
	sample.In = func(time.Duration) *rules.Sample { return sample } // every window says the same
	return sample
}

// value is what a statistic is in a window; NaN where the test does not say.
func (s *scenario) value(n int, of rules.Series, name string) (x float64, given bool) {
	values, given := s.values[of][name]
	if !given || n >= len(values) {
		return math.NaN(), false
	}
	return values[n], true
}

// compare sets what was expected against what came.
func (s *scenario) compare(e expectation, n int, active map[string]rules.Transition, incidents []monitor.Incident) (failures []string) {
	var want, got []string
	for _, a := range e.Alerts {
		line := alertLine(cmp.Or(a.State, string(rules.Firing)), a.Rule, a.Segment, a.Feature)
		for _, tr := range active { // the texts are compared where they are expected
			if tr.Rule.Name != a.Rule || tr.Series.Segment != a.Segment || tr.Series.Feature != a.Feature {
				continue
			}
			for _, text := range []struct{ name, want, got string }{{"summary", a.Summary, tr.Summary}, {"description", a.Description, tr.Description}} {
				if text.want != "" && strings.TrimSpace(text.want) != strings.TrimSpace(text.got) {
					failures = append(failures, s.failure(e, "the "+text.name+" of "+line+" is", []string{text.want}, []string{text.got}))
				}
			}
		}
		want = append(want, line)
	}
	for _, tr := range active {
		got = append(got, alertLine(string(tr.State), tr.Rule.Name, tr.Series.Segment, tr.Series.Feature)+s.seen(n, tr))
	}
	slices.Sort(want)
	slices.Sort(got)
	bare := make([]string, len(got))
	for i, line := range got {
		bare[i], _, _ = strings.Cut(line, "  (")
	}
	if !slices.Equal(want, bare) {
		failures = append(failures, s.failure(e, "the alerts are", want, got))
	}
	if e.Message == "" {
		return failures
	}
	var messages []string
	for _, i := range incidents {
		if i.Ended == nil {
			messages = append(messages, strings.TrimSpace(notify.Render(i)))
		}
	}
	if want := strings.TrimSpace(e.Message); !slices.Equal(messages, []string{want}) {
		failures = append(failures, s.failure(e, "the message is", strings.Split(want, "\n"), strings.Split(strings.Join(messages, "\n\n"), "\n")))
	}
	return failures
}

func alertLine(state, rule, segment, feature string) string {
	line := state + " " + rule
	if feature != "" {
		line += " " + feature
	}
	if segment != "" {
		line += " in " + segment
	}
	return line
}

// seen are the values of the window that the rule names.
func (s *scenario) seen(n int, tr rules.Transition) string {
	var parts []string
	for name := range tr.Stats {
		if x, given := s.value(n, tr.Series, name); given {
			parts = append(parts, fmt.Sprintf("%s %v", name, x))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	slices.Sort(parts)
	return "  (" + strings.Join(parts, ", ") + ")"
}

// failure shows the lines that are on one side only.
func (s *scenario) failure(e expectation, what string, want, got []string) string {
	var b strings.Builder
	end := s.start.Add(time.Duration(e.At))
	fmt.Fprintf(&b, "  %s: at %s (%s) %s not as expected\n", cmp.Or(s.Name, s.path), e.At, end.Format(time.RFC3339), what)
	bare := func(line string) string { line, _, _ = strings.Cut(line, "  ("); return line }
	side := func(mark string, lines, other []string) {
		for _, line := range lines {
			if !slices.ContainsFunc(other, func(o string) bool { return bare(o) == bare(line) }) {
				fmt.Fprintf(&b, "    %s %s\n", mark, line)
			}
		}
	}
	side("- expected:", want, got)
	side("+ got:     ", got, want)
	return b.String()
}
