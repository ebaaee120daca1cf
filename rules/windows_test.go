package rules_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"driftwatch/rules"
)

// inWindows is a sample that has one of another size, too, for each that is given.
func inWindows(own rules.Sample, others map[time.Duration]rules.Sample) rules.Sample {
	own.In = func(size time.Duration) *rules.Sample {
		if other, ok := others[size]; ok {
			return &other
		}
		return nil
	}
	return own
}

func hours(n int) rules.Duration { return rules.Duration(time.Duration(n) * time.Hour) }

// pairs are values of psi_lo in a short window, and in a long one; "?" is unknown,
// "-" no sample.
func pairSample(t *testing.T, short, long string) []rules.Sample {
	value := func(text string) rules.Sample {
		if text == "?" {
			return sample("", "amount", stats{})
		}
		return sample("", "amount", stats{"psi_lo": number(t, text)})
	}
	others := map[time.Duration]rules.Sample{}
	if short != "-" {
		others[5*time.Minute] = value(short)
	}
	if long != "-" {
		others[time.Hour] = value(long)
	}
	return []rules.Sample{inWindows(sample("", "amount", stats{"psi_lo": math.NaN()}), others)}
}

// when is the and of both windows, three-valued, in whatever order they are given,
// and by default that also ends the alert.
func TestAllWindowsMustHold(t *testing.T) {
	for _, c := range []struct{ short, long, noData, fromOK, fromFiring string }{
		{"2", "2", "keep", "firing", "firing"},
		{"2", "0", "keep", "ok", "ok"},
		{"0", "2", "keep", "ok", "ok"},
		{"0", "0", "keep", "ok", "ok"},
		{"2", "?", "keep", "ok", "firing"},
		{"?", "2", "keep", "ok", "firing"},
		{"0", "?", "keep", "ok", "ok"}, // false in one is false
		{"?", "0", "keep", "ok", "ok"},
		{"?", "?", "keep", "ok", "firing"},
		{"2", "-", "keep", "ok", "firing"},
		{"-", "0", "keep", "ok", "ok"},
		{"2", "?", "fire", "firing", "firing"},
		{"0", "?", "fire", "ok", "ok"},
		{"2", "?", "ok", "ok", "ok"},
	} {
		for _, windows := range [][]rules.Duration{{minutes(5), hours(1)}, {hours(1), minutes(5)}} {
			for before, want := range map[string]string{"ok": c.fromOK, "firing": c.fromFiring} {
				e := compile(t, rules.Rule{When: "psi_lo > 1", Features: []string{"amount"}, Windows: windows, NoData: c.noData})
				state := before
				if before == "firing" {
					if got := e.Step(minute(0), windowAt(minute(0)), pairSample(t, "2", "2")); len(got) != 1 || got[0].State != rules.Firing {
						t.Fatalf("got %+v", got)
					}
				}
				for _, change := range e.Step(minute(1), windowAt(minute(1)), pairSample(t, c.short, c.long)) {
					state = string(change.State)
				}
				if state != want {
					t.Errorf("%v, no_data %s: %s and %s lead from %s to %s, want %s", windows, c.noData, c.short, c.long, before, state, want)
				}
			}
		}
	}
}

// A clear of its own is asked of the shortest window alone.
func TestClearLooksAtTheShortestWindow(t *testing.T) {
	e := compile(t, rules.Rule{When: "psi_lo > 1", Clear: "psi_lo < 0.5", Features: []string{"amount"}, Windows: []rules.Duration{hours(1), minutes(5)}})
	states := ""
	for i, pair := range [][2]string{{"2", "2"}, {"0.8", "2"}, {"0.8", "0.1"}, {"?", "0.1"}, {"0.4", "2"}, {"2", "2"}} {
		for _, change := range e.Step(minute(i), windowAt(minute(i)), pairSample(t, pair[0], pair[1])) {
			states += change.Time.Format("04") + string(change.State) + " "
		}
	}
	if states != "05firing 09ok 10firing " {
		t.Errorf("got %s", states)
	}
}

// An alert's numbers, its since and its window are those of the shortest one.
func TestNumbersAreOfTheShortestWindow(t *testing.T) {
	short, long := sample("", "amount", stats{"psi_lo": 3}), sample("", "amount", stats{"psi_lo": 2})
	short.Panes = func() []rules.PaneSample {
		return []rules.PaneSample{pane(minute(-2), stats{"psi_lo": 0}), pane(minute(-1), stats{"psi_lo": 3})}
	}
	long.Panes = func() []rules.PaneSample { return []rules.PaneSample{pane(minute(-50), stats{"psi_lo": 3})} }
	samples := []rules.Sample{inWindows(sample("", "amount", stats{"psi_lo": 9}), map[time.Duration]rules.Sample{2 * time.Minute: short, time.Hour: long})}
	windows := []rules.Duration{hours(1), minutes(2)}
	e := compile(t, rules.Rule{When: "psi_lo > 1", Features: []string{"amount"}, Windows: windows, Summary: "{{ .Stats.psi_lo }}"})
	got := e.Step(minute(0), windowAt(minute(0)), samples)
	if len(got) != 1 || got[0].Stats["psi_lo"] != 3 || got[0].Summary != "3" || !got[0].Since.Equal(minute(-1)) {
		t.Errorf("got %+v", got)
	}
	if r := got[0].Rule; r.Shortest() != 2*time.Minute || r.Longest() != time.Hour {
		t.Errorf("the windows are of %s to %s", r.Shortest(), r.Longest())
	}
	short.Panes = nil // then its beginning is all that is known
	e = compile(t, rules.Rule{When: "psi_lo > 1", Features: []string{"amount"}, Windows: windows})
	samples[0] = inWindows(samples[0], map[time.Duration]rules.Sample{2 * time.Minute: short, time.Hour: long})
	if got := e.Step(minute(0), windowAt(minute(0)), samples); len(got) != 1 || !got[0].Since.Equal(minute(-2)) {
		t.Errorf("got %+v", got)
	}
}

// share looks at all features in each window by itself; delta goes back from each.
func TestAggregatesOfWindows(t *testing.T) {
	moved := func(psi, before float64) rules.Sample {
		s := sample("", "amount", stats{"psi": psi})
		s.Past = func(lag time.Duration) *rules.Sample {
			past := sample("", "amount", stats{"psi": before})
			return &past
		}
		return s
	}
	for _, c := range []struct {
		when        string
		short, long rules.Sample
		want        bool
	}{
		{"share(psi > 1) > 0.5", moved(2, 0), moved(2, 0), true},
		{"share(psi > 1) > 0.5", moved(2, 0), moved(0, 0), false},
		{"delta(psi, 1h) > 1", moved(2, 0), moved(2, 0), true},
		{"delta(psi, 1h) > 1", moved(2, 0), moved(2, 1.5), false},
	} {
		e := compile(t, rules.Rule{When: c.when, Features: []string{"amount"}, Windows: []rules.Duration{minutes(5), hours(1)}})
		samples := []rules.Sample{inWindows(sample("", "amount", stats{"psi": 0}), map[time.Duration]rules.Sample{5 * time.Minute: c.short, time.Hour: c.long})}
		if got := e.Step(minute(0), windowAt(minute(0)), samples); (len(got) > 0) != c.want {
			t.Errorf("%s: %v", c.when, got)
		}
	}
}

// While the longest window began before the counting, what is unknown is so for
// that reason, and such a window does not count as undecided.
func TestPartialWindows(t *testing.T) {
	e := compile(t, rules.Rule{Name: "r", When: "psi_lo > 1", Features: []string{"amount"}, NoData: "fire", Windows: []rules.Duration{minutes(5), hours(1)}})
	for i, want := range []int{0, 0, 1} {
		at := minute(i)
		w := windowAt(at)
		w.Counted = minute(1).Add(-time.Hour).Add(time.Duration(2-i) * time.Second) // whole from the third on
		if got := e.Step(at, w, pairSample(t, "2", "?")); len(got) != want {
			t.Errorf("window %d: %v", i, got)
		}
	}
	if got := e.Judged(); got[0] != (rules.Judged{Rule: "r", Windows: 1, Undecided: 1}) {
		t.Errorf("got %+v", got)
	}
}

func TestSpans(t *testing.T) {
	e := compile(t,
		rules.Rule{When: "delta(psi, 90m) > 1 || psi > 2 * 3", Clear: "delta(rows, 1h) < 1"},
		rules.Rule{When: "share(delta(psi, 1h) > 0) > 1"},
		rules.Rule{When: "psi > 1", Windows: []rules.Duration{hours(2), minutes(30)}},
		rules.Rule{When: "delta(psi, 1h) > 1", Windows: []rules.Duration{hours(2)}})
	want := []rules.Span{{Lag: time.Hour}, {Lag: 90 * time.Minute}, {Size: 30 * time.Minute}, {Size: 2 * time.Hour}, {Size: 2 * time.Hour, Lag: time.Hour}}
	if got := e.Spans(); !slices.Equal(got, want) {
		t.Errorf("the spans are %v", got)
	}
	if p := e.Misaligned(30*time.Minute, 2*time.Hour); len(p) > 0 {
		t.Errorf("all are multiples of half an hour: %v", p)
	}
	got := lines(e.Misaligned(time.Hour, 90*time.Minute))
	if want := `rules[0].when: no window ended 1h30m before another; give delta a multiple of window.every, which is 1h
rules[2].windows[0]: a window of 2h is longer than panes are kept for, which is 1h30m; make it shorter, or state.retention longer
rules[2].windows[1]: a window of 30m is not made of whole panes; give a multiple of window.every, which is 1h
rules[3].windows[0]: a window of 2h is longer than panes are kept for, which is 1h30m; make it shorter, or state.retention longer`; got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestBadWindows(t *testing.T) {
	r := rules.Rule{Name: "r", Monitor: "payments", When: "rows > 1", Windows: []rules.Duration{hours(1), 0, hours(1)}}
	if got := lines(r.Validate("rules[1]")); got != "windows[1]: a window of 0s has no rows; write a size such as 1h\nwindows[2]: 1h stands there twice; remove one" {
		t.Error(got)
	}
}

// Its windows are part of what a rule asks, in whatever order; when people are told,
// and in which words, is not.
func TestHash(t *testing.T) {
	plain := rules.Rule{When: "psi > 1", For: minutes(5)}
	told := plain
	told.Active, told.Description, told.Summary, told.Severity = active(t, "mon", "08:00-09:00", "UTC"), "x", "y", "page"
	one, both, turned := plain, plain, plain
	one.Windows = []rules.Duration{hours(1)}
	both.Windows = []rules.Duration{minutes(5), hours(1)}
	turned.Windows = []rules.Duration{hours(1), minutes(5)}
	if plain.Hash() != told.Hash() || both.Hash() != turned.Hash() {
		t.Error("the same question has another hash")
	}
	if plain.Hash() == one.Hash() || one.Hash() == both.Hash() {
		t.Error("another question has the same hash")
	}
	if plain.Hash() != "d22256aaa3051353" {
		t.Errorf("the states that are stored are of another hash than %s", plain.Hash())
	}
}

// A rule about windows of the monitor's present size alone can ask for samples; the
// clock knows no windows.
func TestWindowsOfWhatHasNone(t *testing.T) {
	const never = "is made of a sample that only windows of the monitor's own size have, and the rule's windows have 1h, so it is never known here"
	const leave = "; leave windows out, or ask for something else"
	known := append(known(), rules.Statistic{Name: "distinct", Sampled: true}, rules.Statistic{Name: "lag", Stream: true, Clock: true})
	for _, c := range []struct {
		rule rules.Rule
		want string
	}{
		{rules.Rule{When: "distinct > 1", Windows: []rules.Duration{minutes(5)}}, ""},
		{rules.Rule{When: "distinct > 1", Windows: []rules.Duration{minutes(5), hours(1)}}, "rules[0].when:1: distinct " + never + " and the rule never fires" + leave},
		{rules.Rule{When: "psi > 1 || distinct > 1", Windows: []rules.Duration{hours(1)}}, "rules[0].when:12: warning: distinct " + never + leave},
		{rules.Rule{When: "psi > 1", Clear: "distinct < 1", Windows: []rules.Duration{minutes(5), hours(1)}}, ""},
		{rules.Rule{When: "psi > 1", Clear: "distinct < 1", Windows: []rules.Duration{hours(1)}}, "rules[0].clear:1: warning: distinct " + never + leave},
		{rules.Rule{When: "delta(distinct, 1h) > 1"}, "rules[0].when:7: distinct is made of a sample that windows of the past do not have any more, so its delta is never known here and the rule never fires; ask for something else"},
		{rules.Rule{When: "lag > 1", Windows: []rules.Duration{hours(1)}}, "rules[0].windows: lag is judged by the clock, outside of windows; remove the line"},
	} {
		c.rule.Name, c.rule.Monitor = "r", "payments"
		e, problems := rules.Compile("payments", []rules.Rule{c.rule}, features()[:3], nil, known)
		if e != nil {
			problems = append(problems, e.Undefined(5*time.Minute)...)
		}
		if got := lines(problems); got != c.want {
			t.Errorf("got\n%s\nwant\n%s", got, c.want)
		}
	}
}
