package rules

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// overall is how patterns name the segment "".
const overall = "-"

// Compile makes the engine of one monitor from those of the rules that name it.
// Segments are all that samples can come of, besides overall, "(other)" and
// "(missing)" among them; the order of features and segments is the order of
// transitions. Known are the statistics there are.
//
// Problems are those that Rule.Validate cannot see, all of them. The engine is
// nil if one of them is not a warning; Split tells apart what steps its rules.
// With no features, as before a reference
// is learnt, nothing is said about features that are not there.
func Compile(monitor string, rules []Rule, features []Feature, segments []string, known []Statistic) (*Engine, []Problem) {
	b := builder{monitor: monitor, features: features, segments: append([]string{""}, segments...), known: make(map[string]Statistic, len(known))}
	var names []string
	for _, st := range known {
		b.known[st.Name] = st
		names = append(names, st.Name)
	}
	b.nearest = func(name string) string { return Nearest(name, names) }
	e := &Engine{}
	used := make(map[string]bool)
	for i, r := range rules {
		if r.Monitor != monitor {
			continue
		}
		path := fmt.Sprintf("rules[%d]", i)
		if used[r.Name] {
			b.report(path+".name", "the name %q is used twice for monitor %q; alert ids need it to be unique", r.Name, monitor)
		}
		used[r.Name] = true
		e.rules = append(e.rules, b.rule(path, r))
	}
	for _, p := range b.problems {
		if !p.Warning {
			return nil, b.problems
		}
	}
	return e, b.problems
}

// builder compiles rules against one monitor.
type builder struct {
	monitor  string
	features []Feature
	segments []string // "" first
	known    map[string]Statistic
	nearest  func(string) string
	problems []Problem
}

func (b *builder) report(path, format string, args ...any) {
	b.problems = append(b.problems, Problem{Path: path, Message: fmt.Sprintf(format, args...)})
}

func (b *builder) warn(path, format string, args ...any) {
	b.problems = append(b.problems, Problem{Path: path, Message: fmt.Sprintf(format, args...), Warning: true})
}

func (b *builder) rule(path string, given Rule) *rule {
	r := &rule{Rule: given.withDefaults(), path: path, hash: given.Hash()}
	r.judged.Rule, r.day = r.Name, Day{Rule: r.Name, Hash: r.hash}
	before := len(b.problems)
	r.when = b.expression(path+".when", given.When)
	if given.Clear != "" {
		r.clear = b.expression(path+".clear", given.Clear)
	}
	b.texts(r)
	b.clock(r, given)
	if len(b.problems) > before {
		if len(r.Limits) == 0 && slices.ContainsFunc(r.uses(), func(u use) bool { return u.limit }) {
			b.noLimit(r)
		}
		return r // what else follows would only repeat it
	}
	b.level(r)
	r.members = b.members(r)
	b.limits(r)
	r.series = b.series(r)
	return r
}

func (b *builder) expression(path, text string) expression {
	c := compiler{path: path, known: b.known, nearest: b.nearest}
	c.compile(text)
	b.problems = append(b.problems, c.problems...)
	return c.expression
}

// texts also gathers the statistics that the rule needs, by name.
func (b *builder) texts(r *rule) {
	needed := make(map[string]Statistic)
	for _, u := range r.uses() {
		if !u.limit {
			needed[u.Name] = u.Statistic
			if of, ok := b.known[u.Measure]; ok {
				needed[of.Name] = of
			}
		}
	}
	r.summary = b.text(r, summaryProse(), r.Summary, needed)
	r.description = b.text(r, descriptionProse(), r.Description, needed)
	for _, name := range slices.Sorted(maps.Keys(needed)) {
		r.stats = append(r.stats, needed[name])
	}
}

func (b *builder) text(r *rule, of prose, written string, needed map[string]Statistic) summary {
	path := r.path + "." + of.key
	text, err := parseSummary(of, written)
	if err == nil {
		err = text.check()
	}
	if err != nil {
		b.problems = append(b.problems, of.problem(path, written, err))
	}
	aggregates := r.aggregates()
	for _, name := range text.names {
		if st, ok := b.known[name]; ok {
			needed[name] = st
		} else if !slices.ContainsFunc(aggregates, func(a aggregate) bool { return a.text == name }) {
			b.report(path, "%s", unknownStatistic(name, b.nearest))
		}
	}
	return text
}

// level decides what one alert of the rule is about.
func (b *builder) level(r *rule) {
	r.perSegment = !slices.ContainsFunc(r.uses(), use.direct)
	if !slices.ContainsFunc(r.aggregates(), func(a aggregate) bool { return !a.delta }) {
		return
	}
	for _, e := range r.asks() {
		for _, u := range e.uses {
			if u.direct() {
				b.problems = append(b.problems, Problem{
					Path: r.path + "." + e.key, Column: u.column,
					Message: fmt.Sprintf("%s belongs to one feature, and share, count and max make this rule about all of them; put it inside one", u.Name),
				})
			}
		}
	}
}

// members picks the features whose kind has every statistic that the rule asks
// of a feature.
func (b *builder) members(r *rule) []string {
	if !r.asksFeatures() {
		return nil
	}
	selected, out := globs(r.Features), make(map[string][]string)
	var members []string
	for _, f := range b.features {
		if !selected.of(f).match(f.Name) || !declaredFor(r.uses(), f.Name) {
			continue
		}
		if about := undefinedFor(r.uses(), f); about != "" {
			out[about] = append(out[about], f.Name)
			continue
		}
		members = append(members, f.Name)
	}
	for _, about := range slices.Sorted(maps.Keys(out)) {
		b.warn(r.path+".features", "%s: the rule leaves out %s", about, strings.Join(out[about], ", "))
	}
	names := make([]string, len(b.features))
	for i, f := range b.features {
		names[i] = f.Name
	}
	b.unmatched(r.path+".features", "feature", r.Features, names)
	return members
}

// unmatched warns of patterns that select, or exclude, nothing.
func (b *builder) unmatched(path, what string, patterns, names []string) {
	for i, pattern := range patterns {
		bare := globs{strings.TrimPrefix(pattern, "!")}
		if len(names) > 0 && !slices.ContainsFunc(names, bare.match) {
			b.warn(fmt.Sprintf("%s[%d]", path, i), "%q matches no %s of monitor %q; there are %s", pattern, what, b.monitor, some(names))
		}
	}
}

// declaredFor says that all that is asked is declared of a feature. Where it is
// not, the rule has nothing to say: there is no need to tell.
func declaredFor(uses []use, feature string) bool {
	return !slices.ContainsFunc(uses, func(u use) bool { return !u.limit && u.Features != nil && !slices.Contains(u.Features, feature) })
}

func (b *builder) noLimit(r *rule) {
	b.report(r.path+".limits", "limit is used, and has no value here; write limits: {default: 0.1}")
}

// undefinedFor is why the rule cannot be about a feature; "": it can.
func undefinedFor(uses []use, f Feature) string {
	for _, u := range uses {
		switch {
		case u.limit || u.Stream:
		case u.Kinds != nil && !slices.Contains(u.Kinds, f.Kind) && !slices.Contains(u.Also, f.Name):
			return u.Name + " is not defined for " + f.Kind + " features"
		case slices.Contains(u.Hidden, f.Name):
			return u.Name + " is not said of sensitive features"
		}
	}
	return ""
}

// limits checks that limit has a value wherever it is asked for.
func (b *builder) limits(r *rule) {
	path := r.path + ".limits"
	asked, needsDefault := false, false
	for _, u := range r.uses() {
		asked = asked || u.limit
		needsDefault = needsDefault || u.limit && r.perSegment && !u.inside
	}
	if !asked && len(r.Limits) > 0 {
		b.warn(path, "when and clear do not use limit, so the limits do nothing")
	}
	_, hasDefault := r.Limits["default"]
	var without []string
	for _, name := range r.members {
		if _, ok := r.Limits[name]; !ok {
			without = append(without, name)
		}
	}
	if asked && !hasDefault && (needsDefault || len(without) > 0 || len(r.Limits) == 0) {
		b.noLimit(r)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Limits)) {
		isFeature := slices.ContainsFunc(b.features, func(f Feature) bool { return f.Name == name })
		if name != "default" && !isFeature && len(b.features) > 0 {
			b.warn(path+"."+name, "monitor %q has no feature %q", b.monitor, name)
		}
	}
}

// series lists all that the rule has an alert for.
func (b *builder) series(r *rule) []series {
	selected, names := globs(r.Segments), r.members
	if r.perSegment {
		names = []string{""}
	}
	var all []series
	for _, segment := range b.segments {
		if !selected.match(segmentName(segment)) {
			continue
		}
		for _, name := range names {
			all = append(all, series{
				Series: Series{Monitor: b.monitor, Segment: segment, Feature: name},
				limit:  r.limit(name),
				alert:  alert{state: OK},
			})
		}
	}
	known := make([]string, len(b.segments))
	for i, s := range b.segments {
		known[i] = segmentName(s)
	}
	b.unmatched(r.path+".segments", "segment", r.Segments, known)
	return all
}

// some lists names for people, not thousands of them.
func some(names []string) string {
	const shown = 10
	text := strings.Join(names[:min(shown, len(names))], ", ")
	if more := len(names) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func segmentName(segment string) string {
	if segment == "" {
		return overall
	}
	return segment
}

// limit is NaN where there is none.
func (r *rule) limit(feature string) float64 {
	for _, name := range []string{feature, "default"} {
		if v, ok := r.Limits[name]; ok {
			return v
		}
	}
	return math.NaN()
}
