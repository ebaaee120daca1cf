package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// broker is a real Apache Kafka: `.ci/broker start DIR` starts one and writes
// its address to DIR/address.
func broker(t *testing.T) string {
	t.Helper()
	address := os.Getenv("DRIFTWATCH_KAFKA")
	if address == "" {
		t.Skip("no broker: run .ci/broker start DIR and set DRIFTWATCH_KAFKA to what DIR/address says")
	}
	return address
}

func TestIntegrationKilled(t *testing.T) { testKilled(t, broker(t)) }

// TestIntegrationJourney is a new user's way: a topic on a real broker is
// profiled, monitored, drifts, and Slack gets one message that is then edited.
func TestIntegrationJourney(t *testing.T) {
	address := broker(t)
	folder := t.TempDir()
	binary := filepath.Join(folder, "driftwatch")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	topic := fmt.Sprintf("journey-%d", time.Now().UnixNano())
	client, err := kgo.NewClient(kgo.SeedBrokers(address))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := kadm.NewClient(client).CreateTopic(t.Context(), 2, 1, nil, topic); err != nil {
		t.Fatal(err)
	}
	begin := time.Now().Add(-90 * time.Minute).UTC().Truncate(time.Minute)
	clean, faulty := payments(begin, 3000, false), payments(begin.Add(50*time.Minute), 2400, true)
	for _, r := range append(slices.Clone(clean), faulty...) {
		r.Topic = topic
	}
	produce(t, address, clean)

	slack := newFakeSlack(t)
	token := filepath.Join(folder, "slack.token")
	write(t, token, "xoxb-canary-token\n")
	file := filepath.Join(folder, "driftwatch.yaml")
	write(t, file, fmt.Sprintf(`kafka: {brokers: [%q]}
http: {listen: "127.0.0.1:0"}
receivers: [{name: oncall, slack: {channel: C123, token_file: slack.token, api_url: %q}}]
monitors:
  - name: payments
    topic: %s
    timestamp: event_time
    key: id
    segments: [country]
    reference: {profile: payments.profile}
    window: {size: 5m, every: 1m, idle_timeout: 10m}
    labels: {owner: payments-ml}
rules:
  - {name: drift, monitor: payments, when: psi_lo > 0.1, min_samples: 100, severity: page}
`, address, slack.url, topic))
	must(t, "", "profile", "--config", file, "--monitor", "payments", "--to", begin.Add(50*time.Minute).Format(time.RFC3339), "-o", filepath.Join(folder, "payments.profile"))
	must(t, "", "check", "--config", file, "--online")

	p := start(t, binary, "run", "--config", file, "--log-level", "debug")
	produce(t, address, faulty[:1100]) // the fault is not over yet
	slack.await(t, p, func(calls []slackCall) bool {
		return slices.ContainsFunc(calls, func(c slackCall) bool { return c.method == "chat.postMessage" && strings.Contains(c.text, "firing") })
	})
	produce(t, address, faulty[1100:])
	slack.await(t, p, func(calls []slackCall) bool {
		return slices.ContainsFunc(calls, func(c slackCall) bool { return c.method == "chat.update" && strings.Contains(c.text, "esolved") })
	})
	posts := 0
	for _, c := range slack.all() {
		if c.method == "chat.postMessage" && c.thread == "" {
			posts++
			if !strings.Contains(c.text, "amount") || !strings.Contains(c.text, "payments-ml") {
				t.Errorf("the message names neither the feature nor the owner: %s", c.text)
			}
		}
	}
	if posts != 1 {
		t.Errorf("%d messages were posted, want 1 that is edited", posts)
	}
	if strings.Contains(p.stderr.String(), "canary") {
		t.Errorf("the token is in the log:\n%s", p.stderr)
	}
	p.signal(t, syscall.SIGTERM)
	if code := p.wait(t); code != exitDone {
		t.Errorf("exit code %d\n%s", code, p.stderr)
	}
}

type slackCall struct{ method, text, thread string }

// fakeSlack answers the two calls that driftwatch makes.
type fakeSlack struct {
	url   string
	mu    sync.Mutex // protects calls
	calls []slackCall
}

func newFakeSlack(t *testing.T) *fakeSlack {
	s := &fakeSlack{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Errorf("a request that is not a form: %v", err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calls = append(s.calls, slackCall{strings.TrimPrefix(r.URL.Path, "/"), r.Form.Get("text") + r.Form.Get("blocks"), r.Form.Get("thread_ts")})
		_ = json.NewEncoder(w).Encode(map[string]any{"ok": true, "channel": "C123", "ts": fmt.Sprintf("1700000000.%06d", len(s.calls))})
	}))
	t.Cleanup(server.Close)
	s.url = server.URL + "/"
	return s
}

func (s *fakeSlack) all() []slackCall {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

func (s *fakeSlack) await(t *testing.T, p *process, done func([]slackCall) bool) {
	t.Helper()
	for end := time.Now().Add(40 * time.Second); !done(s.all()); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("Slack got only %+v\n%s", s.all(), p.stderr)
		}
	}
}
