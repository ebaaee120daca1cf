package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"driftwatch/monitor"
)

// distinctValues is how many there are of each kind in TestCardinality;
// DRIFTWATCH_DISTINCT=10000000 is the whole campaign, and takes a real broker.
func distinctValues(t *testing.T) int {
	t.Helper()
	text := os.Getenv("DRIFTWATCH_DISTINCT")
	if text == "" {
		return 300_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestCardinality lets each record have a segment, a category, a key, a text and a
// field of its own. What there is no room for is counted together, memory stays under
// what check prints, and the metrics under the number that the configuration allows.
func TestCardinality(t *testing.T) {
	distinct := distinctValues(t)
	address := os.Getenv("DRIFTWATCH_KAFKA")
	if address == "" {
		address = fakeBroker(t)
	}
	c := newCampaign(t, address)
	row := func(i int, value string) string {
		at := killedFrom.Add(time.Duration(i) * 5 * time.Millisecond)
		return fmt.Sprintf(`{"event_time": %q, "id": "id-%d", "amount": %d, "kind": "kind-%s", "country": "country-%s", "note": "note %s", "field_%s": 1}`,
			at.Format("2006-01-02T15:04:05.000Z"), i, i%97, value, value, value, value)
	}
	var lines strings.Builder
	for i := range 20_000 {
		lines.WriteString(row(i, strconv.Itoa(i%30)) + "\n")
	}
	reference := filepath.Join(c.folder, "reference.jsonl")
	write(t, reference, lines.String())
	const config = `kafka: {brokers: [%q]}
http: {listen: "127.0.0.1:0"}
monitors:
  - name: hostile
    topic: %s
    timestamp: event_time
    key: id
    segments: [country]
    max_segments: 20
    max_categories: 20
    reference: {profile: hostile.profile}
    window: {size: 5m, every: 1m, idle_timeout: 10m}
    features: [amount, {name: kind, kind: categorical}, country, {name: note, kind: text, distinct: true}]
rules:
  - {name: drift, monitor: hostile, segments: ["*"], when: psi_lo > 0.1 || new_rate > 0.5, min_samples: 50}
  - {name: fields, monitor: hostile, when: schema_added > 0}
`
	write(t, c.file, fmt.Sprintf(config, c.broker, c.topic))
	must(t, "", "profile", "--config", c.file, "--input", reference, "-o", filepath.Join(c.folder, "hostile.profile"))
	cfg, err := loadRunnable(c.file)
	if err != nil {
		t.Fatal(err)
	}
	d, err := cfg.deps(cfg.Monitors[0], slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	bound := monitor.MemoryOf(d).Behind

	p := c.start(t)
	p.awaitIn(t, p.stderr, "msg=watching", 1)
	go func() {
		for i := range distinct {
			at := killedFrom.Add(time.Duration(i) * 5 * time.Millisecond)
			c.client.Produce(t.Context(), &kgo.Record{Topic: c.topic, Partition: int32(i % killPartitions), Timestamp: at, Value: []byte(row(i, strconv.Itoa(i)))}, nil)
		}
	}()
	var shown struct{ Monitors []struct{ Rows uint64 } }
	for end := time.Now().Add(time.Minute + time.Duration(distinct)*100*time.Microsecond); shown.Monitors == nil || shown.Monitors[0].Rows < uint64(distinct); time.Sleep(50 * time.Millisecond) {
		if get(t, p.address(t), "/api/v1/monitors", &shown); time.Now().After(end) {
			t.Fatalf("it has counted %+v\n%s", shown, p.stderr)
		}
	}
	answer, err := http.Get("http://" + p.address(t) + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	metrics, _ := io.ReadAll(answer.Body)
	answer.Body.Close()
	series := 0
	for line := range strings.Lines(string(metrics)) {
		if strings.HasPrefix(line, "driftwatch_feature_") || strings.HasPrefix(line, "driftwatch_window_") {
			series++
		}
	}
	if most := 22 * 6 * 20; series == 0 || series > most { // segments with overall and (other), features with the rows, statistics
		t.Errorf("%d series, at most %d", series, most)
	}
	if strings.Contains(string(metrics), "country-5000") || !strings.Contains(string(metrics), `driftwatch_pooled_rows{monitor="hostile"}`) {
		t.Error("the metrics name what there is no room for, or do not tell of it")
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	resident, err := strconv.ParseInt(strings.Fields(after)[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	const program = 64 << 20 // without a monitor
	t.Logf("%d distinct values: %d series, %.1f MiB resident at most; the bound of the counts is %.1f MiB", distinct, series, float64(resident)/1024, float64(bound)/(1<<20))
	if resident<<10 > bound+program {
		t.Errorf("%d KiB resident, the bound is %d bytes", resident, bound)
	}
	p.signal(t, syscall.SIGTERM)
	if code := p.wait(t); code != exitDone {
		t.Errorf("exit code %d\n%s", code, p.stderr)
	}
}
