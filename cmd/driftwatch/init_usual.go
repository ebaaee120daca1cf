package main

import (
	"context"
	"log/slog"
	"math"
	"slices"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// usual is what the rules would have seen in the windows of the reference
// itself, compared with all of it: the limits are set by what is usual there.
type usual struct {
	windows int // with rows
	// statistics by name, then by feature ("" is the rows themselves).
	statistics map[string]map[string]*course
	// longest is the longest time without a record, between two windows that have
	// some.
	longest time.Duration

	wanted  map[string]rules.Statistic
	kinds   map[string]string // by feature
	every   time.Duration
	lastEnd time.Time // of the last window with rows

	minSamples, ratesFrom int // rows below which a window says nothing
	told                  func(end time.Time)
}

// course is a statistic in the windows of the reference, in the order of time:
// NaN where it could not be said.
type course struct {
	values []float64
	at     []time.Time // ends of the windows
}

// watch runs the engine over the reference with a rule that asks nothing.
func (s *starter) watch(ctx context.Context) (*usual, error) {
	u := &usual{
		statistics: map[string]map[string]*course{}, wanted: map[string]rules.Statistic{}, kinds: map[string]string{},
		every: time.Duration(s.config.Window.Every), minSamples: s.draft.minSamples(), ratesFrom: s.draft.ratesFrom(),
		told: s.progress("looking at the windows"),
	}
	for _, st := range monitor.Statistics(s.config) {
		u.wanted[st.Name] = st
	}
	for _, e := range s.profile.Layout.Features {
		u.kinds[e.Name] = e.Kind.String()
	}
	cfg := &Config{Monitors: []monitor.Config{s.config}}
	d, err := cfg.deps(s.config, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	d.Profile, d.Source = s.profile, s.source
	d.Rules = []rules.Rule{{Name: "look", Monitor: s.config.Name, When: "rows < 0"}}
	_, err = monitor.Backtest(ctx, d, monitor.BacktestOptions{From: s.draft.from, To: s.draft.split, Closed: u.take})
	return u, err
}

// take notes what one window has. The first ones, which began before the records
// do, and those with few rows say nothing.
func (u *usual) take(w rules.Window, samples []rules.Sample) {
	u.told(w.End)
	if w.Partial() {
		return
	}
	for _, s := range samples {
		if s.Series.Segment != "" {
			continue
		}
		if s.Series.Feature == "" && s.Rows > 0 {
			if u.windows > 0 {
				u.longest = max(u.longest, w.End.Sub(u.lastEnd)-u.every)
			}
			u.windows++
			u.lastEnd = w.End
		}
		for _, name := range observed {
			if st, there := u.wanted[name]; there && st.Stream == (s.Series.Feature == "") && (st.Stream || u.defines(st, s.Series.Feature)) {
				u.note(w, s, st)
			}
		}
	}
}

func (u *usual) note(w rules.Window, s rules.Sample, st rules.Statistic) {
	switch {
	case !st.Stream && st.Rowwise && s.Rows < uint64(u.ratesFrom), !st.Rowwise && s.Rows < uint64(u.minSamples):
		return
	}
	of := u.statistics[st.Name]
	if of == nil {
		of = map[string]*course{}
		u.statistics[st.Name] = of
	}
	c := of[s.Series.Feature]
	if c == nil {
		c = &course{}
		of[s.Series.Feature] = c
	}
	c.values, c.at = append(c.values, s.Stat(st.Name)), append(c.at, w.End)
}

// of gives the course of a statistic, an empty one where it was never seen.
func (u *usual) of(statistic, feature string) *course {
	if c := u.statistics[statistic][feature]; c != nil {
		return c
	}
	return &course{}
}

// most is the greatest value and when it was; NaN where none is known.
func (c *course) most() (x float64, at time.Time) {
	return c.extreme(func(a, b float64) bool { return a > b })
}

// least is the smallest value.
func (c *course) least() float64 {
	x, _ := c.extreme(func(a, b float64) bool { return a < b })
	return x
}

func (c *course) extreme(beyond func(a, b float64) bool) (x float64, at time.Time) {
	x = math.NaN()
	for i, v := range c.values {
		if !math.IsNaN(v) && (math.IsNaN(x) || beyond(v, x)) {
			x, at = v, c.at[i]
		}
	}
	return x, at
}

// defines says that a statistic of features is defined for one of them.
func (u *usual) defines(st rules.Statistic, feature string) bool {
	return (st.Kinds == nil || slices.Contains(st.Kinds, u.kinds[feature])) && (st.Features == nil || slices.Contains(st.Features, feature))
}
