package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"driftwatch/rules"
)

// starterRule is a rule with its reasons; without a condition it is only the
// reason why there is no such rule.
type starterRule struct {
	name, when, severity string
	features             []string // nil: not of features
	limits               []limit
	usual                []string       // what limits other than the default come from
	wait                 rules.Duration // for
	minSamples           int            // 0: the usual
	why                  []string
	out                  []string // fields that it leaves out, with the reason
}

// limit is what is usual of one feature, and a little more.
type limit struct {
	feature string // "default" is all others
	at      float64
}

// observed are the statistics whose usual values limits are set by.
var observed = []string{
	"rate_ratio", "malformed_rate", "rejected_rate", "late_rate", "duplicate_rate",
	"schema_added", "schema_lost", "schema_type_changed", "schema_null_changed", "schema_constant",
	"type_error_rate", "missing_rate", "new_rate_excess", "psi_lo", "p50", "p95",
	"out_of_range_rate", "set_error_rate", "pattern_error_rate", "integer_error_rate",
}

// rateRule asks of each feature for a share of its rows.
type rateRule struct {
	name, statistic, severity, why string
	floor                          float64
}

// Of a rate that is usually 0 the floor is the limit: a handful of bad records is
// nothing to be woken for. Else it is twice the largest that was usual.
var rateRules = []rateRule{
	{"type-errors", "type_error_rate", "page", "a field has values of another type", 0.01},
	{"missing-values", "missing_rate", "page", "a field is absent or null more often than it ever was", 0.02},
	{"out-of-range", "out_of_range_rate", "warn", "numbers outside of min and max: a wrong unit, a wrong sign", 0.01},
	{"unknown-values", "set_error_rate", "warn", "values that are none of those declared", 0.01},
	{"wrong-format", "pattern_error_rate", "warn", "values that are not of the declared format", 0.01},
	{"not-integer", "integer_error_rate", "warn", "fractions where all numbers were whole", 0.01},
}

// streamRule asks for a number of the records as a whole.
type streamRule struct {
	name, statistic, severity, why string
	floor                          float64
	isRejected                     bool // it is of records that are no rows
}

var streamRules = []streamRule{
	{"malformed", "malformed_rate", "page", "records that are not JSON objects", 0.01, true},
	{"rejected", "rejected_rate", "warn", "records that cannot be counted: malformed, without a time, from the future, too large", 0.02, true},
	{"late", "late_rate", "warn", "records that come after their window has closed, and are missing in it", 0.05, false},
	{"duplicates", "duplicate_rate", "warn", "records that came more than once, by the key", 0.01, false},
}

// starterRules are the rules to begin with, causes before what they cause.
func starterRules(d *draft, silence time.Duration, u *usual) []starterRule {
	all := []starterRule{stale(d, silence), stopped(u)}
	if r, ok := volume(d, u); ok {
		all = append(all, r)
	}
	for _, r := range streamRules {
		if r.statistic == "duplicate_rate" && d.key == "" {
			continue
		}
		all = append(all, r.rule(d, u))
	}
	if r, ok := lateProducer(d, u); ok {
		all = append(all, r)
	}
	if r, ok := schema(u); ok {
		all = append(all, r)
	}
	for _, r := range rateRules {
		if rule, ok := r.rule(d, u); ok {
			all = append(all, rule)
		}
	}
	if r, ok := newValues(d, u); ok {
		all = append(all, r)
	}
	all = append(all, drift(d, u))
	for i := range all {
		distributions := slices.ContainsFunc([]string{"psi_lo", "new_rate", "p95"}, func(of string) bool { return strings.HasPrefix(all[i].when, of) })
		if n := d.minSamples(); distributions && n != usualMinSamples {
			all[i].minSamples = n
		}
	}
	return all
}

// stopped is the rule on a topic without records. Where that is usual, it waits
// for twice as long as it ever was.
func stopped(u *usual) starterRule {
	r := starterRule{name: "stopped", when: "rows == 0", severity: "page", why: []string{"no record in a whole window"}}
	const most = 24 * time.Hour
	switch {
	case u.longest <= 0:
		r.why[0] += ": there was none such in the reference"
	case 2*u.longest <= most:
		r.wait = rules.Duration((2 * u.longest).Round(u.every))
		r.why[0] += fmt.Sprintf(", for twice as long as there was none in the reference (%s)", rules.Duration(u.longest))
	default:
		return starterRule{name: r.name, why: []string{fmt.Sprintf("not made: in the reference there was no record for %s, so that a silence says nothing", rules.Duration(u.longest))}}
	}
	return r
}

// volume is the rule on the number of records.
func volume(d *draft, u *usual) (starterRule, bool) {
	c := u.of("rate_ratio", "")
	low := c.least()
	high, _ := c.most()
	r := starterRule{name: "volume"}
	span := d.reference()
	switch {
	case math.IsNaN(low) || low < 0.02:
		r.why = []string{"not made: the reference has windows with next to no records, so that few say nothing"}
	case span < almostWeek:
		r.why = []string{fmt.Sprintf("not made: the reference has %s and no whole week, so that what is usual on other days is not known", rules.Duration(span.Round(time.Minute)))}
	default:
		r.when = fmt.Sprintf("rate_ratio < %s || rate_ratio > %s", limitText(low/2), limitText(2*high))
		r.severity, r.wait = "warn", d.window.Size
		r.why = []string{fmt.Sprintf("half of the least, or twice the most records that a window of the reference had (%s to %s times what it leads to expect)", limitText(low), limitText(high))}
	}
	return r, true
}

func (s streamRule) rule(d *draft, u *usual) starterRule {
	own, at := u.of(s.statistic, "").most()
	limit := d.floor(s.floor)
	r := starterRule{name: s.name, severity: s.severity, why: []string{s.why}}
	if own > 0 {
		limit = max(limit, 2*own)
		r.why = append(r.why, fmt.Sprintf("in the reference it was %s at most, in the window to %s", percent(own), at.UTC().Format(time.RFC3339)))
	}
	if limit > 0.5 {
		return starterRule{name: s.name, why: append(r.why, "not made: more than half is usual")}
	}
	enough := fmt.Sprintf("rows >= %d", d.ratesFrom())
	if s.isRejected {
		enough = fmt.Sprintf("(%s || %s > 0.5)", enough, s.statistic) // where all are, there are no rows
	}
	r.when = fmt.Sprintf("%s > %s && %s", s.statistic, limitText(upwards(limit)), enough)
	return r
}

// schema is the rule on fields that come, go or change, of those too that are not
// watched. What the reference's own windows had says nothing.
func schema(u *usual) (starterRule, bool) {
	r := starterRule{
		name: "schema", severity: "warn",
		why: []string{"a field appears, vanishes, changes its type, is null where it never was, or has one value only; the key and the fields left out, too"},
	}
	var parts []string
	for _, name := range []string{"schema_added", "schema_lost", "schema_type_changed", "schema_null_changed", "schema_constant"} {
		if most, at := u.of(name, "").most(); most > 0 {
			r.out = append(r.out, fmt.Sprintf("%s: the reference itself had some, most of all in the window to %s", name, at.UTC().Format(time.RFC3339)))
			continue
		}
		parts = append(parts, name+" > 0")
	}
	r.when = strings.Join(parts, " || ")
	return r, len(parts) > 0
}

// rule sets the limits of a share of the rows. One that is usually large gets half
// of what is left to 1.
func (s rateRule) rule(d *draft, u *usual) (starterRule, bool) {
	floor, st := d.floor(s.floor), u.wanted[s.statistic]
	r := starterRule{
		name: s.name, severity: s.severity, why: []string{s.why},
		when: fmt.Sprintf("%s > limit && rows >= %d", s.statistic, d.ratesFrom()), limits: []limit{{"default", floor}},
	}
	var members, others []string
	for _, f := range d.features {
		own, at := u.of(s.statistic, f.Name).most()
		switch {
		case !u.defines(st, f.Name):
			others = append(others, f.Name)
			continue
		case own >= 0.95:
			others = append(others, f.Name)
			r.out = append(r.out, fmt.Sprintf("%s: it was %s in the window to %s", printable(f.Name), percent(own), at.UTC().Format(time.RFC3339)))
			continue
		case 2*own > floor:
			r.limits = append(r.limits, limit{f.Name, min(upwards(2*own), math.Ceil(500*(1+own))/1000)})
			r.usual = append(r.usual, fmt.Sprintf("%s was %s in the window to %s", printable(f.Name), percent(own), at.UTC().Format(time.RFC3339)))
		}
		members = append(members, f.Name)
	}
	r.features = globs(members, others, st.Features != nil)
	if len(r.limits) > 1 {
		r.why = append(r.why, "where it was usual in the reference, twice the most of any window, or half of what is left to 1")
	}
	return r, len(members) > 0
}

// has says that a feature declares a key.
func (d draftFeature) has(key string) bool {
	return slices.ContainsFunc(d.keys, func(k string) bool { return strings.HasPrefix(k, key+":") })
}

// globs names features: one by one, or as all but a few.
func globs(members, others []string, each bool) []string {
	if each || len(others) > len(members) {
		return members
	}
	out := []string{"*"}
	for _, name := range others {
		out = append(out, "!"+name)
	}
	return out
}

// write writes the rule with its reasons.
func (r starterRule) write(w *yamlWriter, monitorName string) {
	if r.when == "" {
		w.line(1, "# %s: %s", r.name, strings.Join(r.why, "; "))
		for _, out := range r.out {
			w.line(1, "#   %s", out)
		}
		return
	}
	w.line(1, "- name: %s", r.name)
	for _, why := range r.why {
		w.line(2, "# %s", why)
	}
	for _, usual := range r.usual {
		w.line(2, "# %s", usual)
	}
	for _, out := range r.out {
		w.line(2, "# without %s", out)
	}
	w.line(2, "monitor: %s", quotedName(monitorName))
	if r.features != nil {
		w.line(2, "features: %s", list(r.features))
	}
	w.line(2, "when: %s", r.when)
	if len(r.limits) > 0 {
		var all []string
		for _, l := range r.limits {
			all = append(all, quotedName(l.feature)+": "+strconv.FormatFloat(l.at, 'g', 3, 64))
		}
		w.line(2, "limits: {%s}", strings.Join(all, ", "))
	}
	if r.wait > 0 {
		w.line(2, "for: %s", r.wait)
	}
	if r.minSamples > 0 {
		w.line(2, "min_samples: %d", r.minSamples)
	}
	w.line(2, "severity: %s", r.severity)
}
