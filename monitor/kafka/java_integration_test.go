package kafka_test

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// Transactions of Kafka's own producer: what it says that it has committed is what
// is read, once each, all else is skipped, and one that is open for a while holds what
// is behind it, until it ends.
func TestIntegrationJavaTransactions(t *testing.T) {
	pl := integration(t, "java", 1, nil)
	producer := exec.Command(filepath.Join("..", "..", ".ci", "broker"), "java", "testdata/Transactions.java", pl.brokers[0], pl.topic)
	in, err := producer.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := producer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := producer.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = producer.Process.Kill() })
	noLeaks(t)
	r := start(t, pl.source(t))
	var committed []string
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "open" {
		committed = append(committed, lines.Text())
	}
	if len(committed) != 6*7+4*3+2 {
		t.Fatalf("the producer has committed %d records: %q", len(committed), committed)
	}
	sorted := func(values []string) []string { return slices.Sorted(slices.Values(values)) }
	before := committed[:len(committed)-2]
	r.wait("what is committed before the open transaction", func() bool { return len(r.of(0).values) >= len(before) })
	time.Sleep(3 * time.Second) // it stays open
	held := r.of(0)
	if !slices.Equal(sorted(held.values), sorted(before)) || held.next != held.heartbeat.End {
		t.Errorf("with a transaction open %d records are read up to %d of %d, want %d", len(held.values), held.next, held.heartbeat.End, len(before))
	}
	if _, err := in.Write([]byte("\n")); err != nil {
		t.Fatal(err)
	}
	if err := producer.Wait(); err != nil {
		t.Fatal(err)
	}
	r.wait("what was behind it", func() bool { return len(r.of(0).values) >= len(committed) })
	// 12 rounds of 10 records and 2 markers, then 4 and 2 records with their markers.
	const all = 12*(10+2) + 4 + 2 + 2
	r.wait("the end", func() bool { return r.of(0).next == all })
	got := r.of(0)
	if !slices.Equal(sorted(got.values), sorted(committed)) || got.skipped != int64(all-len(committed)) || got.lost+got.corrupt != 0 {
		t.Errorf("%d records are read and %d skipped; %d were committed", len(got.values), got.skipped, len(committed))
	}
	r.stop()
}
