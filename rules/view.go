package rules

import (
	"maps"
	"slices"
	"time"
)

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
