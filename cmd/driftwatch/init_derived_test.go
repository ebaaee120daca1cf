package main

import (
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A producer that falls behind is told, more so than it ever was.
func TestInitLateProducer(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "prompt", "slow", "copied"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	broker := cluster.ListenAddrs()[0]
	const span, usually = 4 * 24 * time.Hour, 100 * time.Second
	for topic, test := range map[string]struct {
		usually, later time.Duration
		want           string // in the rules
		told           bool
	}{
		"prompt": {time.Second, 2 * time.Minute, "when: p95 > 60\n", true},
		"slow":   {usually, usually + time.Minute, "when: p95 > 200\n", false},
		"copied": {100 * time.Hour, 100 * time.Hour, "# late-producer: not made: in the reference records came 3.6e+05 seconds after", false},
	} {
		lines, times := stream(5, sensorsEvent, initBegin, span, initPerHour, nil)
		var records []*kgo.Record
		for i, line := range lines {
			delay := test.usually
			if times[i].Sub(initBegin) > span-12*time.Hour {
				delay = test.later
			}
			records = append(records, &kgo.Record{Topic: topic, Timestamp: times[i].Add(delay), Value: line})
		}
		produce(t, broker, records)
		dir := t.TempDir()
		code, stdout, stderr := run("init", "--brokers", broker, "--topic", topic, "-o", dir)
		if code != exitDone {
			t.Fatalf("init exits with %d:\n%s%s", code, stdout, stderr)
		}
		if config := configIn(t, dir); !strings.Contains(config, test.want) {
			t.Errorf("%s: %q is not in\n%s", topic, test.want, config)
		}
		if told := strings.Contains(stdout, "late-producer"); told != test.told {
			t.Errorf("%s: that the producer is late is told: %t, want %t:\n%s", topic, told, test.told, stdout)
		}
	}
}
