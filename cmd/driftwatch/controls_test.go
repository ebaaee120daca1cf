package main

import (
	"bytes"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"driftwatch/monitor"
)

// What people tell a running driftwatch holds, also after it was started anew.
func TestSilenceMarkAcknowledge(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "payments"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	broker := cluster.ListenAddrs()[0]
	folder := t.TempDir()
	binary := filepath.Join(folder, "driftwatch")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	file := filepath.Join(folder, "driftwatch.yaml")
	write(t, file, strings.Replace(strings.Replace(serviceConfig(broker, "freshness > 60"), "profile: payments.profile", "learn: 1h", 1), ", min_samples: 100", "", 1))
	produce(t, broker, onePartition(payments(time.Now().Add(-time.Hour), 100, false)))

	p := start(t, binary, "run", "--config", file)
	p.awaitIn(t, p.stderr, "msg=watching", 1)
	server := "http://" + p.address(t)
	var answer struct{ Incidents []monitor.Incident }
	incident := func(is func(monitor.Incident) bool) monitor.Incident {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			answer.Incidents = nil
			get(t, p.address(t), "/api/v1/incidents", &answer)
			if len(answer.Incidents) == 1 && is(answer.Incidents[0]) {
				return answer.Incidents[0]
			}
			if time.Now().After(end) {
				t.Fatalf("the incidents are %+v\n%s", answer.Incidents, p.stderr)
			}
		}
	}
	id := incident(func(i monitor.Incident) bool { return !i.Quiet }).ID

	until := time.Now().UTC().Add(2 * time.Hour)
	says(t, "silence 1 until "+until.Format("2006-01-02 15:04")+" UTC; it holds back 1 of the alerts that fire now\n",
		"silence", "--server", server, "--monitor", "payments", "--rule", "dri*", "--end", until.Format(time.RFC3339), "--author", "ann", "--reason", "a backfill")
	held := "silenced until " + until.Format("2006-01-02 15:04") + " UTC by ann: a backfill"
	incident(func(i monitor.Incident) bool { return i.Alerts[0].Held == held })
	says(t, "monitor payments; rule dri*", "silence", "list", "--server", server)
	says(t, "marked at 2026-01-02 03:04 UTC: payments 1.42\n", "mark", "payments 1.42", "--server", server, "--time", "2026-01-02T03:04:00Z")
	says(t, id+" is acknowledged by ann\n", "ack", id, "--server", server, "--by", "ann")
	incident(func(i monitor.Incident) bool { return i.Acknowledged != nil && i.Acknowledged.By == "ann" })

	p.signal(t, syscall.SIGTERM)
	p.wait(t)
	p = start(t, binary, "run", "--config", file)
	p.awaitIn(t, p.stderr, "msg=watching", 1)
	server = "http://" + p.address(t)
	i := incident(func(i monitor.Incident) bool { return true })
	if i.ID != id || i.Alerts[0].Held != held || i.Acknowledged == nil {
		t.Errorf("after a restart it is %s, held %q, acknowledged by %v", i.ID, i.Alerts[0].Held, i.Acknowledged)
	}
	says(t, "silence 1 ended\n", "silence", "end", "1", "--server", server)
	incident(func(i monitor.Incident) bool { return i.Alerts[0].Held == "" })
	says(t, "there is no silence\n", "silence", "list", "--server", server)
	says(t, "a backfill", "silence", "list", "--all", "--server", server)

	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"silence", "--for", "1h", "--reason", "r"}, "this would silence everything; name a monitor, rules, segments or features"},
		{[]string{"silence", "--monitor", "payment", "--for", "1h", "--reason", "r"}, `there is no monitor "payment"; there is payments`},
		{[]string{"silence", "--monitor", "payments", "--for", "1h"}, "reason is missing"},
		{[]string{"silence", "--monitor", "payments", "--reason", "r"}, "end is missing"},
		{[]string{"silence", "--monitor", "payments", "--reason", "r", "--end", "2020-01-01T00:00:00Z"}, "the silence would be over already"},
		{[]string{"silence", "--monitor", "payments", "--reason", "r", "--for", "800d"}, "at most a year"},
		{[]string{"silence", "--monitor", "payments", "--reason", "r", "--end", "tomorrow"}, "--end tomorrow is not a time"},
		{[]string{"silence", "end", "7"}, `there is no silence "7", or it is over already`},
		{[]string{"mark", "later", "--time", "2999-01-01T00:00:00Z"}, "the time is in the future"},
		{[]string{"ack", "payments/never"}, `there is no incident "payments/never"`},
	} {
		if code, stdout, stderr := run(append(c.args, "--server", server)...); code != exitFailed || !strings.Contains(stderr, c.want) {
			t.Errorf("%q exits with %d, want %q:\n%s%s", c.args, code, c.want, stdout, stderr)
		}
	}
	if code, _, stderr := run("mark", "x", "--server", "http://ann:secret@127.0.0.1:1"); code != exitFailed || !strings.Contains(stderr, "no driftwatch answers at 127.0.0.1:1") || strings.Contains(stderr, "secret") {
		t.Errorf("nobody answers: %d %s", code, stderr)
	}

	// A page of another site cannot make a browser do it, nor send a form.
	for _, c := range []struct {
		name, value string
		status      int
	}{{"Sec-Fetch-Site", "cross-site", 403}, {"Origin", "https://example.org", 403}, {"Content-Type", "text/plain", 415}} {
		r, err := http.NewRequest(http.MethodPost, server+"/api/v1/markers", bytes.NewReader([]byte(`{"text": "forged"}`)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set(c.name, c.value)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != c.status {
			t.Errorf("%s %s is answered %s, want %d", c.name, c.value, response.Status, c.status)
		}
	}
	p.signal(t, syscall.SIGTERM)
	p.wait(t)
}

// says runs a command whose answer on stdout has a text.
func says(t *testing.T, want string, args ...string) {
	t.Helper()
	if code, stdout, stderr := run(args...); code != exitDone || !strings.Contains(stdout, want) {
		t.Fatalf("%v: exit code %d, want %q\n%s%s", args, code, want, stdout, stderr)
	}
}
