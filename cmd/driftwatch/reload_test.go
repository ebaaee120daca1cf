package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// A configuration that is wanted while the broker is away waits for it, and the
// former one goes on; when the broker is back, the new one runs.
func TestReloadWhileTheBrokerIsAway(t *testing.T) {
	folder := t.TempDir()
	logs := filepath.Join(folder, "logs")
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "payments"), kfake.DataDir(logs))
	if err != nil {
		t.Fatal(err)
	}
	broker := cluster.ListenAddrs()[0]
	_, written, _ := net.SplitHostPort(broker)
	port, err := strconv.Atoi(written)
	if err != nil {
		t.Fatal(err)
	}
	produce(t, broker, payments(time.Now().Add(-time.Hour), 600, false))
	binary := filepath.Join(folder, "driftwatch")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	file := filepath.Join(folder, "driftwatch.yaml")
	config := strings.Replace(serviceConfig(broker, "psi_lo > 0.1"), "profile: payments.profile", "learn: 1h", 1)
	write(t, file, config)
	p := start(t, binary, "run", "--config", file)
	p.awaitIn(t, p.stderr, "msg=watching", 1)
	address := p.address(t)
	await(t, p, func() bool { return rowsOf(t, address, "payments") == 600 })

	cluster.Close()
	write(t, file, config+"  - {name: gone, monitor: payments, when: rows == 0}\n")
	p.signal(t, syscall.SIGHUP)
	p.awaitIn(t, p.stderr, "the new configuration waits for a broker to answer; the former one goes on until then", 1)
	if status, text := ask(t, address, "/healthz"); status != http.StatusOK {
		t.Errorf("/healthz answers %d %s", status, text)
	}
	if status, text := ask(t, address, "/readyz"); status == http.StatusOK || !strings.Contains(text, "a new configuration waits for the broker: "+file+":1:18: kafka.brokers: cannot reach any broker of") {
		t.Errorf("/readyz answers %d %s", status, text)
	}
	if n := rowsOf(t, address, "payments"); n != 600 {
		t.Errorf("the API says %d rows while the broker is away", n)
	}

	if cluster, err = kfake.NewCluster(kfake.NumBrokers(1), kfake.Ports(port), kfake.DataDir(logs)); err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	p.awaitIn(t, p.stderr, "msg=watching monitors=1 rules=2", 1)
	address = p.address(t)
	await(t, p, func() bool { status, _ := ask(t, address, "/readyz"); return status == http.StatusOK })
	if n := rowsOf(t, address, "payments"); n != 600 {
		t.Errorf("afterwards the API says %d rows", n)
	}
}

// A reference that takes long to build keeps neither the HTTP server nor the
// other monitors waiting.
func TestSlowReference(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "payments", "orders"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	var held atomic.Bool
	held.Store(true)
	orders := cluster.TopicInfo("orders").TopicID
	cluster.ControlKey(int16(kmsg.Fetch), func(r kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		for _, topic := range r.(*kmsg.FetchRequest).Topics {
			if held.Load() && topic.TopicID == orders {
				return nil, errors.New("not now"), true
			}
		}
		return nil, nil, false
	})
	broker := cluster.ListenAddrs()[0]
	records := payments(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), 3000, false)
	produce(t, broker, records)
	for _, r := range records {
		r.Topic = "orders"
	}
	produce(t, broker, records)

	file := filepath.Join(t.TempDir(), "driftwatch.yaml")
	write(t, file, strings.Replace(strings.Replace(serviceConfig(broker, "psi_lo > 0.1"), "profile: payments.profile", "learn: 10m", 1), "rules:", `  - name: orders
    topic: orders
    timestamp: event_time
    reference: {from: 2026-11-01T00:00:00Z, to: 2026-11-01T00:40:00Z}
rules:`, 1))
	cfg, err := loadService(file)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	started, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- serve(ctx, cfg, serviceOptions{
			stdout: io.Discard, stderr: io.Discard, log: slog.New(slog.DiscardHandler),
			started: func(address string) { started <- address },
		})
	}()
	var address string
	select {
	case address = <-started:
	case <-time.After(10 * time.Second):
		t.Fatal("it does not listen while a reference is built")
	}
	await(t, nil, func() bool { return rowsOf(t, address, "payments") == 3000 })
	for path, want := range map[string]string{
		"/healthz":  "healthy",
		"/readyz":   `monitor "orders": it is starting; a reference that is a range of the topic is built first`,
		"/metrics":  `driftwatch_ready{monitor="orders"} 0`,
		"/metrics?": "# HELP driftwatch_panes_expired_total Panes of a segment that went before their retention, to keep within state.max_bytes.\n# TYPE driftwatch_panes_expired_total counter\ndriftwatch_panes_expired_total 0\n",
	} {
		if _, text := ask(t, address, path); !strings.Contains(text, want) {
			t.Errorf("%s answers %s, want %s", path, text, want)
		}
	}
	held.Store(false)
	await(t, nil, func() bool { return rowsOf(t, address, "orders") == 3000 })
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// At the first start a reference that cannot be built ends the program.
func TestReferenceThatCannotBeBuilt(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "payments"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	file := filepath.Join(t.TempDir(), "driftwatch.yaml")
	write(t, file, strings.Replace(serviceConfig(cluster.ListenAddrs()[0], "psi_lo > 0.1"), "{profile: payments.profile}", "{from: 2026-11-01T00:00:00Z, to: 2026-11-02T00:00:00Z}", 1))
	code, _, stderr := run("run", "--config", file, "--log-level", "error")
	if code != exitFailed || !strings.HasPrefix(stderr, file+":8:16: monitors[0].reference: ") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

func await(t *testing.T, p *process, done func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			if p != nil {
				t.Fatalf("it did not come about\n%s", p.stderr)
			}
			t.Fatal("it did not come about")
		}
	}
}

func rowsOf(t *testing.T, address, monitor string) uint64 {
	t.Helper()
	var answer struct {
		Monitors []struct {
			Name string
			Rows uint64
		}
	}
	get(t, address, "/api/v1/monitors", &answer)
	for _, m := range answer.Monitors {
		if m.Name == monitor {
			return m.Rows
		}
	}
	t.Fatalf("there is no monitor %s in %+v", monitor, answer)
	return 0
}

func ask(t *testing.T, address, path string) (status int, text string) {
	t.Helper()
	response, err := http.Get("http://" + address + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}
