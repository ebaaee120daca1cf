package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"driftwatch/monitor"
)

func TestSchemaChange(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	testSchemaChange(t, cluster.ListenAddrs()[0])
}

func TestIntegrationSchemaChange(t *testing.T) { testSchemaChange(t, broker(t)) }

// testSchemaChange deploys a version of the producer that writes the amount as
// text: that is one alert, which says what changed and which version it is.
func testSchemaChange(t *testing.T, broker string) {
	folder := t.TempDir()
	binary := filepath.Join(folder, "driftwatch")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	topic := fmt.Sprintf("schema-%d", time.Now().UnixNano())
	client, err := kgo.NewClient(kgo.SeedBrokers(broker))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := kadm.NewClient(client).CreateTopic(t.Context(), 3, 1, nil, topic); err != nil {
		t.Fatal(err)
	}
	begin := time.Now().Add(-time.Hour).UTC().Truncate(time.Minute)
	var records []*kgo.Record
	for i := range 12_000 { // 50 minutes
		at, version, amount := begin.Add(time.Duration(i)*250*time.Millisecond), []string{"1.40", "1.41"}[i%7/4], fmt.Sprint(i%97)
		if i >= 9600 && i%7 >= 4 {
			version, amount = "1.42", `"`+amount+`"`
		}
		records = append(records, &kgo.Record{
			Topic: topic, Partition: int32(i % 3), Timestamp: at, Headers: []kgo.RecordHeader{{Key: "app_version", Value: []byte(version)}},
			Value: fmt.Appendf(nil, `{"amount": %s, "country": %q, "ok": %v}`, amount, []string{"DE", "FR", "US"}[i%11%3], i%2 == 0),
		})
	}
	produce(t, broker, records)
	file := filepath.Join(folder, "driftwatch.yaml")
	write(t, file, fmt.Sprintf(`kafka: {brokers: [%q]}
http: {listen: "127.0.0.1:0"}
receivers: [{name: terminal, stdout: {json: true}}]
monitors:
  - name: payments
    topic: %s
    headers: [app_version]
    reference: {from: %s, to: %s}
    window: {size: 5m, every: 1m, idle_timeout: 10m}
rules:
  - {name: schema, monitor: payments, when: schema_type_changed + schema_added + schema_lost > 0}
`, broker, topic, begin.Format(time.RFC3339), begin.Add(30*time.Minute).Format(time.RFC3339)))
	p := start(t, binary, "run", "--config", file)
	p.awaitIn(t, p.stdout, `"state":"firing"`, 1)

	code, stdout, stderr := run("backtest", "--config", file, "--json")
	if code != exitDone || stdout != p.stdout.String() {
		t.Errorf("backtest exits with %d and prints\n%s%srun printed\n%s", code, stdout, stderr, p.stdout)
	}
	var a monitor.Alert
	for line := range strings.Lines(stdout) {
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatal(err)
		}
		if a.Rule != "schema" {
			t.Errorf("another alert: %s", line)
		}
	}
	if n := strings.Count(stdout, "\n"); n != 1 {
		t.Errorf("%d transitions, want 1:\n%s", n, stdout)
	}
	if want := "`amount`: number → string in "; !strings.HasPrefix(a.Summary, want) || !strings.HasSuffix(a.Summary, " of rows, only header app_version=1.42") {
		t.Errorf("summary %q", a.Summary)
	}
	if since := begin.Add(40 * time.Minute); !a.Since.Equal(since) {
		t.Errorf("since %v, want %v", a.Since, since)
	}
}
