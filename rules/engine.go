package rules

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Engine holds the alerts of one monitor. It is not safe for concurrent use:
// the goroutine that owns the monitor's stream owns it too.
type Engine struct {
	rules  []*rule
	wanted map[string]bool // the segments that any of them looks at; nil: nobody has asked yet
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
	if e.wanted == nil {
		e.wanted = map[string]bool{}
		for _, r := range e.rules {
			for i := range r.series {
				e.wanted[r.series[i].Segment] = true
			}
		}
	}
	return e.wanted[segment]
}
