package monitor_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"driftwatch/monitor"
)

// raw appends a record with a log time of its own.
func (l *live) raw(at time.Time, value any) {
	b, _ := json.Marshal(value)
	l.src.mu.Lock()
	defer l.src.mu.Unlock()
	l.src.parts[0] = append(l.src.parts[0], monitor.Record{Offset: end(l.src.parts[0]), Time: at.UnixMilli(), Value: b})
}

// A first record with a wrong clock does not decide what is learnt.
func TestAStrayFirstRecordIsNotWhatIsLearnt(t *testing.T) {
	for name, test := range map[string]struct {
		age time.Duration
		own bool // the record's own time is the event time
	}{
		"a day old":               {24 * time.Hour, false},
		"of 1970":                 {30 * 365 * 24 * time.Hour, false},
		"its own, a day old":      {24 * time.Hour, true},
		"its own, of 1970":        {30 * 365 * 24 * time.Hour, true},
		"its own, a year ahead":   {-365 * 24 * time.Hour, true},
		"its own, an hour behind": {time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLive(t, 1)
				at := time.Now().Add(-test.age)
				c := config()
				c.Reference = monitor.ReferenceConfig{Learn: dur("5m")}
				if test.own {
					c.Timestamp = monitor.Timestamp{}
					l.raw(at, map[string]any{"x": 1, "kind": "a"})
				} else {
					l.raw(time.Now(), map[string]any{"ts": at.UnixMilli(), "x": 1, "kind": "a"})
				}
				stop := l.startConfig(c, l)
				l.flow(20*time.Minute, 0)
				v, err := l.m.View()
				if err != nil || v.Learning || v.Reference == nil {
					t.Fatalf("learning %v, reference %+v, %v", v.Learning, v.Reference, err)
				}
				if v.Rows < 11_900 {
					t.Errorf("%d rows of 12000 are counted", v.Rows)
				}
				h := l.history("x")
				if last := h[len(h)-1]; isNaN(last.Stats["psi_lo"]) || last.Stats["psi_lo"] > 0.01 {
					t.Errorf("with nothing changed psi_lo is %v", last.Stats["psi_lo"])
				}
				if err := stop(); err != nil {
					t.Error(err)
				}
				l.balance()
			})
		})
	}
}

// Nor do a few of them.
func TestStrayFirstRecordsAreNotWhatIsLearnt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		for i := range 20 {
			l.raw(time.Now(), map[string]any{"ts": time.Now().Add(time.Duration(i*6)*time.Second - 24*time.Hour).UnixMilli(), "x": i, "kind": "a"})
		}
		stop := l.startWith(monitor.ReferenceConfig{Learn: dur("5m")}, l)
		l.flow(20*time.Minute, 0)
		h := l.history("x")
		if last := h[len(h)-1]; isNaN(last.Stats["psi_lo"]) || last.Stats["psi_lo"] > 0.01 {
			t.Errorf("with nothing changed psi_lo is %v", last.Stats["psi_lo"])
		}
		_ = stop()
		l.balance()
	})
}

// Where a topic has few records altogether, it learns from those it has.
func TestAQuietTopicLearnsFromLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		stop := l.startWith(monitor.ReferenceConfig{Learn: dur("20m")}, l)
		for i := range 60 {
			l.src.write(0, 0, float64(i%10), "a")
			time.Sleep(time.Minute)
		}
		if v, err := l.m.View(); err != nil || v.Learning || v.Rows < 58 {
			t.Errorf("learning %v, %d rows, %v", v.Learning, v.Rows, err)
		}
		_ = stop()
		l.balance()
	})
}

// Records that do not advance the time, such as those of whole hours, are no
// silence.
func TestRecordsOfOneTimeAreNoSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		l.start()
		for i := range 90 * 60 {
			at := time.Now().Truncate(time.Hour)
			for j := range 5 {
				l.raw(time.Now(), map[string]any{"ts": at.UnixMilli(), "x": (5*i + j) % 100, "kind": "a"})
			}
			time.Sleep(time.Second)
		}
		if p := l.progress(); p.Totals.Late > 0 {
			t.Errorf("%d of %d records are late", p.Totals.Late, p.Totals.Rows)
		}
		l.stop()
	})
}

// A range ends with the window that ends there.
func TestABacktestClosesTheWindowAtItsEnd(t *testing.T) {
	parts := logs()
	all := backtestTo(t, parts, monitor.NoTime)
	for _, a := range all {
		if a.State != "firing" {
			continue
		}
		upTo := backtestTo(t, parts, a.Time.UnixMilli())
		if !slices.ContainsFunc(upTo, func(b monitor.Alert) bool { return b.ID == a.ID && b.State == "firing" }) {
			t.Errorf("%s fires at %s, and not in a backtest to that time", a.ID, a.Time)
		}
	}
	if len(all) < 5 {
		t.Fatalf("only %d transitions: the log tells no story", len(all))
	}
}

func backtestTo(t *testing.T, parts [][]monitor.Record, to int64) (all []monitor.Alert) {
	t.Helper()
	d := deps(t, config(), &logSource{parts: parts, cut: func() int { return 100 }}, driftRules...)
	_, err := monitor.Backtest(context.Background(), d, monitor.BacktestOptions{From: monitor.NoTime, To: to, Emit: func(a monitor.Alert) error {
		all = append(all, a)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// History does not tell of windows whose panes are gone as if they had been
// empty.
func TestHistoryEndsWithThePanes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		l.retention = 20 * time.Minute
		stop := l.startWith(monitor.ReferenceConfig{Profile: "test.profile"}, l)
		l.flow(time.Hour, 0)
		h := l.history("x")
		for _, v := range h {
			if v.Rows == 0 || v.Rows < 2900 && !v.Partial {
				t.Errorf("the window that ends %v has %d rows, partial %v", v.End, v.Rows, v.Partial)
			}
		}
		if len(h) < 18 || len(h) > 27 {
			t.Errorf("%d windows of 20 minutes", len(h))
		}
		_ = stop()
	})
}

// The topic is another one while the first is being learnt.
func TestAnotherTopicWhileLearning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		for _, topic := range []string{"t", "other"} {
			c := config()
			c.Topic = topic
			stop := l.startConfig(c, l)
			l.flow(5*time.Minute, 0)
			_ = stop()
			l.balance()
		}
	})
}
