package notify_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"driftwatch/monitor"
	"driftwatch/monitor/notify"
)

// epoch is when the clock of a synctest bubble begins.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Slack hangs, the webhook hangs: the terminal has everything at once, and Run
// still ends in time.
func TestStuckReceiverHoldsUpNoOther(t *testing.T) {
	defer goleak.VerifyNone(t)
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		s.slack.script("hang", "hang", "hang")
		s.webhook = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		stop := start(t, s.notifier(t, bot(t), hook(), terminal(true)))
		s.outbox.put(incident(toSlack, drift()))
		s.outbox.append([]string{"audit", "terminal"}, numbered(1000)...)
		time.Sleep(time.Millisecond)
		if got := strings.Count(s.out.String(), "\n"); got != 1000 {
			t.Errorf("the terminal shows %d lines, want 1000", got)
		}
		stop()
		if log := s.log.String(); log != "" {
			t.Errorf("its own end is logged as a failure of the receivers:\n%s", log)
		}
	})
}

// What was committed just before the end is still printed, also where the end
// comes before the signal.
func TestLastCommitIsDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		stop := start(t, s.notifier(t, terminal(false)))
		time.Sleep(time.Second)
		s.outbox.appendSilently(drift())
		stop()
		if s.out.String() == "" {
			t.Error("nothing was printed")
		}
	})
}

// An answer that is on its way when Run ends is waited for: cutting it off
// would send the message twice.
func TestRunningRequestMayEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		s.webhook = func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-time.After(500 * time.Millisecond):
			case <-r.Context().Done():
			}
		}
		stop := start(t, s.notifier(t, hook()))
		s.outbox.append([]string{"audit"}, drift())
		time.Sleep(100 * time.Millisecond)
		stop()
		if got := s.outbox.cursors["audit"]; got != 1 {
			t.Errorf("the cursor is %d, want 1", got)
		}
	})
}

// A signal that is missed costs seconds, not the alert.
func TestLooksWithoutASignal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		stop := start(t, s.notifier(t, terminal(false)))
		time.Sleep(time.Second)
		s.outbox.appendSilently(drift())
		time.Sleep(10 * time.Second)
		if s.out.String() == "" {
			t.Error("nothing was printed within 10 s")
		}
		stop()
	})
}

func TestTrimmedTransitionsAreSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		s.outbox.append([]string{"terminal"}, numbered(10)...)
		s.outbox.cursors["terminal"] = 2
		s.outbox.transitions = s.outbox.transitions[6:]
		run(t, s.notifier(t, terminal(false)), time.Second)
		if got := strings.Count(s.out.String(), "\n"); got != 4 {
			t.Errorf("%d lines, want the 4 that are left", got)
		}
		if log := s.log.String(); !strings.Contains(log, "first=3 count=4") {
			t.Errorf("the log does not say what is gone:\n%s", log)
		}
	})
}

// Transitions for others are passed by without a write for each.
func TestCursorPassesOthersBy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		writes := 0
		s.outbox.failCursor = func(uint64) error { writes++; return nil }
		stop := start(t, s.notifier(t, terminal(false)))
		for _, a := range numbered(250) {
			s.outbox.append([]string{"somebody-else"}, a)
			time.Sleep(time.Second)
		}
		stop()
		if got := s.outbox.cursors["terminal"]; got != 200 || writes != 2 {
			t.Errorf("the cursor is %d after %d writes, want 200 after 2", got, writes)
		}
	})
}

// A cursor that could not be written is written later, without a repetition.
func TestCursorIsOwed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		failed := false
		s.outbox.failCursor = func(uint64) error {
			if failed {
				return nil
			}
			failed = true
			return errDisk
		}
		s.outbox.append([]string{"terminal"}, drift())
		run(t, s.notifier(t, terminal(false)), time.Minute)
		if lines := strings.Count(s.out.String(), "\n"); lines != 1 || s.outbox.cursors["terminal"] != 1 {
			t.Errorf("%d lines and the cursor at %d, want 1 and 1", lines, s.outbox.cursors["terminal"])
		}
	})
}

// More than is read ahead waits while the process is started again.
func TestLongOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		down, got := true, []string{}
		s.webhook = func(w http.ResponseWriter, r *http.Request) {
			if down {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			got = append(got, r.Header.Get("Idempotency-Key"))
		}
		var want []string
		for n, a := range numbered(2000) {
			receivers := []string{"somebody-else"}
			if n%3 == 0 {
				receivers = append(receivers, "audit")
				want = append(want, strconv.Itoa(n+1))
			}
			s.outbox.append(receivers, a)
		}
		run(t, s.notifier(t, hook()), 10*time.Minute)
		down = false
		run(t, s.notifier(t, hook()), time.Minute)
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%d transitions arrived, want %d", len(got), len(want))
		}
	})
}

// Somebody has repaired what was refused: the log says that it works, but not
// while another notification is still refused.
func TestRepairedReceiverIsSaid(t *testing.T) {
	const again = "the receiver takes notifications again"
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		s.webhook = func(w http.ResponseWriter, _ *http.Request) {
			if time.Since(epoch) < 7*time.Minute {
				w.WriteHeader(http.StatusForbidden)
			}
		}
		s.outbox.append([]string{"audit"}, numbered(2)...)
		run(t, s.notifier(t, hook()), 12*time.Minute)
		if log := s.log.String(); strings.Count(log, again+"\" receiver=audit failures=2") != 1 {
			t.Errorf("the log does not say once that the webhook works:\n%s", log)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		s.slack.script("not_in_channel")
		stop := start(t, s.notifier(t, bot(t)))
		first, second := incident(toSlack, drift()), incident(toSlack, drift())
		second.ID += "'"
		s.outbox.put(first)
		s.outbox.put(second)
		time.Sleep(time.Minute)
		if log := s.log.String(); strings.Contains(log, again) {
			t.Errorf("the log says that Slack works while an incident is refused:\n%s", log)
		}
		time.Sleep(5 * time.Minute)
		if log := s.log.String(); strings.Count(log, again+"\" receiver=ml-oncall failures=1") != 1 {
			t.Errorf("the log does not say once that Slack works:\n%s", log)
		}
		stop()
	})
}

func TestMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		s.metrics = notify.NewMetrics(registry)
		s.webhook = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }
		s.slack.script("500")
		stop := start(t, s.notifier(t, bot(t), hook(), terminal(false)))
		a := drift()
		a.Time = monitor.Time{Time: time.Now().Add(-time.Minute)}
		s.outbox.append([]string{"audit", "terminal"}, a, a)
		i := incident(toSlack, a)
		s.outbox.put(i)
		time.Sleep(30 * time.Second)
		want := `
# HELP driftwatch_notifications_total Attempts to deliver an alert or incident, by outcome: delivered, retried (failed, may pass), refused (failed until somebody repairs it).
# TYPE driftwatch_notifications_total counter
driftwatch_notifications_total{outcome="delivered",receiver="audit"} 0
driftwatch_notifications_total{outcome="delivered",receiver="ml-oncall"} 1
driftwatch_notifications_total{outcome="delivered",receiver="terminal"} 2
driftwatch_notifications_total{outcome="refused",receiver="audit"} 1
driftwatch_notifications_total{outcome="refused",receiver="ml-oncall"} 0
driftwatch_notifications_total{outcome="refused",receiver="terminal"} 0
driftwatch_notifications_total{outcome="retried",receiver="audit"} 0
driftwatch_notifications_total{outcome="retried",receiver="ml-oncall"} 1
driftwatch_notifications_total{outcome="retried",receiver="terminal"} 0
# HELP driftwatch_outbox_pending Incidents, or transitions (at most some hundreds are counted), that wait for delivery.
# TYPE driftwatch_outbox_pending gauge
driftwatch_outbox_pending{receiver="audit"} 2
driftwatch_outbox_pending{receiver="ml-oncall"} 0
driftwatch_outbox_pending{receiver="terminal"} 0
# HELP driftwatch_outbox_oldest_seconds Seconds since the end of the window that decided the oldest of what waits for delivery; 0 where nothing waits.
# TYPE driftwatch_outbox_oldest_seconds gauge
driftwatch_outbox_oldest_seconds{receiver="audit"} 90
driftwatch_outbox_oldest_seconds{receiver="ml-oncall"} 0
driftwatch_outbox_oldest_seconds{receiver="terminal"} 0
`
		if err := testutil.GatherAndCompare(registry, strings.NewReader(want)); err != nil {
			t.Error(err)
		}
		stop()
	})
	problems, err := testutil.GatherAndLint(registry)
	if err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}
