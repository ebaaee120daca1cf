package notify_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"driftwatch/monitor/notify"
)

func toAlertmanager(url string) notify.Receiver {
	return notify.Receiver{Name: "pager", Alertmanager: &notify.AlertmanagerConfig{URL: url}}
}

var toPager = []string{"pager"}

// postedAlert is an alert as it was posted.
type postedAlert struct {
	Labels, Annotations map[string]string
	StartsAt, EndsAt    time.Time
	at                  time.Time
}

// fakeAlertmanager keeps what is posted to it, and answers as it is told first.
type fakeAlertmanager struct {
	mu      sync.Mutex
	posts   [][]postedAlert
	answers []string
}

func (f *fakeAlertmanager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var alerts []postedAlert
	if r.Method != http.MethodPost || r.URL.Path != "/api/v2/alerts" || r.Header.Get("Content-Type") != "application/json" || json.NewDecoder(r.Body).Decode(&alerts) != nil {
		http.Error(w, "what is this", http.StatusBadRequest)
		return
	}
	f.mu.Lock()
	answer := ""
	if len(f.answers) > 0 {
		answer, f.answers = f.answers[0], f.answers[1:]
	}
	if answer == "" || answer == "lost" {
		for i := range alerts {
			alerts[i].at = time.Now()
		}
		f.posts = append(f.posts, alerts)
	}
	f.mu.Unlock()
	switch answer {
	case "500":
		http.Error(w, "not now", http.StatusInternalServerError)
	case "400":
		http.Error(w, "bad", http.StatusBadRequest)
	case "hang", "lost":
		<-r.Context().Done()
	}
}

func (f *fakeAlertmanager) got() [][]postedAlert {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.posts
}

func withAlertmanager(t *testing.T, s *setup, f *fakeAlertmanager) *notify.Notifier {
	n, err := notify.New([]notify.Receiver{toAlertmanager("http://alertmanager.example:9093/")}, notify.Deps{
		Outbox: s.outbox, Metrics: s.metrics, Log: logTo(s.log), Stdout: s.out, Transport: handler(f.ServeHTTP),
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// An alert that fires is sent again every minute and ends in the future; its
// labels and its start do not change until it is over.
func TestAlertmanagerIsKeptUpToDate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, f := newSetup(), &fakeAlertmanager{}
		time.Sleep(time.Until(at("10:15").Time))
		stop := start(t, withAlertmanager(t, s, f))
		a := drift()
		a.Labels = map[string]string{"owner": "payments-ml", "used-by": "x", "severity": "mine", "2nd": "y"}
		i := incident(toPager, a, other("nulls", "fee", "missing_rate > 0.1", 0))
		s.outbox.put(i)
		time.Sleep(10*time.Minute + time.Second)
		fired := len(f.got())
		if fired < 9 || fired > 12 {
			t.Errorf("%d requests in ten minutes", fired)
		}
		want := map[string]string{
			"alertname": "feature-drift", "monitor": "payments", "feature": "amount", "severity": "page",
			"owner": "payments-ml", "used_by": "x", "_2nd": "y",
		}
		for _, post := range f.got() {
			p := post[0]
			if len(post) != 2 || fmt.Sprint(p.Labels) != fmt.Sprint(want) || !p.StartsAt.Equal(a.Since.Time) {
				t.Fatalf("posted %+v", post)
			}
			if ahead := p.EndsAt.Sub(p.at); ahead != 5*time.Minute {
				t.Errorf("it ends %v ahead", ahead)
			}
		}
		if p := f.got()[0][0]; p.Annotations["summary"] == "" || p.Annotations["incident"] != i.ID || p.Annotations["runbook_url"] != a.Runbook {
			t.Errorf("the annotations are %v", p.Annotations)
		}
		s.outbox.put(over(i, "10:40", "vanished"))
		time.Sleep(10 * time.Minute)
		stop()
		if n := len(f.got()); n != fired+1 {
			t.Fatalf("%d requests after the end, want 1", n-fired)
		}
		last := f.got()[fired][0]
		if !last.EndsAt.Equal(at("10:40").Time) || fmt.Sprint(last.Labels) != fmt.Sprint(want) || last.Annotations["reason"] != "vanished" {
			t.Errorf("the end is %+v", last)
		}
		if pending, _ := s.outbox.Pending("pager"); len(pending) != 0 {
			t.Errorf("%d incidents are left over", len(pending))
		}
	})
}

// What is held back is not sent, or ended where it had been; nor is what is quiet.
func TestAlertmanagerAndHeldAlerts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, f := newSetup(), &fakeAlertmanager{}
		time.Sleep(time.Until(at("10:15").Time))
		stop := start(t, withAlertmanager(t, s, f))
		held := drift()
		held.Held = "silenced"
		quiet := incident(toPager, held)
		quiet.Quiet = true
		s.outbox.put(quiet)
		time.Sleep(5 * time.Minute)
		if n := len(f.got()); n != 0 {
			t.Fatalf("%d requests for what is quiet", n)
		}
		s.outbox.put(incident(toPager, held, other("nulls", "fee", "missing_rate > 0.1", 0)))
		time.Sleep(time.Second)
		if post := f.got()[0]; len(post) != 1 || post[0].Labels["feature"] != "fee" {
			t.Errorf("posted %+v, want fee only", post)
		}
		fee := other("nulls", "fee", "missing_rate > 0.1", 0)
		fee.Held = "silenced"
		s.outbox.put(incident(toPager, held, fee))
		time.Sleep(time.Second)
		stop()
		for _, p := range f.got()[1] {
			if p.EndsAt.After(p.at) {
				t.Errorf("%s is held back and still fires: %v", p.Labels["feature"], p.EndsAt)
			}
		}
	})
}

// Whatever happens to requests, the alert gets there.
func TestAlertmanagerFailures(t *testing.T) {
	for _, c := range []struct{ answer, log string }{
		{"500", "Alertmanager at alertmanager.example:9093 answered 500"},
		{"hang", "cannot send to Alertmanager at alertmanager.example:9093"},
		{"lost", "cannot send to Alertmanager at alertmanager.example:9093"},
		{"400", "check its url"},
	} {
		t.Run(c.answer, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, f := newSetup(), &fakeAlertmanager{answers: []string{c.answer, c.answer}}
				s.outbox.put(incident(toPager, drift()))
				run(t, withAlertmanager(t, s, f), 20*time.Minute)
				if len(f.got()) == 0 || !strings.Contains(s.log.String(), c.log) {
					t.Errorf("%d requests got through; log:\n%s", len(f.got()), s.log)
				}
				// A process that begins anew does not know when it was sent.
				before := len(f.got())
				run(t, withAlertmanager(t, s, f), time.Second)
				if len(f.got()) != before+1 {
					t.Errorf("%d requests after a restart, want 1", len(f.got())-before)
				}
			})
		})
	}
}

func TestAlertmanagerConfig(t *testing.T) {
	for url, want := range map[string]string{
		"":                            "url is missing",
		"localhost:9093":              "not an http or https URL",
		"http://ann:pw@localhost:1":   "use basic_auth",
		"http://am/api/v2/alerts":     "without /api/v2/alerts",
		"http://am.example/prefix/am": "",
	} {
		got := toAlertmanager(url).Validate("receivers[0]")
		if want == "" && len(got) != 0 || want != "" && (len(got) != 1 || got[0].Path != "receivers[0].alertmanager.url" || !strings.Contains(got[0].Message, want)) {
			t.Errorf("%q: %v, want %q", url, got, want)
		}
	}
}
