package notify_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"driftwatch/monitor"

	"pgregory.net/rapid"
)

// The process ends between Slack's answer and its record: one message more,
// and from then on the newer one is edited.
func TestSlackKilledBeforeTheRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		i := incident(toSlack, drift())
		s.outbox.put(i)
		s.outbox.failSet = func(_ string, d monitor.Delivery) error {
			if d.Attempting {
				return nil
			}
			return errDisk
		}
		run(t, s.notifier(t, bot(t)), time.Hour)
		if got := len(s.slack.shown()); got != 1 {
			t.Fatalf("%d messages while the record fails, want 1", got)
		}
		if got := s.outbox.delivered["ml-oncall/"+i.ID]; !got.Attempting {
			t.Fatalf("recorded %+v, want an attempt", got)
		}
		s.outbox.failSet = nil
		stop := start(t, s.notifier(t, bot(t)))
		time.Sleep(5 * time.Second)
		s.outbox.put(over(i, "10:40", ""))
		time.Sleep(5 * time.Second)
		stop()
		shown := s.slack.shown()
		if len(shown) != 2 || shown[0].edits != 0 || shown[1].edits != 1 || !strings.Contains(shown[1].Text, "resolved") {
			t.Errorf("Slack shows %+v, want two messages, and the second one edited", shown)
		}
	})
}

// No attempt can be recorded: nothing is posted, as it could not be known later.
func TestSlackNeedsTheRecordOfTheAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		s.outbox.put(incident(toSlack, drift()))
		s.outbox.failSet = func(string, monitor.Delivery) error { return errDisk }
		run(t, s.notifier(t, bot(t)), time.Minute)
		if got := len(s.slack.requests()); got != 0 {
			t.Errorf("%d requests, want none", got)
		}
	})
}

// Whatever fails and however often the process ends: Slack shows the latest
// revision, and messages beyond the first come only from lost answers and ends.
func TestSlackConverges(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		answers := rapid.SliceOfN(rapid.SampledFrom([]string{"", "", "429", "500", "hang", "lost", "internal_error", "invalid_blocks", "channel_not_found"}), 0, 12).Draw(rt, "answers")
		runs := rapid.SliceOfN(rapid.IntRange(0, 400), 1, 5).Draw(rt, "seconds of each run")
		lostRecords := rapid.IntRange(0, 3).Draw(rt, "records that fail")
		synctest.Test(t, func(t *testing.T) {
			s := newSetup()
			s.slack.script(answers...)
			left := lostRecords
			s.outbox.failSet = func(_ string, d monitor.Delivery) error {
				if !d.Attempting && left > 0 {
					left--
					return errDisk
				}
				return nil
			}
			i := incident(toSlack, drift())
			for _, seconds := range runs {
				s.outbox.put(i)
				run(t, s.notifier(t, bot(t)), time.Duration(seconds)*time.Second)
			}
			s.outbox.put(over(i, "10:40", ""))
			run(t, s.notifier(t, bot(t)), 5*time.Hour)
			shown := s.slack.shown()
			if len(shown) == 0 || !strings.Contains(shown[len(shown)-1].Text, "resolved") {
				rt.Fatalf("Slack shows %+v, want the end; log:\n%s", shown, s.log)
			}
			lost := strings.Count(strings.Join(answers, " "), "lost")
			if most := 1 + lost + len(runs); len(shown) > most {
				rt.Fatalf("%d messages, want at most %d", len(shown), most)
			}
			if pending, _ := s.outbox.Pending("ml-oncall"); len(pending) != 0 {
				rt.Fatalf("%d incidents are left over", len(pending))
			}
		})
	})
}
