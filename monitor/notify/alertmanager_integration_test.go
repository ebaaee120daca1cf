package notify_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"driftwatch/monitor"
	"driftwatch/monitor/notify"
)

// realAlertmanager is a process of Alertmanager itself, which tells a webhook of
// the test what it would tell people.
type realAlertmanager struct {
	url string

	mu   sync.Mutex
	told []string // "firing amount, fee"
}

func startAlertmanager(t *testing.T) *realAlertmanager {
	binary := os.Getenv("DRIFTWATCH_ALERTMANAGER")
	if binary == "" {
		t.Skip("needs Alertmanager: install Debian's prometheus-alertmanager and set DRIFTWATCH_ALERTMANAGER to its program")
	}
	am := &realAlertmanager{}
	people := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var m struct {
			Alerts []struct {
				Status string
				Labels map[string]string
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			return
		}
		var parts []string
		for _, a := range m.Alerts {
			parts = append(parts, a.Status+" "+a.Labels["feature"])
		}
		am.mu.Lock()
		defer am.mu.Unlock()
		am.told = append(am.told, strings.Join(parts, ", "))
	}))
	t.Cleanup(people.Close)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	dir := t.TempDir()
	config := filepath.Join(dir, "alertmanager.yml")
	yaml := fmt.Sprintf("route: {receiver: people, group_by: [monitor], group_wait: 1s, group_interval: 1s, repeat_interval: 1h}\nreceivers: [{name: people, webhook_configs: [{url: %q, send_resolved: true}]}]\n", people.URL)
	if err := os.WriteFile(config, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "--config.file="+config, "--storage.path="+dir, "--web.listen-address="+address, "--cluster.listen-address=")
	log := &buffer{}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	am.url = "http://" + address
	waitFor(t, func() bool {
		response, err := http.Get(am.url + "/-/ready")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	return am
}

// alerts are those that Alertmanager holds for active, as "feature".
func (am *realAlertmanager) alerts(t *testing.T) []string {
	t.Helper()
	response, err := http.Get(am.url + "/api/v2/alerts")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var list []struct{ Labels map[string]string }
	if err := json.NewDecoder(response.Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, a := range list {
		names = append(names, a.Labels["feature"])
	}
	return names
}

func (am *realAlertmanager) toldPeople() string {
	am.mu.Lock()
	defer am.mu.Unlock()
	return strings.Join(am.told, "; ")
}

// Alertmanager receives an incident's alerts, takes repeated ones for the same,
// groups them, and hears that they are over.
func TestIntegrationAlertmanager(t *testing.T) {
	am := startAlertmanager(t)
	s := newSetup()
	begin := func() func() {
		n, err := notify.New([]notify.Receiver{toAlertmanager(am.url)}, notify.Deps{Outbox: s.outbox, Metrics: s.metrics, Log: logTo(s.log)})
		if err != nil {
			t.Fatal(err)
		}
		return start(t, n)
	}
	now := func() monitor.Time { return monitor.Time{Time: time.Now().UTC().Truncate(time.Millisecond)} }
	amount, fee := drift(), other("nulls", "fee", "missing_rate > 0.1", 0)
	amount.Since, fee.Since = now(), now()
	i := incident(toPager, amount, fee)

	stop := begin()
	s.outbox.put(i)
	waitFor(t, func() bool { return len(am.alerts(t)) == 2 })
	waitFor(t, func() bool { return am.toldPeople() != "" })
	stop()
	// A crash before the record: sent again, and the numbers are others by now.
	s.outbox.mu.Lock()
	clear(s.outbox.delivered)
	s.outbox.mu.Unlock()
	i.Alerts[0].Stats = map[string]monitor.Float{"psi": 0.9}
	s.outbox.put(i)
	stop = begin()
	waitFor(t, func() bool { pending, _ := s.outbox.Pending("pager"); return len(pending) == 0 })
	time.Sleep(3 * time.Second)
	if got := am.alerts(t); len(got) != 2 {
		t.Errorf("Alertmanager holds %q, want the same two", got)
	}
	if got := am.toldPeople(); got != "firing amount, firing fee" && got != "firing fee, firing amount" {
		t.Errorf("people were told %q, want both at once and once", got)
	}

	ended := over(i, "10:40", "")
	for n := range ended.Alerts {
		ended.Alerts[n].Time = now()
	}
	s.outbox.put(ended)
	waitFor(t, func() bool { return len(am.alerts(t)) == 0 })
	waitFor(t, func() bool { return strings.Count(am.toldPeople(), "resolved") == 2 })
	stop()
	if strings.Contains(s.log.String(), "level=ERROR") {
		t.Errorf("the log:\n%s", s.log)
	}
}
