package monitor_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// duty is a monitor whose incidents are watched as those on call live them.
type duty struct {
	*live
	controls atomic.Pointer[monitor.Controls]
	began    time.Time
	leave    func() error
}

// dutyRules fire with a lag of minutes after what flow is told to be wrong:
// drifted x, or kinds that the reference does not have.
var dutyRules = []rules.Rule{
	{Name: "drift", Monitor: "m", Features: []string{"x"}, When: "psi > 0.5"},
	{Name: "kinds", Monitor: "m", Features: []string{"kind"}, When: "new_rate > 0.15", Severity: "page"},
}

func onDuty(t *testing.T, edit func(*monitor.Deps)) *duty {
	d := &duty{live: newLive(t, 1), began: time.Now()}
	d.controls.Store(&monitor.Controls{})
	d.begin(edit)
	return d
}

func (d *duty) begin(edit func(*monitor.Deps)) {
	c := config()
	c.Window.Size, c.Window.Lateness = dur("1m"), 0
	c.Reference = monitor.ReferenceConfig{Profile: "test.profile"}
	deps := deps(d.t, c, d.src, dutyRules...)
	deps.Store, deps.Profile, deps.Controls = d, reference(d.t), d.controls.Load
	deps.Receivers = func(severity string, _ []string) []string { return []string{severity} }
	if edit != nil {
		edit(&deps)
	}
	m, err := monitor.New(deps)
	if err != nil {
		d.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if err := m.Start(ctx); err != nil {
		d.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	d.leave = func() error { cancel(); return <-ended }
}

// flow writes ten records a second, with what is wrong in them: "x" drifted
// values, "kind" unseen kinds, "" nothing.
func (d *duty) flow(minutes int, wrong string) {
	for range minutes * 60 {
		n := len(d.src.parts[0])
		for range 10 {
			x, kind := float64(n*37%100), string(rune('a'+n%3))
			if strings.Contains(wrong, "x") {
				x = 500
			}
			if strings.Contains(wrong, "kind") {
				kind = "z"
			}
			if strings.Contains(wrong, "scale") {
				x *= 1000
			}
			if wrong == "null" && n%100 < 40 {
				d.src.writeNull()
			} else {
				d.src.write(0, 0, x, kind)
			}
			n++
		}
		time.Sleep(time.Second)
	}
}

// writeNull appends a record without x.
func (s *liveSource) writeNull() {
	at := time.Now().UnixMilli()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parts[0] = append(s.parts[0], monitor.Record{Offset: end(s.parts[0]), Time: at, Value: fmt.Appendf(nil, `{"ts":%d,"kind":"a"}`, at)})
}

// sounds are the sounds of all incidents: which, when, what.
func (d *duty) sounds() (all []string) {
	last := d.last()
	for _, id := range d.ids() {
		for _, e := range last[id].Timeline {
			if e.Sound {
				all = append(all, fmt.Sprintf("%d %s", slices.Index(d.ids(), id), e.Kind))
			}
		}
	}
	return all
}

// ids are those of the incidents, in order.
func (d *duty) ids() (ids []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, i := range d.incs {
		if !slices.Contains(ids, i.ID) {
			ids = append(ids, i.ID)
		}
	}
	return ids
}

// last is the latest revision of each incident.
func (d *duty) last() map[string]monitor.Incident {
	d.mu.Lock()
	defer d.mu.Unlock()
	last := map[string]monitor.Incident{}
	for _, i := range d.incs {
		last[i.ID] = i
	}
	return last
}

func (d *duty) newest() monitor.Incident { ids := d.ids(); return d.last()[ids[len(ids)-1]] }

func (d *duty) end() {
	if err := d.leave(); err != nil {
		d.t.Errorf("Run: %v", err)
	}
	for _, i := range d.last() {
		for n, e := range i.Timeline {
			if n > 0 && e.Number != i.Timeline[n-1].Number+1 {
				d.t.Errorf("incident %s: event %d follows %d", i.ID, e.Number, i.Timeline[n-1].Number)
			}
		}
		d.paced(i)
	}
}

// paced says that no two sounds of an incident are nearer than ten minutes.
func (d *duty) paced(i monitor.Incident) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var at []time.Time
	for _, rev := range d.incs {
		if rev.ID == i.ID && rev.Loud != nil && (len(at) == 0 || !at[len(at)-1].Equal(rev.Loud.At.Time)) {
			at = append(at, rev.Loud.At.Time)
		}
	}
	for n := 1; n < len(at); n++ {
		if at[n].Sub(at[n-1]) < 10*time.Minute {
			d.t.Errorf("incident %s calls people %v after it had", i.ID, at[n].Sub(at[n-1]))
		}
	}
}

func want(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Thirty minutes of a feature that flaps are one message and at most three
// sounds.
func TestFlappingIsOneIncidentAndThreeSounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := onDuty(t, nil)
		d.flow(3, "")
		for range 10 {
			d.flow(1, "x")
			d.flow(2, "")
		}
		d.end()
		if n := len(d.ids()); n != 1 {
			t.Errorf("%d incidents, want 1: %v", n, d.ids())
		}
		want(t, d.sounds(), []string{"0 opened", "0 reopened", "0 reopened"})
		if fired := strings.Count(d.told(), "->firing"); fired != 10 {
			t.Errorf("it fired %d times, want 10", fired)
		}
	})
}

func TestARiseInSeverityCallsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := onDuty(t, nil)
		d.flow(3, "")
		d.flow(3, "x")
		d.flow(20, "x kind")
		if i := d.newest(); i.Severity != "page" || !slices.Equal(i.Receivers, []string{"warn", "page"}) {
			t.Errorf("severity %s to %v: %+v", i.Severity, i.Receivers, i.Timeline)
		}
		d.flow(4, "")
		d.end()
		want(t, d.sounds(), []string{"0 opened", "0 worse"})
		if i := d.newest(); i.State != "resolved" || i.Acknowledged != nil {
			t.Errorf("it is %s", i.State)
		}
	})
}

// Nobody acknowledges it: it repeats, and then more people are told. An
// acknowledgement ends that until it is over, over a restart too.
func TestRepeatEscalateAcknowledge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		edit := func(d *monitor.Deps) {
			d.Incidents = monitor.DefaultIncidents()
			d.Incidents.GroupWindow = dur("6h")
			d.Incidents.Escalate = &monitor.Escalate{After: dur("45m"), To: []string{"boss"}}
		}
		d := onDuty(t, edit)
		d.flow(3, "")
		d.flow(80, "kind")
		want(t, d.sounds(), []string{"0 opened", "0 repeated", "0 escalated", "0 repeated"})
		if i := d.newest(); !slices.Contains(i.Receivers, "boss") {
			t.Errorf("it was escalated to %v", i.Receivers)
		}
		d.controls.Store(&monitor.Controls{Acks: map[string]monitor.Ack{d.newest().ID: {By: "ann", At: monitor.Time{Time: time.Now()}}}})
		d.flow(1, "kind")
		if i := d.newest(); i.Acknowledged == nil || i.Acknowledged.By != "ann" || i.Acknowledged.Features != 1 {
			t.Errorf("it is acknowledged by %+v", i.Acknowledged)
		}
		if err := d.leave(); err != nil {
			t.Fatal(err)
		}
		d.begin(edit)
		d.flow(90, "kind")
		want(t, d.sounds(), []string{"0 opened", "0 repeated", "0 escalated", "0 repeated"})
		d.flow(2, "kind x") // twice as many features
		want(t, d.sounds()[4:], []string{"0 spread"})
		d.end()
	})
}

// A silence holds an alert back from the start; what still fires when it ends is
// told. One in the middle of an incident is written down.
func TestSilencesHoldBackAndThenTell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := onDuty(t, nil)
		now := monitor.Time{Time: time.Now()}
		d.controls.Store(&monitor.Controls{Silences: []monitor.Silence{
			{ID: "1", Monitor: "other", Start: now, End: monitor.Time{Time: now.Add(time.Hour)}},
			{ID: "2", Monitor: "m", Rules: []string{"drift"}, Features: []string{"x"}, Segments: []string{"-"}, Start: now, End: monitor.Time{Time: now.Add(20 * time.Minute)}, Author: "ann", Reason: "a backfill"},
		}})
		d.flow(3, "")
		d.flow(15, "x")
		want(t, d.sounds(), nil)
		if i := d.newest(); !i.Quiet || len(i.Receivers) != 0 || i.Alerts[0].Held != "silenced until 2000-01-01 00:20 UTC by ann: a backfill" {
			t.Errorf("silenced it is quiet %v, told to %v, held %q", i.Quiet, i.Receivers, i.Alerts[0].Held)
		}
		d.flow(5, "x")
		want(t, d.sounds(), []string{"0 opened"})
		if i := d.newest(); i.Quiet || !slices.Equal(i.Receivers, []string{"warn"}) || i.Alerts[0].Held != "" {
			t.Errorf("after the silence it is quiet %v, told to %v, held %q", i.Quiet, i.Receivers, i.Alerts[0].Held)
		}
		later := monitor.Time{Time: time.Now()}
		d.controls.Store(&monitor.Controls{Silences: []monitor.Silence{{ID: "3", Start: later, End: monitor.Time{Time: later.Add(30 * time.Minute)}}}})
		d.flow(40, "x")
		d.end()
		var kinds []string
		for _, e := range d.newest().Timeline {
			kinds = append(kinds, e.Kind)
		}
		want(t, kinds, []string{"opened", "unheld", "opened", "held", "unheld"})
		want(t, d.sounds(), []string{"0 opened", "0 unheld"})
	})
}

// A change of the schema holds back the drift that comes with it, in the same
// incident, however long ago that began; without inhibit it does not.
func TestASchemaChangeHoldsBackDrift(t *testing.T) {
	for _, inhibit := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			d := onDuty(t, func(d *monitor.Deps) {
				d.Incidents = monitor.DefaultIncidents()
				d.Incidents.Inhibit = inhibit
				d.Rules = append(slices.Clone(d.Rules), rules.Rule{Name: "added", Monitor: "m", When: "schema_added > 0", Severity: "warn"})
			})
			d.flow(30, "") // the stream has fields that the reference has not
			d.flow(3, "x")
			i := d.newest()
			at := slices.IndexFunc(i.Alerts, func(a monitor.Alert) bool { return a.Rule == "drift" })
			if at < 0 {
				t.Fatalf("no drift in %s: %+v\n%s", i.ID, i.Alerts, d.told())
			}
			held := "caused by added"
			incidents := 1
			if !inhibit {
				held, incidents = "", 2
			}
			if i.Alerts[at].Held != held || len(d.ids()) != incidents {
				t.Errorf("inhibit %v: held %q in %d incidents, want %q in %d", inhibit, i.Alerts[at].Held, len(d.ids()), held, incidents)
			}
			d.end()
		})
	}
}

func TestGroupByAndRegroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := onDuty(t, func(d *monitor.Deps) {
			d.Incidents = monitor.DefaultIncidents()
			d.Incidents.GroupBy = []string{"monitor", "rule"}
		})
		d.flow(3, "")
		d.flow(2, "x kind")
		d.flow(29, "")
		d.flow(2, "x") // within the regroup time
		d.flow(40, "")
		d.flow(2, "x") // after it
		d.flow(3, "")
		d.end()
		var groups []string
		for _, id := range d.ids() {
			groups = append(groups, d.last()[id].Group)
		}
		want(t, groups, []string{"m/drift", "m/kinds", "m/drift"})
		want(t, d.sounds(), []string{"0 opened", "0 reopened", "1 opened", "2 opened"})
	})
}

// A deploy is shown in what starts within two hours after it, and written down
// in what goes on.
func TestMarkersAreShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := onDuty(t, nil)
		at := func(ago time.Duration) monitor.Time { return monitor.Time{Time: time.Now().Add(-ago)} }
		deploy := monitor.Marker{Time: at(time.Hour), Monitor: "m", Text: "payments 1.42", Author: "ci"}
		d.controls.Store(&monitor.Controls{Markers: []monitor.Marker{
			{Time: at(3 * time.Hour), Text: "too old"}, deploy, {Time: at(time.Minute), Monitor: "other", Text: "not ours"},
		}})
		d.flow(3, "")
		d.flow(5, "x")
		d.controls.Store(&monitor.Controls{Markers: []monitor.Marker{deploy, {Time: at(0), Text: "rolled back"}}})
		d.flow(1, "x")
		d.end()
		i := d.newest()
		if len(i.Markers) != 1 || i.Markers[0].Text != "payments 1.42" {
			t.Errorf("it shows %+v", i.Markers)
		}
		if e := i.Timeline[len(i.Timeline)-1]; e.Kind != monitor.EventMarked || e.Note != "rolled back" || e.Sound {
			t.Errorf("the last event is %+v", e)
		}
	})
}

// An incident says by how much it moved, the likely cause, and where it is going.
func TestIncidentsTellTheStory(t *testing.T) {
	for _, c := range []struct {
		wrong, rule, kind string
		by                float64
		what              string
		is                float64
	}{
		{"x", "drift", monitor.LikelyConstant, 1, "mean", 500},
		{"scale", "drift", monitor.LikelyScaled, 1000, "mean", 49500},
		{"null", "drift", monitor.LikelyMissing, 1, "", 0},
	} {
		t.Run(c.wrong, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := onDuty(t, nil)
				d.flow(3, "")
				d.flow(12, c.wrong)
				d.end()
				i := d.newest()
				at := slices.IndexFunc(i.Alerts, func(a monitor.Alert) bool { return a.Rule == c.rule })
				st := i.Alerts[at].Story
				if st == nil || st.Likely == nil || st.Likely.Kind != c.kind || math.Abs(float64(st.Likely.By)-c.by) > 0.01*c.by {
					t.Fatalf("the story is %+v, want %s by %v", st, c.kind, c.by)
				}
				if c.what == "" && st.Moved != nil { // what moved is how many there are
					t.Errorf("it moved %+v, want nothing of the values", st.Moved)
				}
				if c.what != "" && (st.Moved == nil || st.Moved.What != c.what || math.Abs(float64(st.Moved.Current)-c.is) > 0.02*c.is) {
					t.Errorf("it moved %+v, want %s to %v", st.Moved, c.what, c.is)
				}
				if n := len(st.Trend.Values); n < 3 || n > 8 || st.Trend.Is != "ongoing" {
					t.Errorf("the trend is %+v", st.Trend)
				}
				if i.Features != 2 {
					t.Errorf("%d features, want 2", i.Features)
				}
			})
		})
	}
}

// A rule's active hours hold its alerts back outside of them, and they are told
// when the hours begin.
func TestActiveHoursHoldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // it begins at midnight
		d := onDuty(t, func(d *monitor.Deps) {
			d.Rules = slices.Clone(d.Rules)
			if err := d.Rules[0].Active.Hours.UnmarshalText([]byte("00:30-08:00")); err != nil {
				t.Fatal(err)
			}
		})
		d.flow(3, "")
		d.flow(25, "x")
		want(t, d.sounds(), nil)
		if a := d.newest().Alerts[0]; a.Held != "outside the active hours of its rule" {
			t.Errorf("it is held %q", a.Held)
		}
		d.flow(3, "x")
		d.end()
		want(t, d.sounds(), []string{"0 opened"})
	})
}
