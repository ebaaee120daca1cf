package notify_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"driftwatch/monitor"
)

// happens adds an event to an incident, as the stream does.
func happens(i monitor.Incident, e monitor.Event) monitor.Incident {
	e.Number, e.Time = i.LastEvent()+1, at("10:15")
	i.Timeline = append(slices.Clone(i.Timeline), e)
	return i
}

// opened is a new incident that fires.
func opened() monitor.Incident {
	return happens(incident(toSlack, drift()), monitor.Event{
		Kind: monitor.EventOpened, Sound: true, Count: 1, Alerts: []monitor.EventAlert{{Rule: "feature-drift", Feature: "amount"}},
	})
}

// The thread is the timeline. What makes a sound is shown in the channel and
// calls people, all else is not.
func TestSlackThread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		stop := start(t, s.notifier(t, bot(t)))
		i := opened()
		for _, next := range []func(monitor.Incident) monitor.Incident{
			func(i monitor.Incident) monitor.Incident { return i },
			func(i monitor.Incident) monitor.Incident { return i }, // nothing to tell: only an edit
			func(i monitor.Incident) monitor.Incident {
				return happens(happens(i, monitor.Event{Kind: monitor.EventFired, Count: 7, Alerts: []monitor.EventAlert{{Rule: "missing", Feature: "fee"}}}),
					monitor.Event{Kind: monitor.EventWorse, Sound: true, Note: "page"})
			},
			func(i monitor.Incident) monitor.Incident {
				return happens(i, monitor.Event{Kind: monitor.EventAcknowledged, By: "ann <!channel>"})
			},
			func(i monitor.Incident) monitor.Incident {
				return happens(over(i, "10:40", ""), monitor.Event{Kind: monitor.EventResolved, Count: 1, Alerts: []monitor.EventAlert{{Rule: "feature-drift", Feature: "amount"}}})
			},
		} {
			i = next(i)
			s.outbox.put(i)
			time.Sleep(10 * time.Second)
		}
		stop()
		shown := s.slack.shown()
		if len(shown) != 1 || shown[0].edits != 4 {
			t.Fatalf("Slack shows %+v, want one message with 4 edits", shown)
		}
		var got []string
		for _, r := range shown[0].replies {
			got = append(got, fmt.Sprintf("%v %v %s", r.broadcast, strings.Contains(string(r.Blocks), "subteam^S123"), r.Text))
		}
		want := []string{
			"false false 10:15 amount by feature-drift fires",
			"true true 🔴 PAGE payments firing · owner payments-ml · used by fraud-model-7\n10:15 it has become worse: now PAGE",
			"false false 10:15 acknowledged by ann &lt;!channel&gt;",
			"false false 10:15 amount by feature-drift is over, and nothing fires any more",
		}
		if !slices.Equal(got, want) {
			t.Errorf("the thread is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if first := string(shown[0].replies[0].Blocks); !strings.Contains(first, "psi_lo") || !strings.Contains(first, "asks") {
			t.Errorf("the first reply does not tell the details: %s", first)
		}
		if second := string(shown[0].replies[1].Blocks); !strings.Contains(second, "fires too") || !strings.Contains(second, "6 more") {
			t.Errorf("the second reply leaves out what fires: %s", second)
		}
		if strings.Contains(string(shown[0].Blocks), "psi_lo") {
			t.Errorf("the message itself has the condition: %s", shown[0].Blocks)
		}
	})
}

// While Slack is down for ten minutes the incident changes every second. What it
// shows afterwards is the latest state, and one reply says what has happened.
func TestSlackOutage(t *testing.T) {
	for _, answer := range []string{"500", "hang"} {
		t.Run(answer, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup()
				stop := start(t, s.notifier(t, bot(t), terminal(false)))
				i := opened()
				s.outbox.put(i)
				time.Sleep(10 * time.Second)
				s.slack.script(slices.Repeat([]string{answer}, 1000)...)
				took := time.Duration(0)
				for n := range 600 {
					i = happens(i, monitor.Event{Kind: monitor.EventFired, Count: 1, Sound: n == 300, Alerts: []monitor.EventAlert{{Rule: "r", Feature: fmt.Sprint("f", n)}}})
					began := time.Now()
					s.outbox.put(i)
					s.outbox.append([]string{"terminal"}, drift())
					took += time.Since(began)
					time.Sleep(time.Second)
				}
				printed := strings.Count(s.out.String(), "\n")
				s.slack.script() // nothing more is scripted than is left
				s.slack.mu.Lock()
				s.slack.answers = nil
				s.slack.mu.Unlock()
				time.Sleep(6 * time.Minute)
				stop()
				shown := s.slack.shown()
				if took != 0 || printed != 600 {
					t.Errorf("the stream waited %v, and the other receiver took %d of 600", took, printed)
				}
				if len(shown) != 1 || len(shown[0].replies) != 2 {
					t.Fatalf("Slack shows %+v, want one message with two replies", shown)
				}
				last := shown[0].replies[1]
				if !last.broadcast || !strings.Contains(string(last.Blocks), "f0") || !strings.Contains(string(last.Blocks), "more") {
					t.Errorf("the reply is %s", last.Blocks)
				}
				if pending, _ := s.outbox.Pending("ml-oncall"); len(pending) != 0 {
					t.Errorf("%d incidents are left over", len(pending))
				}
			})
		})
	}
}

// The process ends between Slack's answer to a reply and its record: one reply
// more, and none is lost.
func TestSlackKilledBeforeTheRecordOfAReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		s.outbox.put(opened())
		s.outbox.failSet = func(_ string, d monitor.Delivery) error {
			if d.Told > 0 {
				return errDisk
			}
			return nil
		}
		run(t, s.notifier(t, bot(t)), time.Minute)
		s.outbox.failSet = nil
		run(t, s.notifier(t, bot(t)), time.Minute)
		shown := s.slack.shown()
		if len(shown) != 1 || len(shown[0].replies) != 2 {
			t.Errorf("Slack shows %+v, want one message with the reply twice", shown)
		}
	})
}

// An incoming webhook has no thread: a message for each sound.
func TestSlackIncomingWebhookSounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		stop := start(t, s.notifier(t, incomingWebhook(t)))
		i := opened()
		for _, e := range []monitor.Event{
			{}, {Kind: monitor.EventFired, Count: 1}, {Kind: monitor.EventWorse, Sound: true, Note: "page"}, {Kind: monitor.EventEnded, Count: 1},
		} {
			if e.Kind != "" {
				i = happens(i, e)
			}
			s.outbox.put(i)
			time.Sleep(10 * time.Second)
		}
		s.outbox.put(happens(over(i, "10:40", ""), monitor.Event{Kind: monitor.EventResolved}))
		time.Sleep(10 * time.Second)
		stop()
		var called []bool
		for _, m := range s.slack.shown() {
			called = append(called, strings.Contains(string(m.Blocks), "subteam"))
		}
		if want := []bool{true, true, false}; !slices.Equal(called, want) {
			t.Errorf("the messages call people: %v, want %v", called, want)
		}
	})
}

// The golden files of what is sent to Slack beside the message: look at them when
// they change.
func TestSlackGoldenReplies(t *testing.T) {
	details := func(i monitor.Incident) monitor.Incident { return i }
	for _, c := range []struct {
		name string
		next func(monitor.Incident) monitor.Incident
	}{
		{"reply-first", details},
		{"reply-sound", func(i monitor.Incident) monitor.Incident {
			return happens(happens(i, monitor.Event{Kind: monitor.EventFired, Count: 9, Alerts: []monitor.EventAlert{{Rule: "nulls", Feature: "fee"}, {Rule: "nulls", Feature: "<!channel>", Segment: "country=DE"}}}),
				monitor.Event{Kind: monitor.EventWorse, Sound: true, Note: "page"})
		}},
		{"reply-no-data", func(i monitor.Incident) monitor.Incident {
			return happens(over(i, "10:40", "no data"), monitor.Event{Kind: monitor.EventResolved, Count: 1, Alerts: []monitor.EventAlert{{Rule: "feature-drift", Feature: "amount", Reason: "no data"}}})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup()
				stop := start(t, s.notifier(t, bot(t)))
				i := opened()
				s.outbox.put(i)
				time.Sleep(10 * time.Second)
				s.outbox.put(c.next(i))
				time.Sleep(10 * time.Second)
				stop()
				replies := s.slack.shown()[0].replies
				last := replies[len(replies)-1]
				var blocks any
				if err := json.Unmarshal(last.Blocks, &blocks); err != nil {
					t.Fatal(err)
				}
				var pretty bytes.Buffer
				encoder := json.NewEncoder(&pretty)
				encoder.SetEscapeHTML(false)
				encoder.SetIndent("", "  ")
				if err := encoder.Encode(map[string]any{"text": last.Text, "broadcast": last.broadcast, "blocks": blocks}); err != nil {
					t.Fatal(err)
				}
				golden(t, c.name+".slack.json", pretty.Bytes())
			})
		})
	}
}
