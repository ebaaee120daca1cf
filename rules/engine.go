package rules

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Engine holds the alerts of one monitor. It is not safe for concurrent use:
// the goroutine that owns the monitor's stream owns it too.
type Engine struct {
	rules []*rule
}

// Transition is one change of state.
type Transition struct {
	// ID is monitor/rule/segment/feature/end, "-" where segment or feature is
	// "", and end that of the window in which the series left ok (UTC, RFC
	// 3339). It stays the same until the series is ok again.
	ID              string
	Time            time.Time // of the step that decided it
	State, Previous State
	Reason          string // why it ended, if not by being clear: ReasonNoData, ...
	Rule            *Rule  // with its defaults; of a rule that is gone, what was saved of it
	Series          Series

	// Since is the start of the earliest pane whose own counts made when true,
	// as seen when the series left ok, else that window's start. With several
	// windows this, and the numbers, are of the shortest.
	Since   time.Time
	Measure Measure
	Stats   map[string]float64 // what the rule and its texts name, as the rule saw it: NaN below min_samples; share(...), count(...) and max(...) by their text
	Summary string
	// Description is the rule's own words below the summary, of several lines; ""
	// where it has none, or none for the end.
	Description string
	Only        []Part // of a firing alert: the parts of the rows that it is confined to
}

// rule is a Rule, compiled for the engine's monitor.
type rule struct {
	Rule
	path        string
	hash        string
	when        expression
	clear       expression // eval nil: when is known to be false
	summary     summary
	description summary
	stats       []Statistic // named by when, clear, summary and description, by name

	perSegment bool     // one alert a segment, else one a feature too
	members    []string // the features it looks at, in the monitor's order
	series     []series
	judged     Judged
	day        Day
}

// series is one alert of a rule.
type series struct {
	Series
	limit float64
	alert alert
	known bool // when was, in the last step
}

func (r *rule) uses() []use { return slices.Concat(r.when.uses, r.clear.uses) }

// asked is what one expression of a rule names.
type asked struct {
	key  string
	uses []use
}

func (r *rule) asks() []asked { return []asked{{"when", r.when.uses}, {"clear", r.clear.uses}} }

func (r *rule) aggregates() []aggregate {
	return slices.Concat(r.when.aggregates, r.clear.aggregates)
}

func (r *rule) asksFeatures() bool {
	return slices.ContainsFunc(r.uses(), func(u use) bool { return !u.limit && !u.Stream })
}

// direct says that the rule asks this of one feature by itself.
func (u use) direct() bool { return !u.limit && !u.Stream && !u.inside }

// Step judges one closed window and returns what changed, by rule, then
// segment, then feature, in the order Compile was given. A series without a
// sample is unknown; one that no rule looks at is ignored. Steps are taken in
// the order of time.
func (e *Engine) Step(at time.Time, window Window, samples []Sample) []Transition {
	data := viewOf(samples)
	rows := slices.ContainsFunc(samples, func(s Sample) bool { return s.Rows > 0 })
	var changes []Transition
	for _, r := range e.rules {
		r.day.turn(at)
		for i := range r.series {
			if t, changed := r.step(&r.series[i], at, window, data); changed {
				changes = append(changes, t)
			}
		}
		if rows && !window.of(r.Longest()).Partial() {
			r.count(at)
		}
	}
	return changes
}

// view is the samples of one window by series.
type view map[Series]*Sample

func viewOf(samples []Sample) view {
	v := make(view, len(samples))
	for i := range samples {
		v[samples[i].Series] = &samples[i]
	}
	return v
}

// in is a series in the window of a size, 0 being the monitor's own; nil where it is
// not known.
func (v view) in(of Series, size time.Duration) *Sample {
	s := v[of]
	switch {
	case s == nil || size == 0:
		return s
	case s.In == nil:
		return nil
	}
	return s.In(size)
}

// breach asks when of all windows of the rule.
func (r *rule) breach(s *series, data view) truth {
	all := yes
	for _, size := range r.sizes() {
		all = min(all, r.when.eval(r.scopeIn(size, s, data)))
	}
	return all
}

func (r *rule) step(s *series, at time.Time, window Window, data view) (Transition, bool) {
	scope := r.scopeOf(s, data)
	breach := r.breach(s, data)
	s.known = breach != unknown
	clear := -breach
	if r.clear.eval != nil {
		clear = r.clear.eval(scope)
	}
	before := s.alert
	noData := r.NoData
	if window.of(r.Longest()).Partial() {
		noData = keepState
	}
	after, reason := before.step(at, decide(breach, clear, noData), &r.Rule)
	if before.state == OK && after.state != OK {
		after.left, after.since = window.End, r.since(s, window, data)
	}
	s.alert = after
	if after.state == before.state {
		return Transition{}, false
	}
	t := r.transition(s, at, before, reason)
	t.Stats = r.values(scope)
	return r.tell(t, s, data), true
}

// tell adds the words to the numbers.
func (r *rule) tell(t Transition, s *series, data view) Transition {
	if t.State == Firing {
		t.Only = r.only(s, data)
	}
	words := r.summaryData(t)
	if sample := data.in(s.Series, r.Shortest()); t.State != OK && sample != nil && sample.What != nil {
		if words.What = sample.What(r.names()); words.What != "" {
			words.What += OnlyWords(t.Only)
		}
	}
	if t.Reason != "" { // it has not recovered
		t.Summary = plainEnd(t)
		return t
	}
	t.Summary, t.Description = r.summarize(words, s.limit, t.Only), r.description.own(words)
	return t
}

// names are the statistics that the rule needs.
func (r *rule) names() []string {
	names := make([]string, len(r.stats))
	for i, st := range r.stats {
		names[i] = st.Name
	}
	return names
}

// transition describes the change from before to s.alert.
func (r *rule) transition(s *series, at time.Time, before alert, reason string) Transition {
	kept := s.alert
	if kept.state == OK {
		kept = before
	}
	return Transition{
		ID:   id(r.Monitor, r.Name, s.Series, kept.left),
		Time: at, State: s.alert.state, Previous: before.state, Reason: reason,
		Rule: &r.Rule, Series: s.Series, Since: kept.since, Measure: r.when.measure,
	}
}

func id(monitor, rule string, s Series, left time.Time) string {
	return strings.Join([]string{
		monitor, rule, cmp.Or(s.Segment, "-"), cmp.Or(s.Feature, "-"),
		left.UTC().Format("2006-01-02T15:04:05.999Z07:00"),
	}, "/")
}

func (r *rule) summaryData(t Transition) summaryData {
	return summaryData{
		Monitor: r.Monitor, Rule: r.Name, Severity: r.Severity, State: t.State,
		Segment: t.Series.Segment, Feature: t.Series.Feature, Since: t.Since.UTC(), Stats: t.Stats,
	}
}

// scopeOf is that of the shortest window, which the numbers are of.
func (r *rule) scopeOf(s *series, data view) *scope { return r.scopeIn(r.Shortest(), s, data) }

func (r *rule) scopeIn(size time.Duration, s *series, data view) *scope {
	return r.scope(s, func(of Series) source { return r.source(data.in(of, size)) })
}

// scope gathers what the rule reads for one series.
func (r *rule) scope(s *series, look func(Series) source) *scope {
	of := func(feature string) source {
		return look(Series{Monitor: s.Monitor, Segment: s.Segment, Feature: feature})
	}
	sc := &scope{feature: of(s.Feature), stream: of(""), limit: s.limit}
	if r.perSegment {
		for _, name := range r.members {
			sc.members = append(sc.members, member{source: of(name), limit: r.limit(name)})
		}
	}
	return sc
}

// reads names the features, the stream's "" first, whose samples scope looks at.
func (r *rule) reads(s *series) []string {
	if r.perSegment {
		return append([]string{""}, r.members...)
	}
	return []string{"", s.Feature}
}

func (r *rule) source(s *Sample) source {
	if s == nil {
		return source{}
	}
	of := source{
		stat: s.Stat,
		thin: s.Rows < uint64(*r.MinSamples) || s.ReferenceRows < uint64(*r.MinReferenceSamples),
	}
	if s.Past != nil {
		of.past = func(lag time.Duration) source { return r.source(s.Past(lag)) }
	}
	return of
}

func (r *rule) values(sc *scope) map[string]float64 {
	values := make(map[string]float64)
	for _, st := range r.stats {
		if st.Stream || !r.perSegment {
			values[st.Name] = sc.value(st)
		}
	}
	for _, a := range r.aggregates() {
		values[a.text] = a.eval(sc)
	}
	return values
}

// since judges pane by pane, without min_samples, and in a rule about features
// with the window's number of rows: one pane of a window that has enough rows
// need not have enough by itself.
func (r *rule) since(s *series, window Window, data view) time.Time {
	panes := make(map[int64]map[Series]source)
	for _, feature := range r.reads(s) {
		of := Series{Monitor: s.Monitor, Segment: s.Segment, Feature: feature}
		sample := data.in(of, r.Shortest())
		if sample == nil || sample.Panes == nil {
			continue
		}
		for _, pane := range sample.Panes() {
			at := pane.Start.UnixNano()
			if panes[at] == nil {
				panes[at] = make(map[Series]source)
			}
			panes[at][of] = source{stat: pane.Stat}
			if feature == "" && r.asksFeatures() {
				panes[at][of] = source{stat: sample.Stat}
			}
		}
	}
	for _, at := range slices.Sorted(maps.Keys(panes)) {
		if r.when.eval(r.scope(s, func(of Series) source { return panes[at][of] })) == yes {
			return time.Unix(0, at).UTC()
		}
	}
	return window.of(r.Shortest()).Start
}

// Next is the earliest time at which a Step with the very samples of the last
// one would change a state, because a for, a keep_firing_for or a stale_after
// runs out; false if none ever would. Steps with those samples before that time
// can be left out.
func (e *Engine) Next() (time.Time, bool) {
	var earliest time.Time
	for _, r := range e.rules {
		for i := range r.series {
			if at, ok := r.series[i].alert.next(&r.Rule); ok && (earliest.IsZero() || at.Before(earliest)) {
				earliest = at
			}
		}
	}
	return earliest, !earliest.IsZero()
}

// Statistics names all that any rule needs, sorted: no others are asked of a
// sample.
func (e *Engine) Statistics() []string {
	var names []string
	for _, r := range e.rules {
		for _, st := range r.stats {
			names = append(names, st.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Wants says whether any rule looks at a segment; "" is overall.
func (e *Engine) Wants(segment string) bool {
	return slices.ContainsFunc(e.rules, func(r *rule) bool {
		return slices.ContainsFunc(r.series, func(s series) bool { return s.Segment == segment })
	})
}
