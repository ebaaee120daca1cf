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

// TestIntegrationTransactionsAreCounted lets transactions end both ways while the program
// counts: what was aborted, and every marker, is skipped, what is in an open one waits,
// and in the end every offset that the broker tells of is accounted for.
func TestIntegrationTransactionsAreCounted(t *testing.T) {
	c := newCampaign(t, broker(t))
	client, err := kgo.NewClient(kgo.SeedBrokers(c.broker), kgo.TransactionalID(c.topic), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	p := c.start(t)
	p.awaitIn(t, p.stderr, "msg=watching", 1)
	var committed, aborted, markers uint64
	transact := func(batch []*kgo.Record, commit bool, open time.Duration) {
		if err := client.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := client.ProduceSync(t.Context(), batch...).FirstErr(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(open)
		if open > 0 && rowsOf(t, p.address(t), "killed") != committed {
			t.Errorf("%d rows while a transaction is open, %d are committed", rowsOf(t, p.address(t), "killed"), committed)
		}
		if err := client.EndTransaction(t.Context(), kgo.TransactionEndTry(commit)); err != nil {
			t.Fatal(err)
		}
		if markers += killPartitions; commit {
			committed += uint64(len(batch))
		} else {
			aborted += uint64(len(batch))
		}
	}
	n := 0
	for batch := range slices.Chunk(c.records[:12_000], 600) {
		transact(batch, n%3 < 2, 0)
		n++
	}
	await(t, p, func() bool { return rowsOf(t, p.address(t), "killed") == committed })
	transact(c.records[12_000:12_100], true, open(t))
	var shown struct {
		Monitors []struct {
			Rows, Skipped, Lag, Lost uint64
			Rejected                 map[string]uint64
		}
	}
	await(t, p, func() bool {
		get(t, p.address(t), "/api/v1/monitors", &shown)
		return shown.Monitors[0].Rows == committed && shown.Monitors[0].Skipped == aborted+markers
	})
	ends, err := kadm.NewClient(c.client).ListEndOffsets(t.Context(), c.topic)
	if err != nil {
		t.Fatal(err)
	}
	all := uint64(0)
	ends.Each(func(o kadm.ListedOffset) { all += uint64(o.Offset) })
	if m := shown.Monitors[0]; m.Lag+m.Lost > 0 || len(m.Rejected) > 0 || m.Rows+m.Skipped != all {
		t.Errorf("of %d offsets the books say %+v", all, m)
	}
	p.signal(t, syscall.SIGTERM)
	p.wait(t)
}

// open is how long a transaction stays open: DRIFTWATCH_OPEN=5m is the whole campaign.
func open(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("DRIFTWATCH_OPEN")
	if text == "" {
		return 3 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

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
