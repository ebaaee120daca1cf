package notify_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"driftwatch/monitor"
	"driftwatch/monitor/notify"

	"go.uber.org/goleak"
)

var toSlack = []string{"ml-oncall"}

// start runs n until the returned function is called, which waits for its end.
func start(t testing.TB, n *notify.Notifier) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- n.Run(ctx) }()
	return func() {
		t.Helper()
		began := time.Now()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run gives %v, want nil", err)
		}
		if took := time.Since(began); took >= time.Second {
			t.Errorf("Run ended %s after its context, want less than 1 s", took)
		}
	}
}

func TestSlackEditsOneMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		stop := start(t, s.notifier(t, bot(t)))
		i := incident(toSlack, drift())
		s.outbox.put(i)
		time.Sleep(2 * time.Second)
		if shown := s.slack.shown(); len(shown) != 1 || !strings.Contains(string(shown[0].Blocks), "subteam^S123") {
			t.Fatalf("Slack shows %v, want one message that calls the team", shown)
		}
		i.Alerts = append(i.Alerts, other("feature-drift", "fee", "psi_lo > limit", 0.2))
		s.outbox.put(i)
		time.Sleep(2 * time.Second)
		if blocks := string(s.slack.shown()[0].Blocks); !strings.Contains(blocks, "2 features") || strings.Contains(blocks, "subteam") {
			t.Errorf("the first edit shows %s; want both features, and nobody called again", blocks)
		}
		s.outbox.put(over(i, "10:40", ""))
		time.Sleep(2 * time.Second)
		stop()
		shown := s.slack.shown()
		if len(shown) != 1 || shown[0].edits != 2 {
			t.Fatalf("Slack shows %d messages, want one that was edited twice: %+v", len(shown), shown)
		}
		if !strings.Contains(shown[0].Text, "resolved") || strings.Contains(string(shown[0].Blocks), "subteam") {
			t.Errorf("the last edit shows %q, %s; want it resolved, and nobody called again", shown[0].Text, shown[0].Blocks)
		}
		want := monitor.Delivery{Revision: 3, MessageID: "C024BE91L:1000.000000"}
		if got := s.outbox.delivered["ml-oncall/"+i.ID]; got != want {
			t.Errorf("recorded %+v, want %+v", got, want)
		}
	})
}

// What Slack answers, how often it is asked again, and what the log says.
func TestSlackFailures(t *testing.T) {
	for _, c := range []struct {
		name    string
		answers []string
		after   []time.Duration // at least this long between the requests
		most    time.Duration   // and at most this long, over all
		log     string
	}{
		{"429", []string{"429"}, []time.Duration{30 * time.Second}, 31 * time.Second, "Slack asks to wait for 30s"},
		{"500s", []string{"500", "500", "500"}, []time.Duration{time.Second, 1500 * time.Millisecond, 3 * time.Second}, 8 * time.Second, "500 Internal Server Error"},
		{"hang", []string{"hang"}, []time.Duration{10 * time.Second}, 12 * time.Second, "deadline exceeded"},
		{"internal_error", []string{"internal_error"}, []time.Duration{time.Second}, 2 * time.Second, "internal_error"},
		{"channel_not_found", []string{"channel_not_found"}, []time.Duration{5 * time.Minute}, 6 * time.Minute, "check channel, and invite the bot"},
		{"invalid_auth", []string{"invalid_auth", "invalid_auth"}, []time.Duration{5 * time.Minute, 5 * time.Minute}, 11 * time.Minute, "put a new one into token_file"},
		{"404", []string{"404"}, []time.Duration{5 * time.Minute}, 6 * time.Minute, "check api_url"},
		{"nothing", []string{"lost"}, []time.Duration{10 * time.Second}, 12 * time.Second, "deadline exceeded"},
		{"no reason", []string{"no_text_in_particular"}, []time.Duration{5 * time.Minute}, 6 * time.Minute, "Slack's documentation"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup()
				s.slack.script(c.answers...)
				s.outbox.put(incident(toSlack, drift()))
				stop := start(t, s.notifier(t, bot(t)))
				time.Sleep(20 * time.Minute)
				stop()
				at := s.slack.requests()
				if len(at) != len(c.answers)+1 {
					t.Fatalf("%d requests, want %d; log:\n%s", len(at), len(c.answers)+1, s.log)
				}
				for n, least := range c.after {
					if got := at[n+1].Sub(at[n]); got < least {
						t.Errorf("request %d came %s after the one before, want at least %s", n+1, got, least)
					}
				}
				if took := at[len(at)-1].Sub(at[0]); took > c.most {
					t.Errorf("the last request came after %s, want at most %s", took, c.most)
				}
				if !strings.Contains(s.log.String(), c.log) {
					t.Errorf("the log does not say %q:\n%s", c.log, s.log)
				}
				if shown := s.slack.shown(); !strings.Contains(shown[len(shown)-1].Text, "firing") {
					t.Errorf("Slack shows %v", shown)
				}
			})
		})
	}
}

func TestSlackLayoutRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		s.slack.script("invalid_blocks")
		s.outbox.put(incident(toSlack, drift()))
		run(t, s.notifier(t, bot(t)), 5*time.Second)
		shown := s.slack.shown()
		if len(shown) != 1 || string(shown[0].Blocks) != "[]" || !strings.Contains(shown[0].Text, "runbook") || !strings.Contains(shown[0].Text, "<!subteam^S123>") {
			t.Errorf("Slack shows %+v, want all lines and the mention as text without blocks", shown)
		}
	})
}

// Somebody deletes the message: while it fires there is a new one, afterwards not.
func TestSlackMessageDeleted(t *testing.T) {
	for _, c := range []struct {
		name  string
		next  func(monitor.Incident) monitor.Incident
		shown int
	}{
		{"firing", func(i monitor.Incident) monitor.Incident { return i }, 2},
		{"resolved", func(i monitor.Incident) monitor.Incident { return over(i, "10:40", "") }, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup()
				stop := start(t, s.notifier(t, bot(t)))
				i := incident(toSlack, drift())
				s.outbox.put(i)
				time.Sleep(5 * time.Second)
				s.slack.script("message_not_found")
				s.outbox.put(c.next(i))
				time.Sleep(time.Minute)
				stop()
				if got := len(s.slack.shown()); got != c.shown {
					t.Errorf("%d messages were posted, want %d", got, c.shown)
				}
				if got := s.outbox.delivered["ml-oncall/"+i.ID].Revision; got != 2 {
					t.Errorf("revision %d is recorded, want 2", got)
				}
			})
		})
	}
}

func TestSlackQuietIncidents(t *testing.T) {
	quiet := func(i monitor.Incident) monitor.Incident { i.Quiet = true; return i }
	i := incident(toSlack, drift())
	ended := over(i, "10:40", "")
	late := i
	late.FoundLate = true
	for _, c := range []struct {
		name      string
		revisions []monitor.Incident
		messages  int
		says      string
	}{
		{"quiet", []monitor.Incident{quiet(i)}, 0, ""},
		{"quiet=>ended while quiet", []monitor.Incident{quiet(i), quiet(ended)}, 0, ""},
		{"quiet=>found late", []monitor.Incident{quiet(i), late}, 1, "found late"},
		{"firing=>ended while quiet", []monitor.Incident{i, quiet(ended)}, 1, "resolved"},
		{"ended before it was sent", []monitor.Incident{ended}, 1, "resolved"},
		{"ended while quiet=>opened again", []monitor.Incident{quiet(ended), i}, 1, "firing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup()
				stop := start(t, s.notifier(t, bot(t)))
				for _, revision := range c.revisions {
					s.outbox.put(revision)
					time.Sleep(30 * time.Second)
				}
				stop()
				shown := s.slack.shown()
				if len(shown) != c.messages {
					t.Fatalf("%d messages, want %d", len(shown), c.messages)
				}
				if c.messages > 0 && !strings.Contains(shown[0].Text+string(shown[0].Blocks), c.says) {
					t.Errorf("the message does not say %q: %s", c.says, shown[0].Blocks)
				}
				last := c.revisions[len(c.revisions)-1]
				if pending, _ := s.outbox.Pending("ml-oncall"); len(pending) != 0 && !(last.Quiet && last.State == "firing") {
					t.Errorf("%d incidents are left over", len(pending))
				}
				if last.State == "resolved" && strings.Contains(fmt.Sprint(shown), "subteam") {
					t.Error("people are called for what is over")
				}
			})
		})
	}
}

// A webhook cannot edit: one message at the beginning, one at the end.
func TestSlackIncomingWebhook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		stop := start(t, s.notifier(t, incomingWebhook(t)))
		i := incident(toSlack, drift())
		for _, revision := range []monitor.Incident{i, i, i, over(i, "10:40", ""), over(i, "10:40", "")} {
			s.outbox.put(revision)
			time.Sleep(10 * time.Second)
		}
		stop()
		shown := s.slack.shown()
		if len(shown) != 2 || !strings.Contains(shown[0].Text, "firing") || !strings.Contains(shown[1].Text, "resolved") {
			t.Fatalf("Slack shows %+v, want firing and resolved", shown)
		}
		if strings.Contains(string(shown[1].Blocks), "subteam") {
			t.Error("the end calls people")
		}
		want := monitor.Delivery{Revision: 5, MessageID: "webhook:resolved"}
		if got := s.outbox.delivered["ml-oncall/"+i.ID]; got != want {
			t.Errorf("recorded %+v, want %+v", got, want)
		}
	})
}

func TestSlackKeepsItsPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		for n := range 20 {
			i := incident(toSlack, drift())
			i.ID = fmt.Sprint("payments/", n)
			s.outbox.put(i)
		}
		run(t, s.notifier(t, bot(t)), time.Minute)
		at := s.slack.requests()
		if len(at) != 20 || at[19].Sub(at[0]) != 19*time.Second {
			t.Errorf("%d requests in %s, want 20 in 19 s", len(at), at[len(at)-1].Sub(at[0]))
		}
	})
}

// One incident that Slack never takes does not hold back the others.
func TestSlackPoisonedIncident(t *testing.T) {
	for _, answer := range []string{"500", "no_such_thing"} {
		t.Run(answer, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup()
				poison := incident(toSlack, drift())
				poison.ID, poison.Monitor = "poison", "poison"
				s.outbox.put(poison)
				for n := range 3 {
					i := incident(toSlack, drift())
					i.ID = fmt.Sprint("payments/", n)
					s.outbox.put(i)
				}
				r, slack := bot(t), s.slack
				n, err := notify.New([]notify.Receiver{r}, notify.Deps{
					Outbox: s.outbox, Metrics: s.metrics, Log: discard(), Stdout: s.out,
					Transport: handler(func(w http.ResponseWriter, r *http.Request) {
						_ = r.ParseForm()
						if strings.Contains(r.Form.Get("text"), "poison") {
							slack.script(answer)
						}
						slack.ServeHTTP(w, r)
					}),
				})
				if err != nil {
					t.Fatal(err)
				}
				run(t, n, time.Minute)
				if got := len(slack.shown()); got != 3 {
					t.Errorf("%d messages, want the 3 good ones", got)
				}
			})
		})
	}
}

// Over a real connection, with a server that dies with it open.
func TestSlackOverTheNetwork(t *testing.T) {
	defer goleak.VerifyNone(t)
	s := newSetup()
	server := httptest.NewServer(s.slack)
	r := bot(t)
	r.Slack.APIURL = server.URL + "/api"
	s.outbox.put(incident(toSlack, drift()))
	n, err := notify.New([]notify.Receiver{r}, notify.Deps{Outbox: s.outbox, Metrics: s.metrics, Log: discard()})
	if err != nil {
		t.Fatal(err)
	}
	stop := start(t, n)
	waitFor(t, func() bool { return len(s.slack.shown()) == 1 })
	s.slack.script("hang")
	s.outbox.put(incident(toSlack, drift()))
	waitFor(t, func() bool { return len(s.slack.requests()) == 2 })
	stop() // while the second request hangs
	server.CloseClientConnections()
	server.Close()
}
