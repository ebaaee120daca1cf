package monitor

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"driftwatch/rules"
)

// undecidedRule says that a rule says nothing.
const undecidedRule = "driftwatch-undecided"

// Four alerts are always there. Three are about the reading itself and judged
// by the clock, since the windows stand still when a partition cannot be read:
// driftwatch-blind while some partition has had no successful fetch for
// idle_timeout, driftwatch-gap when the log no longer held records that were
// not read yet, driftwatch-recreated when the topic was made anew. The fourth,
// driftwatch-undecided, is about the rules: it fires while one was unknown in over
// half of its windows of the last 24 h of event time, since that one cannot fire.
// The rules of the configuration that name clock statistics are judged with them.
func healthRules(monitor string) []rules.Rule {
	const shownFor = rules.Duration(10 * time.Minute) // events have no end of their own
	return []rules.Rule{
		{
			Name: "driftwatch-blind", Monitor: monitor, When: "blind > 0", Severity: "page",
			Summary: `{{ if eq .State "ok" }}all partitions of {{ .Monitor }} are read again{{ else }}{{ .Monitor }} cannot be read: no successful fetch from {{ printf "%.0f of %.0f" .Stats.blind .Stats.partitions }} partitions for a while{{ end }}`,
		},
		{
			Name: "driftwatch-gap", Monitor: monitor, When: "lost > 0", Severity: "warn", KeepFiringFor: shownFor,
			Summary: `{{ if eq .State "ok" }}no more records of {{ .Monitor }} were lost{{ else }}{{ printf "%.0f" .Stats.lost }} records of {{ .Monitor }} were deleted before they were read{{ end }}`,
		},
		{
			Name: "driftwatch-recreated", Monitor: monitor, When: "recreated > 0", Severity: "warn", KeepFiringFor: shownFor,
			Summary: `the topic of {{ .Monitor }} was made anew; reading began again at its start`,
		},
		{
			Name: undecidedRule, Monitor: monitor, When: "undecided > 0", Severity: "warn",
			Summary: `{{ if eq .State "ok" }}the rules of {{ .Monitor }} are decided again{{ else }}{{ .What }}{{ end }}`,
		},
	}
}

// clockRules are the built-in rules and those of the configuration that are
// judged by the clock. They ask for no feature, so that they can be compiled and
// stepped before there is a reference.
func (d *Deps) clockRules() (*rules.Engine, error) {
	all := append(slices.Clip(d.Rules), healthRules(d.Config.Name)...)
	engine, problems := rules.Compile(d.Config.Name, all, nil, nil, Statistics(d.Config))
	for _, p := range problems {
		if !p.Warning {
			return nil, fmt.Errorf("the rules of monitor %q cannot be used: %s: %s", d.Config.Name, p.Path, p.Message)
		}
	}
	_, clock := engine.Split()
	return clock, nil
}

// stepHealth judges the reading as it is now.
func (s *Stream) stepHealth(now time.Time) {
	if s.health == nil {
		return
	}
	s.clockSet(now)
	at := now.Truncate(time.Second).UTC()
	blind := 0
	for _, p := range s.parts {
		if !s.reachable(p, now) {
			blind++
		}
	}
	values := map[string]float64{
		"lag": float64(s.lag()), "freshness": s.freshness(now),
		"blind": float64(blind), "partitions": float64(len(s.parts)), "lost": float64(s.lost), "recreated": float64(s.recreated),
	}
	s.lost, s.recreated = 0, 0
	var undecided []rules.Judged
	if s.engine != nil {
		undecided = s.engine.Undecided()
		values["undecided"] = float64(len(undecided))
	}
	stat := func(name string) float64 {
		if x, ok := values[name]; ok {
			return x
		}
		return math.NaN()
	}
	what := func(names []string) string {
		if len(undecided) == 0 || !slices.Contains(names, "undecided") {
			return ""
		}
		return undecidedWords(s.d.Config.Name, undecided)
	}
	samples := []rules.Sample{{Series: rules.Series{Monitor: s.d.Config.Name}, Stat: stat, What: what}}
	for _, tr := range s.health.Step(at, rules.Window{Start: at, End: at}, samples) {
		s.decided(tr, nil)
	}
	if len(s.incident.open) > 0 {
		s.incident.follow(s, s.health, at, samples, nil)
	}
}

// clockSet sees that the clock was set: the time of day went on by another span
// than the one that passed. What the clock judges goes on as if it had not been.
func (s *Stream) clockSet(now time.Time) {
	if before := s.looked; !before.IsZero() {
		by := now.Round(0).Sub(before.Round(0)) - now.Sub(before)
		if by.Abs() >= time.Second {
			s.d.Log.Warn("the clock of this machine was set; no time is counted twice or left out", "monitor", s.d.Config.Name, "by", by.Round(time.Second))
			s.health.Shift(by)
		}
	}
	s.looked = now
}

// undecidedWords name the rules, and in how many windows of a day they were unknown.
func undecidedWords(monitor string, all []rules.Judged) string {
	const named = 3
	var parts []string
	for _, j := range all[:min(len(all), named)] {
		parts = append(parts, fmt.Sprintf("rule %s in %d of %d windows", j.Rule, j.Undecided, j.Windows))
	}
	if more := len(all) - named; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more rules", more))
	}
	return fmt.Sprintf("%s: for 24 h of event time it could mostly not be said whether a condition holds, and then it does not fire: %s; the windows may have too few rows, or a statistic cannot be said",
		monitor, strings.Join(parts, ", "))
}

// lag is how many records are there to be read, as far as the partitions were
// heard of.
func (s *Stream) lag() (n int64) {
	for _, p := range s.parts {
		n += max(0, p.End-p.Next)
	}
	return n
}

// freshness is in seconds. It goes by the partitions' running maxima, which a
// stray time in the future does not move: it would hide a stop.
func (s *Stream) freshness(now time.Time) float64 {
	highest := NoTime
	for _, p := range s.parts {
		highest = max(highest, p.Max)
	}
	if highest == NoTime {
		return math.NaN()
	}
	return float64(now.UnixMilli()-highest) / 1000
}

// byClock names the rules of the configuration that are judged by the clock.
func (d *Deps) byClock() (names []string) {
	clock, err := d.clockRules()
	if err != nil {
		return nil // compile says why
	}
	names = clock.Names()
	return names[:len(names)-len(healthRules(""))]
}
