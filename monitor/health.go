package monitor

import (
	"math"
	"time"

	"driftwatch/rules"
)

// Three alerts are always there. They are about the reading itself and judged
// by the clock, since the windows stand still when a partition cannot be read:
// driftwatch-blind while some partition has had no successful fetch for
// idle_timeout, driftwatch-gap when the log no longer held records that were
// not read yet, driftwatch-recreated when the topic was made anew.
func healthRules(monitor string) []rules.Rule {
	const shownFor = rules.Duration(10 * time.Minute) // events have no end of their own
	zero := 0
	return []rules.Rule{
		{
			Name: "driftwatch-blind", Monitor: monitor, When: "blind > 0", Severity: "page", MinSamples: &zero, MinReferenceSamples: &zero,
			Summary: `{{ if eq .State "ok" }}all partitions of {{ .Monitor }} are read again{{ else }}{{ .Monitor }} cannot be read: no successful fetch from {{ printf "%.0f of %.0f" .Stats.blind .Stats.partitions }} partitions for a while{{ end }}`,
		},
		{
			Name: "driftwatch-gap", Monitor: monitor, When: "lost > 0", Severity: "warn", KeepFiringFor: shownFor, MinSamples: &zero, MinReferenceSamples: &zero,
			Summary: `{{ if eq .State "ok" }}no more records of {{ .Monitor }} were lost{{ else }}{{ printf "%.0f" .Stats.lost }} records of {{ .Monitor }} were deleted before they were read{{ end }}`,
		},
		{
			Name: "driftwatch-recreated", Monitor: monitor, When: "recreated > 0", Severity: "warn", KeepFiringFor: shownFor, MinSamples: &zero, MinReferenceSamples: &zero,
			Summary: `the topic of {{ .Monitor }} was made anew; reading began again at its start`,
		},
	}
}

func newHealth(monitor string) (*rules.Engine, []rules.Problem) {
	var known []rules.Statistic
	for _, name := range []string{"blind", "partitions", "lost", "recreated"} {
		known = append(known, rules.Statistic{Name: name, Stream: true, Rowwise: true})
	}
	return rules.Compile(monitor, healthRules(monitor), nil, nil, known)
}

// stepHealth judges the reading as it is now.
func (s *Stream) stepHealth(now time.Time) {
	if s.health == nil {
		return
	}
	at := now.Truncate(time.Second).UTC()
	blind := 0
	for _, p := range s.parts {
		if !s.reachable(p, now) {
			blind++
		}
	}
	values := map[string]float64{"blind": float64(blind), "partitions": float64(len(s.parts)), "lost": float64(s.lost), "recreated": float64(s.recreated)}
	s.lost, s.recreated = 0, 0
	stat := func(name string) float64 {
		if x, ok := values[name]; ok {
			return x
		}
		return math.NaN()
	}
	samples := []rules.Sample{{Series: rules.Series{Monitor: s.d.Config.Name}, Stat: stat}}
	for _, tr := range s.health.Step(at, rules.Window{Start: at, End: at}, samples) {
		s.decided(tr, nil, now)
	}
	if len(s.incident.open) > 0 {
		s.incident.follow(s, s.health, at, samples, nil)
	}
}
