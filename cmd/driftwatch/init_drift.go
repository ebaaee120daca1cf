package main

import (
	"fmt"
	"time"

	"driftwatch/monitor"
	"driftwatch/stats"
)

// newValues is the rule on categories that the reference does not have.
func newValues(d *draft, u *usual) (starterRule, bool) {
	const most = 0.5
	floor := d.floor(0.02)
	r := starterRule{
		name: "new-values", severity: "warn", when: "new_rate_excess > limit", limits: []limit{{"default", floor}},
		why: []string{"a category that the reference does not have, in more of the rows than rare ones were"},
	}
	var members []string
	for _, f := range d.features {
		if f.Kind != stats.Categorical || f.has("values") { // that one is for it
			continue
		}
		own, _ := u.of("new_rate_excess", f.Name).most()
		switch {
		case f.churns() || 2*own > most:
			r.out = append(r.out, fmt.Sprintf("%s: its values come and go", printable(f.Name)))
			continue
		case 2*own > floor:
			r.limits = append(r.limits, limit{f.Name, upwards(2 * own)})
		}
		members = append(members, f.Name)
	}
	r.features = globs(members, nil, true)
	return r, len(members) > 0
}

// What limits of psi_lo are made of.
const (
	driftFloor  = 0.1  // half of what is commonly called a drift, and certain
	driftUnsure = 0.25 // the same of a reference shorter than a day: what differs by the hour it does not know
	driftFactor = 1.5  // times the largest of the reference's own windows
	driftMost   = 1.0  // a limit above it is passed by little that a rate would not show
	driftTrend  = 0.05 // a trend that makes windows differ by less makes no difference soon
)

// drift is the rule on distributions.
func drift(d *draft, u *usual) starterRule {
	floor := driftFloor
	if d.reference() < 24*time.Hour {
		floor = driftUnsure
	}
	r := starterRule{
		name: "drift", severity: "warn", when: "psi_lo > limit", limits: []limit{{"default", floor}}, wait: d.window.Size,
		why: []string{
			"the distribution is another one than in the reference, by more than its noise;",
			"where the reference's own windows differ from all of it, as they do by the hour, 1.5 times as much as any of them;",
			"for two windows that have no record in common",
		},
	}
	if floor > driftFloor {
		r.why = append(r.why, "the reference is shorter than a day, so that only large differences count; make it anew when there is a week")
	}
	var members, others []string
	for _, f := range d.features {
		own, at := u.of("psi_lo", f.Name).most()
		why := f.unsteady(u)
		if f.Kind == stats.Text || why != "" {
			others = append(others, f.Name)
		}
		if f.Kind == stats.Text {
			continue
		}
		if why != "" {
			r.out = append(r.out, printable(f.Name)+": "+why)
			continue
		}
		if driftFactor*own > floor {
			r.limits = append(r.limits, limit{f.Name, upwards(driftFactor * own)})
			r.usual = append(r.usual, fmt.Sprintf("%s had %s in the window to %s", printable(f.Name), limitText(own), at.UTC().Format(time.RFC3339)))
		}
		members = append(members, f.Name)
	}
	if len(members) == 0 {
		return starterRule{name: r.name, why: []string{"not made: no feature has a distribution that stays"}, out: r.out}
	}
	r.features = globs(members, others, false)
	return r
}

// unsteady says why no limit is of use for a feature's distribution; "" is that
// there is one.
func (d draftFeature) unsteady(u *usual) string {
	own, at := u.of("psi_lo", d.Name).most()
	switch {
	case d.Kind == stats.Categorical && d.churns():
		return "its values come and go"
	case own > driftTrend && (d.Trend || monitor.Trending(u.of("p50", d.Name).values)):
		return "it rises or falls all the way through the reference, and goes on to"
	case driftFactor*own > driftMost:
		return fmt.Sprintf("its own windows differ by as much as %s, in that to %s", limitText(own), at.UTC().Format(time.RFC3339))
	}
	return ""
}
