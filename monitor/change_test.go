package monitor_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
	"driftwatch/stats"
)

// change is one change of a configuration, made at a restart after twelve
// minutes of records, with twelve more after it.
type change struct {
	before, after func(c *monitor.Config)
	// effect is a part of what Changes says of it.
	effect string
	check  func(t *testing.T, l *live, at time.Time)
}

func learnt(features ...monitor.Feature) func(*monitor.Config) {
	return func(c *monitor.Config) {
		c.Reference = monitor.ReferenceConfig{Learn: dur("2m")}
		c.Features = features
	}
}

func profiled(c *monitor.Config) { c.Reference = monitor.ReferenceConfig{Profile: "test.profile"} }

func with(first func(*monitor.Config), then func(*monitor.Config)) func(*monitor.Config) {
	return func(c *monitor.Config) { first(c); then(c) }
}

func feature(name string) monitor.Feature { return monitor.Feature{Name: name} }

// Each row of the table of changes does what it says, and whatever is changed,
// every record is counted once: in the panes, old and new, and in the books.
func TestChangesOfTheConfiguration(t *testing.T) {
	none := func(*monitor.Config) {}
	for name, test := range map[string]change{
		"nothing": {learnt(), none, "", func(t *testing.T, l *live, at time.Time) {
			l.untouched(at, "x", "y", "kind", "side")
		}},
		"a feature is added": {learnt(feature("x"), feature("kind")), learnt(feature("kind"), feature("y"), feature("x")), "feature y added", func(t *testing.T, l *live, at time.Time) {
			l.untouched(at, "x", "kind")
			l.refills(at, "y")
		}},
		"a feature is removed": {learnt(feature("x"), feature("kind"), feature("y")), learnt(feature("x")), "feature kind removed", func(t *testing.T, l *live, at time.Time) {
			l.untouched(at, "x")
			if _, err := l.m.History(monitor.Query{Feature: "kind", From: -1 << 60, To: 1 << 60}); err == nil || !strings.Contains(err.Error(), "it has [x]") {
				t.Errorf("History of the removed feature: %v", err)
			}
		}},
		"a feature is sampled": {learnt(feature("x"), feature("kind")), learnt(feature("x"), monitor.Feature{Name: "kind", Unique: true}), "feature kind is sampled otherwise", func(t *testing.T, l *live, at time.Time) {
			l.untouched(at, "x", "kind")
			all := l.history("kind")
			if last := all[len(all)-1]; last.Stats["unique_error_rate"] != monitor.Float(1-3/float64(last.Rows)) {
				t.Errorf("of %d rows of 3 kinds %v are not unique", last.Rows, last.Stats["unique_error_rate"])
			}
		}},
		"a feature is declared otherwise": {learnt(feature("x"), feature("y")), learnt(feature("x"), monitor.Feature{Name: "y", MissingValues: []string{"1"}}), "feature y is declared otherwise", func(t *testing.T, l *live, at time.Time) {
			l.untouched(at, "x")
			l.refills(at, "y")
		}},
		"all features instead of some": {learnt(feature("x")), learnt(), "every field that is worth it", func(t *testing.T, l *live, at time.Time) {
			l.untouched(at, "x")
			l.refills(at, "y", "kind", "side")
		}},
		"some features instead of all": {learnt(), learnt(feature("y")), "feature x removed", func(t *testing.T, l *live, at time.Time) {
			l.untouched(at, "y")
		}},
		"a feature is added to a range": {
			with(learnt(feature("x")), rangeOfStart), with(learnt(feature("x"), feature("kind")), rangeOfStart), "feature kind added",
			func(t *testing.T, l *live, at time.Time) {
				l.untouched(at, "x")
				l.refills(at, "kind")
			},
		},
		"the time": {profiled, func(c *monitor.Config) { profiled(c); c.Timestamp.Field = "made" }, "timestamp", func(t *testing.T, l *live, at time.Time) {
			if late := l.progress().Totals.Late; late > 0 {
				t.Errorf("%d records are late", late)
			}
			var filled int
			for _, v := range l.history("x") {
				if shift := v.End.Sub(at.Add(-30 * time.Minute)); shift > 6*time.Minute && shift < 12*time.Minute {
					if v.Partial || v.Rows < 2900 || isNaN(v.Stats["psi"]) {
						t.Errorf("the window that ends %v after the change has %d rows, partial %v", shift, v.Rows, v.Partial)
					}
					filled++
				}
			}
			if filled < 5 {
				t.Errorf("%d windows are filled again", filled)
			}
		}},
		"segments": {learnt(), with(learnt(), func(c *monitor.Config) { c.Segments = [][]string{{"kind"}} }), "segments (none) → kind", func(t *testing.T, l *live, at time.Time) {
			if v, _ := l.m.View(); v.Learning {
				t.Error("it is learning still")
			}
			if psi := l.history("x")[20].Stats["psi"]; isNaN(psi) {
				t.Error("the reference was not there at once")
			}
			panes, err := l.m.Panes(monitor.Query{AllSegments: true, From: -1 << 60, To: 1 << 60})
			if err != nil || !slices.ContainsFunc(panes, func(p monitor.PaneView) bool { return p.Segment == "kind=a" }) {
				t.Errorf("no pane of kind=a: %v", err)
			}
			if h := l.history("x"); len(h) < 15 || !h[0].End.Before(at) {
				t.Errorf("%d windows, from before the change on: %v", len(h), len(h) > 0 && h[0].End.Before(at))
			}
		}},
		"the width of panes": {learnt(), with(learnt(), func(c *monitor.Config) { c.Window.Every, c.Window.Size = dur("30s"), dur("3m") }), "window.every 1m → 30s", func(t *testing.T, l *live, at time.Time) {
			var old, narrow int
			for _, v := range l.history("x") {
				switch size := v.End.Sub(v.Start.Time); {
				case size == 5*time.Minute && !v.End.After(at):
					old++
				case size == 3*time.Minute && v.End.After(at.Add(-2*time.Minute)):
					narrow++
				default:
					t.Errorf("a window of %v ends %v after the change", size, v.End.Sub(at))
				}
			}
			if old < 9 || narrow < 20 {
				t.Errorf("%d windows of before and %d of after", old, narrow)
			}
		}},
		"the size": {learnt(), with(learnt(), func(c *monitor.Config) { c.Window.Size = dur("10m") }), "window.size 5m → 10m", func(t *testing.T, l *live, at time.Time) {
			for _, v := range l.history("x") {
				if v.End.After(at.Add(time.Minute)) && (v.Partial || v.Rows < 5970) { // two seconds are silent
					t.Errorf("the window that ends %v after the change has %d rows, partial %v; want all of 6000 or nearly", v.End.Sub(at), v.Rows, v.Partial)
				}
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLive(t, 1)
				before, after := config(), config()
				test.before(&before)
				after.Reference = before.Reference
				test.after(&after)
				l.run(before)
				at := time.Now()
				l.effects(before, after, test.effect)
				l.run(after)
				test.check(t, l, at)
			})
		})
	}
}

// A window that becomes longer than panes were kept is partial until it is full
// again.
func TestASizeBeyondTheRetention(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		l.retention = time.Minute // so twice the size: ten minutes
		short, long := config(), config()
		learnt()(&short)
		learnt()(&long)
		long.Window.Size = dur("20m")
		l.run(short)
		at := time.Now()
		l.run(long)
		l.run(long)
		for _, v := range l.history("x") {
			if v.End.Before(at) {
				continue
			}
			if full := v.Rows >= 20*600-60; full == v.Partial {
				t.Errorf("the window that ends %v after the change has %d rows, partial %v", v.End.Sub(at), v.Rows, v.Partial)
			}
		}
	})
}

// A configuration that is taken back begins another epoch, and so does learning
// anew: nothing of the former ones is lost or taken for the present.
func TestThereAndBackAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		one, two, anew := config(), config(), config()
		learnt()(&one)
		learnt()(&two)
		two.Window.Every = dur("30s")
		learnt()(&anew)
		anew.Reference.Learn = dur("3m")
		for i, c := range []monitor.Config{one, two, one, anew, one} {
			l.run(c)
			seen := map[string]bool{}
			p := l.progress()
			for _, e := range append(p.Former, p.Epoch) {
				if seen[e.Layout] || e.Layout == "" {
					t.Errorf("after change %d an epoch has the panes of another: %+v", i, append(p.Former, p.Epoch))
				}
				seen[e.Layout] = true
			}
			if len(seen) != i+1 {
				t.Errorf("after change %d there are %d epochs", i, len(seen))
			}
		}
		ends := map[time.Time]bool{}
		for _, v := range l.history("") {
			if ends[v.End.Time] {
				t.Errorf("the window that ends %v is there twice", v.End)
			}
			ends[v.End.Time] = true
			if x := v.Stats["rows"]; v.Partial != isNaN(x) {
				t.Errorf("the window that ends %v has rows %v and is partial: %v", v.End, x, v.Partial)
			}
		}
	})
}

func rangeOfStart(c *monitor.Config) {
	begin := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // of every bubble of virtual time
	c.Reference = monitor.ReferenceConfig{From: begin.Format(time.RFC3339), To: begin.Add(2 * time.Minute).Format(time.RFC3339)}
}

// A profile is compared by what it knows: features, edges, segments.
func TestChangesOfTheProfile(t *testing.T) {
	build := func(kinds string, c monitor.Config) *stats.Reference {
		t.Helper()
		ref, err := monitor.BuildReference(c, decode.JSON, linesOf(3000, func(i int) string {
			return fmt.Sprintf(`{"x": %d, "y": %d.5, "kind": "%c"}`, i%97, i%89, kinds[i%len(kinds)])
		}), "test")
		if err != nil {
			t.Fatal(err)
		}
		return ref
	}
	c := config()
	c.Segments, c.Timestamp = [][]string{{"kind"}}, monitor.Timestamp{}
	c.Reference = monitor.ReferenceConfig{Profile: "test.profile"}
	d := deps(t, c, nil)
	d.Profile = build("ab", c)
	before := monitor.DeclaredOf(d)
	for name, test := range map[string]struct {
		profile *stats.Reference
		want    string
	}{
		"nothing":        {build("ab", c), ""},
		"other segments": {build("abc", c), "the profile names other segments; feature kind has other edges in the profile"},
	} {
		d.Profile = test.profile
		var what []string
		for _, change := range monitor.Changes(before, d) {
			what = append(what, change.What)
		}
		if got := strings.Join(what, "; "); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// run watches what is written in twelve minutes, and audits what it left.
func (l *live) run(c monitor.Config) {
	l.t.Helper()
	if len(l.src.parts[0]) == 0 {
		l.flow(3*time.Minute, 0) // a range is there before it is read
	}
	stop := l.startConfig(c, l)
	l.flow(12*time.Minute, 0)
	time.Sleep(2 * time.Second)
	if err := stop(); err != nil {
		l.t.Fatal(err)
	}
	l.balance()
	panes, err := l.m.Panes(monitor.Query{From: -1 << 60, To: 1 << 60})
	if err != nil {
		l.t.Fatal(err)
	}
	var rows uint64
	for _, p := range panes {
		rows += p.Rows
	}
	all := uint64(len(l.src.parts[0]))
	if p := l.progress(); p.Totals.Rows != all || rows != all && l.retention == 0 {
		l.t.Errorf("the panes hold %d rows and the totals %d, of %d records", rows, p.Totals.Rows, all)
	}
}

// effects holds what is said beforehand about the change.
func (l *live) effects(before, after monitor.Config, want string) {
	l.t.Helper()
	c, _, err := l.Load()
	if err != nil {
		l.t.Fatal(err)
	}
	changes := monitor.Changes(c.Declared, deps(l.t, after, l.src, liveRules...))
	if want == "" && len(changes) > 0 || want != "" && !slices.ContainsFunc(changes, func(c monitor.Change) bool { return strings.Contains(c.What, want) }) {
		l.t.Errorf("the change from %+v to %+v is said to be %q, want %q among it", before.Features, after.Features, changes, want)
	}
}

func (l *live) history(feature string) []monitor.HistoryView {
	l.t.Helper()
	h, err := l.m.History(monitor.Query{Feature: feature, From: -1 << 60, To: 1 << 60})
	if err != nil {
		l.t.Fatal(err)
	}
	return h
}

// untouched says that features have a sample for every minute before and after.
func (l *live) untouched(at time.Time, features ...string) {
	l.t.Helper()
	for _, f := range features {
		seen := map[bool]int{}
		for _, v := range l.history(f) {
			if isNaN(v.Stats["psi"]) {
				l.t.Errorf("%s has no sample in the window that ends %v after the change", f, v.End.Sub(at))
			}
			seen[v.End.After(at)]++
		}
		if seen[false] < 10 || seen[true] < 11 {
			l.t.Errorf("%s has %d windows before and %d after the change", f, seen[false], seen[true])
		}
	}
}

// refills says that features have no sample until they fill a window.
func (l *live) refills(at time.Time, features ...string) {
	l.t.Helper()
	for _, f := range features {
		filled := 0
		for _, v := range l.history(f) {
			undefined := isNaN(v.Stats["psi"])
			switch {
			case v.Start.Before(at.Add(-time.Minute)) && !undefined:
				l.t.Errorf("%s has a sample in the window from %v to %v after the change", f, v.Start.Sub(at), v.End.Sub(at))
			case v.Start.After(at.Add(time.Minute)) && undefined:
				l.t.Errorf("%s has no sample in the window from %v to %v after the change", f, v.Start.Sub(at), v.End.Sub(at))
			case !undefined:
				filled++
			}
		}
		if filled < 5 {
			l.t.Errorf("%s has samples in %d windows only", f, filled)
		}
	}
}

// What is learnt anew while it is being learnt, or given up for a profile,
// leaves nothing behind.
func TestLearningGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		hour, twoHours, profile := config(), config(), config()
		hour.Reference = monitor.ReferenceConfig{Learn: dur("1h")}
		twoHours.Reference = monitor.ReferenceConfig{Learn: dur("2h")}
		profile.Reference = monitor.ReferenceConfig{Profile: "test.profile"}
		for _, c := range []monitor.Config{hour, twoHours, hour, profile} {
			l.run(c)
		}
		l.untouched(time.Now().Add(-15*time.Minute), "x")
		left := 0
		_ = l.Sample(func(monitor.SampleRow) error { left++; return nil })
		_ = l.Panes("", monitor.Ancient, monitor.Distant+1, func(monitor.PaneKey, []byte) error { left++; return nil })
		if left > 0 {
			t.Errorf("%d records and panes of learning are left", left)
		}
	})
}

func isNaN(x monitor.Float) bool { return x != x }
