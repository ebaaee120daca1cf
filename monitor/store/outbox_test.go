package store_test

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"

	"driftwatch/monitor"
)

func TestTransitionsAreNumberedOverAllMonitors(t *testing.T) {
	f := open(t)
	const monitors, each = 4, 25
	var running sync.WaitGroup
	for m := range monitors {
		s := f.Monitor(fmt.Sprintf("m%d", m))
		running.Go(func() {
			for n := range each {
				tr := transition(fmt.Sprintf("m%d/%d", m, n), "firing")
				tr.Alert.Monitor = fmt.Sprintf("m%d", m)
				if err := s.Commit(&monitor.Commit{
					Progress:    monitor.Progress{Windows: uint64(n + 1)},
					Transitions: []monitor.Transition{tr, tr},
					Expire:      monitor.NoTime,
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
	all, err := f.Transitions(0, math.MaxInt)
	must(t, err)
	if len(all) != monitors*each*2 {
		t.Fatalf("%d transitions, want %d", len(all), monitors*each*2)
	}
	seen := map[string]int{}
	for i, tr := range all {
		if tr.Number != uint64(i+1) {
			t.Fatalf("transition %d has the number %d", i, tr.Number)
		}
		if want := fmt.Sprintf("%s/%d", tr.Alert.Monitor, seen[tr.Alert.Monitor]/2); tr.Alert.ID != want {
			t.Fatalf("number %d is %s, want %s: out of order", tr.Number, tr.Alert.ID, want)
		}
		seen[tr.Alert.Monitor]++
	}
	for m := range monitors {
		c, found, err := f.Checkpoint(fmt.Sprintf("m%d", m))
		must(t, err)
		if !found || c.Progress.Windows != each {
			t.Errorf("monitor %d: found %v, %d windows, want %d", m, found, c.Progress.Windows, each)
		}
	}
}

func TestTransitionsFromACursor(t *testing.T) {
	f := open(t)
	var all []monitor.Transition
	for n := range 10 {
		all = append(all, transition(fmt.Sprint(n), "firing"))
	}
	commit(t, f.Monitor("payments"), all)
	for _, c := range []struct {
		after uint64
		limit int
		want  []uint64
	}{
		{0, 3, []uint64{1, 2, 3}},
		{3, 3, []uint64{4, 5, 6}},
		{8, 100, []uint64{9, 10}},
		{10, 5, nil},
		{99, 5, nil},
		{math.MaxUint64, 5, nil},
		{0, 0, nil},
	} {
		got, err := f.Transitions(c.after, c.limit)
		must(t, err)
		var numbers []uint64
		for _, tr := range got {
			numbers = append(numbers, tr.Number)
		}
		if !slices.Equal(numbers, c.want) {
			t.Errorf("after %d, at most %d: %v, want %v", c.after, c.limit, numbers, c.want)
		}
	}
}

func TestACursorIsKept(t *testing.T) {
	f := open(t)
	for _, want := range []uint64{0, 7, math.MaxUint64} {
		if want > 0 {
			must(t, f.SetCursor("hook", want))
		}
		got, err := f.Cursor("hook")
		must(t, err)
		if got != want {
			t.Errorf("the cursor is %d, want %d", got, want)
		}
	}
	if other, err := f.Cursor("other"); err != nil || other != 0 {
		t.Errorf("another receiver's cursor: %d, %v", other, err)
	}
}

// A transition comes back as it went in, byte for byte in its JSON.
func TestTransitionRoundTrip(t *testing.T) {
	f := open(t)
	want := transition("payments/drift/-/amount/x", "firing")
	want.Alert.Time = monitor.UnixMilli(1_763_892_300_123)
	want.Alert.Stats = map[string]monitor.Float{"psi": 0.1 + 0.2, "ks": monitor.Float(math.NaN())}
	want.Alert.Segments = []monitor.AlertSegment{{Segment: "country=\u2028<DE>", Share: 1e-300}}
	want.Alert.Examples = []monitor.Example{{Topic: "payments", Partition: 3, Offset: 1 << 60}}
	want.Alert.Bins = []monitor.AlertBin{}
	commit(t, f.Monitor("payments"), []monitor.Transition{want})
	want.Number = 1
	got, err := f.Transitions(0, 10)
	must(t, err)
	same(t, "transitions", got, []monitor.Transition{want})
}

func TestAlerts(t *testing.T) {
	f := open(t)
	s := f.Monitor("payments")
	commit(t, s, []monitor.Transition{transition("a", "pending"), transition("b", "pending"), transition("c", "firing")})
	commit(t, s, []monitor.Transition{transition("a", "firing"), transition("b", "ok"), transition("d", "pending")})
	commit(t, s, []monitor.Transition{transition("c", "ok")})
	for _, c := range []struct {
		all  bool
		want []string
	}{
		{false, []string{"d pending", "a firing"}},
		{true, []string{"c ok", "d pending", "b ok", "a firing"}},
	} {
		alerts, err := f.Alerts(c.all)
		must(t, err)
		var got []string
		for _, a := range alerts {
			got = append(got, a.ID+" "+a.State)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("all=%v: %q, want %q", c.all, got, c.want)
		}
	}
}

func TestBoundsOfWhatIsKept(t *testing.T) {
	f := open(t)
	s := f.Monitor("payments")
	lasting := transition("lasting", "firing")
	commit(t, s, []monitor.Transition{lasting})
	const batches, each = 11, 10_000
	for b := range batches {
		var trs []monitor.Transition
		for n := range each {
			trs = append(trs, transition(fmt.Sprintf("%d/%d", b, n), "ok"))
		}
		commit(t, s, trs)
	}
	kept, err := f.Transitions(0, math.MaxInt)
	must(t, err)
	if first, last := kept[0].Number, kept[len(kept)-1].Number; len(kept) != 100_000 || first != 10_002 || last != 110_001 {
		t.Errorf("%d transitions are kept, %d to %d", len(kept), first, last)
	}
	active, err := f.Alerts(false)
	must(t, err)
	if len(active) != 1 || active[0].ID != "lasting" {
		t.Errorf("the active alerts are %v: one that lasts has to outlive its transition", active)
	}
	all, err := f.Alerts(true)
	must(t, err)
	if len(all) != 1_000 {
		t.Errorf("%d alerts are listed, want 1000", len(all))
	}
}

func TestEndedIncidentsAreForgotten(t *testing.T) {
	f := open(t)
	s := f.Monitor("payments")
	commit(t, s, nil, incident("lasting", 1, "slack"))
	var list []monitor.Incident
	for n := range 1_002 {
		list = append(list, over(incident(fmt.Sprint(n), 1, "slack"), int64(n)))
	}
	commit(t, s, nil, list[:1_000]...)
	must(t, f.SetDelivered("slack", "0", monitor.Delivery{Revision: 1}))
	commit(t, s, nil, list[1_000:]...)
	all, err := f.Incidents(true)
	must(t, err)
	ids := map[string]bool{}
	for _, i := range all {
		ids[i.ID] = true
	}
	if len(all) != 1_001 || ids["0"] || ids["1"] || !ids["2"] || !ids["lasting"] {
		t.Errorf("%d incidents are kept, want the lasting one and the newest 1000", len(all))
	}
	if _, found, err := f.Delivered("slack", "0"); err != nil || found {
		t.Errorf("the delivery of a forgotten incident is there: %v, %v", found, err)
	}
	must(t, f.SetDelivered("slack", "1", monitor.Delivery{Revision: 1}))
	if _, found, err := f.Delivered("slack", "1"); err != nil || found {
		t.Errorf("a delivery of a forgotten incident was noted: %v, %v", found, err)
	}
	pending, err := f.Pending("slack")
	must(t, err)
	if len(pending) != 1_001 {
		t.Errorf("%d are pending, want 1001", len(pending))
	}
}

func TestIncidentsOfTime(t *testing.T) {
	f := open(t)
	a, b, c := incident("a", 1), incident("b", 1), incident("c", 1)
	a.Started, b.Started, c.Started = monitor.UnixMilli(1), monitor.UnixMilli(3), monitor.UnixMilli(2)
	commit(t, f.Monitor("payments"), nil, a, b, over(c, 5))
	check := func(all bool, want ...string) {
		t.Helper()
		list, err := f.Incidents(all)
		must(t, err)
		var got []string
		for _, i := range list {
			got = append(got, i.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("all=%v: %q, want %q", all, got, want)
		}
	}
	check(false, "b", "a")
	check(true, "b", "c", "a")
	c.Revision = 2 // it fires again
	commit(t, f.Monitor("payments"), nil, c)
	check(false, "b", "c", "a")
}

// Each step is followed by what is pending for slack, as "id revision".
func TestPendingAndDelivered(t *testing.T) {
	f := open(t)
	s := f.Monitor("payments")
	deliver := func(id string, d monitor.Delivery) func() {
		return func() { must(t, f.SetDelivered("slack", id, d)) }
	}
	put := func(i monitor.Incident) func() { return func() { commit(t, s, nil, i) } }
	steps := []struct {
		name string
		do   func()
		want []string
	}{
		{"a new incident", put(incident("a", 1, "slack", "pager")), []string{"a 1"}},
		{"one for another", put(incident("b", 1, "pager")), []string{"a 1"}},
		{"attempting", deliver("a", monitor.Delivery{Attempting: true}), []string{"a 1"}},
		{"sent", deliver("a", monitor.Delivery{Revision: 1, MessageID: "C:1"}), nil},
		{"two revisions, of which the later counts", func() { put(incident("a", 2, "slack"))(); put(incident("a", 3, "slack"))() }, []string{"a 3"}},
		{"a stale delivery", deliver("a", monitor.Delivery{Revision: 2, MessageID: "C:1"}), []string{"a 3"}},
		{"the latest, attempted", deliver("a", monitor.Delivery{Revision: 3, MessageID: "C:1", Attempting: true}), []string{"a 3"}},
		{"the latest", deliver("a", monitor.Delivery{Revision: 3, MessageID: "C:1"}), nil},
		{"its end, and a second one", func() { commit(t, s, nil, over(incident("a", 4, "slack"), 9), incident("c", 1, "slack")) }, []string{"a 4", "c 1"}},
		{"no longer for slack", put(incident("c", 2, "pager")), []string{"a 4"}},
		{"one that nobody knows", deliver("x", monitor.Delivery{Revision: 1}), []string{"a 4"}},
	}
	for _, step := range steps {
		step.do()
		list, err := f.Pending("slack")
		must(t, err)
		var got []string
		for _, i := range list {
			got = append(got, fmt.Sprint(i.ID, " ", i.Revision))
		}
		if !slices.Equal(got, step.want) {
			t.Fatalf("after %s: %q, want %q", step.name, got, step.want)
		}
	}
	d, found, err := f.Delivered("slack", "a")
	must(t, err)
	same(t, "delivery", d, monitor.Delivery{Revision: 3, MessageID: "C:1"})
	if _, other, err := f.Delivered("pager", "a"); err != nil || !found || other {
		t.Errorf("delivered to slack: %v, to pager: %v, %v", found, other, err)
	}
}

func TestSubscribe(t *testing.T) {
	f := open(t)
	s := f.Monitor("payments")
	first, cancel := f.Subscribe()
	second, cancelSecond := f.Subscribe()
	defer cancelSecond()
	signalled := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	commit(t, s, nil)
	if signalled(first) {
		t.Error("a commit without news is signalled")
	}
	commit(t, s, []monitor.Transition{transition("a", "firing")})
	commit(t, s, nil, incident("a", 1))
	if !signalled(first) || signalled(first) || !signalled(second) {
		t.Error("two commits with news are not one signal for each subscriber")
	}
	cancel()
	commit(t, s, nil, incident("a", 2))
	if signalled(first) || !signalled(second) {
		t.Error("who cancelled is signalled, or the other one is not")
	}
}
