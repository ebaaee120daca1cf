package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"driftwatch/monitor"
	"driftwatch/monitor/store"
	"driftwatch/stats"
)

const (
	killed         = 50     // times
	killPartitions = 4      //
	killRecords    = 60_000 // while it is killed
)

var killedFrom = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// campaign is a topic with records of two faults, the program that is to count them
// whatever happens to it, and a webhook that is told of what it decides.
type campaign struct {
	folder, binary, file, topic, broker string
	client                              *kgo.Client
	records                             []*kgo.Record
	hook                                *hook
}

func newCampaign(t *testing.T, broker string, producer ...kgo.Opt) *campaign {
	t.Helper()
	c := &campaign{folder: t.TempDir(), broker: broker, topic: fmt.Sprintf("killed-%d", time.Now().UnixNano()), hook: newHook(t)}
	c.binary, c.file = filepath.Join(c.folder, "driftwatch"), filepath.Join(c.folder, "driftwatch.yaml")
	if out, err := exec.Command("go", "build", "-o", c.binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	var err error
	if c.client, err = kgo.NewClient(append(producer, kgo.SeedBrokers(broker), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.AlwaysRetryEOF())...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.client.Close)
	if _, err := kadm.NewClient(c.client).CreateTopic(t.Context(), killPartitions, 1, nil, c.topic); err != nil {
		t.Fatal(err)
	}
	c.records = killedRecords(c.topic, killedFrom)
	var lines strings.Builder
	for _, r := range c.records[:5000] { // before the faults
		lines.Write(r.Value)
		lines.WriteByte('\n')
	}
	reference := filepath.Join(c.folder, "reference.jsonl")
	write(t, reference, lines.String())
	write(t, c.file, killedConfig(broker, c.topic, "state", c.hook.url))
	must(t, "", "profile", "--config", c.file, "--input", reference, "-o", c.profile())
	return c
}

func (c *campaign) profile() string { return filepath.Join(c.folder, "killed.profile") }

func (c *campaign) start(t *testing.T) *process {
	t.Helper()
	return start(t, c.binary, "run", "--config", c.file)
}

// produce writes all records, in batches with a pause in between.
func (c *campaign) produce(pause time.Duration) <-chan error {
	produced := make(chan error, 1)
	go func() {
		for batch := range slices.Chunk(c.records, 200) {
			if err := c.client.ProduceSync(context.Background(), batch...).FirstErr(); err != nil {
				produced <- err
				return
			}
			time.Sleep(pause)
		}
		produced <- nil
	}()
	return produced
}

// check sees that, with all records produced, they are counted as a run that nothing
// happens to counts them, and as counting by hand does, and that both decide the same.
// It gives the configuration of the other run, whose state is in the folder "whole".
func (c *campaign) check(t *testing.T, produced <-chan error) (whole string) {
	t.Helper()
	if err := <-produced; err != nil {
		t.Fatal(err)
	}
	c.records = c.logged(t)
	c.readToTheEnd(t, c.file)
	// What is judged by the clock is of the interruptions themselves.
	interrupted := slices.DeleteFunc(c.hook.take(t), func(line string) bool { return strings.Contains(line, `"rule":"driftwatch-`) })
	hook := newHook(t)
	whole = filepath.Join(c.folder, "whole.yaml")
	write(t, whole, killedConfig(c.broker, c.topic, "whole", hook.url))
	c.readToTheEnd(t, whole)
	uninterrupted := hook.take(t)
	if len(uninterrupted) < 6 {
		t.Errorf("an uninterrupted run decides only %d transitions", len(uninterrupted))
	}
	if !slices.Equal(interrupted, uninterrupted) {
		n := 0
		for n < min(len(interrupted), len(uninterrupted)) && interrupted[n] == uninterrupted[n] {
			n++
		}
		t.Errorf("interrupted, it decided %d transitions, uninterrupted %d; from number %d on they differ:\n%.1000s\n%.1000s", len(interrupted), len(uninterrupted), n+1,
			strings.Join(interrupted[n:], "\n"), strings.Join(uninterrupted[n:], "\n"))
	}
	for _, state := range []string{"state", "whole"} {
		c.checkCounts(t, state)
	}
	return whole
}

// logged is what the topic holds, as another client reads it: every record that was
// produced, and perhaps one twice, where the broker was killed before it had answered.
func (c *campaign) logged(t *testing.T) (all []*kgo.Record) {
	t.Helper()
	ends, err := kadm.NewClient(c.client).ListEndOffsets(t.Context(), c.topic)
	if err != nil {
		t.Fatal(err)
	}
	from, left := map[int32]kgo.Offset{}, int64(0)
	ends.Each(func(o kadm.ListedOffset) { from[o.Partition], left = kgo.NewOffset().At(0), left+o.Offset })
	client, err := kgo.NewClient(kgo.SeedBrokers(c.broker), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{c.topic: from}))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	times := map[string]int{}
	for int64(len(all)) < left {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("%d of %d records were read: %v", len(all), left, err)
		}
		fetches.EachRecord(func(r *kgo.Record) { all, times[string(r.Value)] = append(all, r), times[string(r.Value)]+1 })
	}
	for _, r := range c.records {
		if n := times[string(r.Value)]; n < 1 || n > 2 {
			t.Fatalf("a record is in the log %d times", n)
		}
	}
	return all
}

// fakeBroker is one in this process.
func fakeBroker(t *testing.T) string {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster.ListenAddrs()[0]
}

// TestKilled kills the program with SIGKILL again and again while records
// arrive: afterwards every record is counted once, for every feature too, and
// what was decided is what an uninterrupted run decides, byte for byte. Now and then
// it is asked to end, and does so within five seconds.
func TestKilled(t *testing.T) { testKilled(t, fakeBroker(t)) }

func testKilled(t *testing.T, broker string) {
	c := newCampaign(t, broker)
	produced := c.produce(50 * time.Millisecond) // as long as it is killed
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	for n := range killed + killed/5 {
		p := c.start(t)
		time.Sleep(time.Duration(80+random.IntN(400)) * time.Millisecond)
		if n%6 == 5 {
			p.awaitIn(t, p.stderr, "listen=", 1) // before it has begun there is nothing to end well
			p.signal(t, syscall.SIGTERM)
			late := time.AfterFunc(5*time.Second, func() { _ = p.cmd.Process.Kill() })
			if code := p.wait(t); code != exitDone || !late.Stop() {
				t.Fatalf("asked to end, it exits with %d\n%s", code, p.stderr)
			}
			continue
		}
		if err := p.cmd.Process.Kill(); err != nil {
			t.Fatalf("it ended by itself: %v\n%s", err, p.stderr)
		}
		p.wait(t)
	}
	whole := c.check(t, produced)
	c.testDamaged(t, whole)
}

// testDamaged damages a state file: it is refused, with what to do, and once it is
// moved away everything is counted again from the topic.
func (c *campaign) testDamaged(t *testing.T, file string) {
	name := filepath.Join(c.folder, "whole", "driftwatch.db")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.ReplaceAll(text, []byte(`"rows":6`), []byte(`"rows":7`)) // 60,000
	if bytes.Equal(damaged, text) {
		t.Fatal("the state file holds no counter to damage")
	}
	write(t, name, string(damaged))
	out, err := exec.Command(c.binary, "run", "--config", file).CombinedOutput()
	if code := (&exec.ExitError{}); !errors.As(err, &code) || code.ExitCode() != exitFailed || !bytes.Contains(out, []byte("move it away to begin anew")) {
		t.Fatalf("on a damaged state: %v\n%s", err, out)
	}
	if err := os.Rename(name, name+".damaged"); err != nil {
		t.Fatal(err)
	}
	c.readToTheEnd(t, file)
	c.checkCounts(t, "whole")
}

func killedConfig(broker, topic, state, hook string) string {
	return fmt.Sprintf(`kafka: {brokers: [%q]}
state: {dir: %s, checkpoint_interval: 50ms}
http: {listen: "127.0.0.1:0"}
receivers: [{name: hook, webhook: {url: %q}}]
monitors:
  - name: killed
    topic: %s
    timestamp: event_time
    key: id
    segments: [country]
    reference: {profile: killed.profile}
    window: {size: 1m, every: 10s, lateness: 5s, idle_timeout: 10m} # no window closes by the clock here
rules:
  - {name: drift, monitor: killed, when: psi_lo > 0.1, min_samples: 100}
  - {name: missing, monitor: killed, when: missing_rate > 0.2, segments: ["*"], for: 30s}
`, broker, state, hook, topic)
}

// killedRecords are 50 events a second of event time, with two faults.
func killedRecords(topic string, from time.Time) []*kgo.Record {
	random := rand.New(rand.NewPCG(3, 3))
	var all []*kgo.Record
	for i := range killRecords {
		at := from.Add(time.Duration(i) * 20 * time.Millisecond)
		amount, note := 20+5*random.NormFloat64(), `"x"`
		if i/(killRecords/6)%3 == 1 {
			amount *= 1.5
			note = "null"
		}
		event := at.Add(-time.Duration(random.IntN(4000)) * time.Millisecond)
		all = append(all, &kgo.Record{
			Topic: topic, Partition: int32(i % killPartitions), Timestamp: at,
			Value: fmt.Appendf(nil, `{"event_time": %q, "id": "%016x", "amount": %.2f, "note": %s, "country": %q}`,
				event.Format("2006-01-02T15:04:05.000Z"), random.Uint64(), amount, note, []string{"DE", "FR", "US"}[random.IntN(3)]),
		})
	}
	return all
}

// readToTheEnd runs the program until it has committed every record and told
// the hook of every transition.
func (c *campaign) readToTheEnd(t *testing.T, file string) {
	t.Helper()
	p := start(t, c.binary, "run", "--config", file)
	p.awaitIn(t, p.stderr, "msg=watching", 1)
	var answer struct {
		Monitors []struct{ Rows, Lag uint64 }
	}
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		get(t, p.address(t), "/api/v1/monitors", &answer)
		if answer.Monitors[0].Rows >= uint64(len(c.records)) && answer.Monitors[0].Lag == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("it has counted %+v\n%s", answer, p.stderr)
		}
	}
	time.Sleep(500 * time.Millisecond) // for the hook
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := p.wait(t); code != exitDone {
		t.Fatalf("exit code %d\n%s", code, p.stderr)
	}
}

// checkCounts adds up the panes of the state in a folder.
func (c *campaign) checkCounts(t *testing.T, state string) {
	t.Helper()
	records := uint64(len(c.records))
	file, err := store.Open(filepath.Join(c.folder, state))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	ref, err := readProfile(c.profile())
	if err != nil {
		t.Fatal(err)
	}
	s := file.Monitor("killed")
	kept, _, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	want := countByHand(t, c.records, ref.Layout.Features)
	got := map[string]uint64{}
	sums := map[string]*stats.Counts{}
	err = s.Panes(kept.Progress.Layout, monitor.Ancient, monitor.Distant+1, func(k monitor.PaneKey, b []byte) error {
		counts := ref.Layout.NewCounts()
		if err := ref.Layout.Decode(counts, b); err != nil {
			return err
		}
		for f, e := range ref.Layout.Features {
			for cell, n := range ref.Layout.Profile(counts, f).Cells {
				if n > 0 && e.Name != "_event_delay" {
					got[fmt.Sprintf("%d %s %s %d", k.Start, k.Segment, e.Name, cell)] += n
				}
			}
		}
		name := "overall"
		if k.Segment != "" {
			name = "segments"
		}
		if sums[name] == nil {
			sums[name] = ref.Layout.NewCounts()
		}
		sums[name].Add(counts)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(want) < 1000 || !maps.Equal(got, want) {
		t.Errorf("%s: %d cells of panes are not the %d of the records", state, len(got), len(want))
	}
	for name, sum := range sums {
		if sum.Rows != records {
			t.Errorf("%s, %s: %d rows over all panes, %d are in the log", state, name, sum.Rows, records)
		}
		for f, e := range ref.Layout.Features {
			if n := ref.Layout.Profile(sum, f).Rows(); n != records {
				t.Errorf("%s, %s: %d rows of %s, %d are in the log", state, name, n, e.Name, records)
			}
		}
	}
	if len(sums) != 2 {
		t.Errorf("panes of %d kinds, want overall and segments", len(sums))
	}
	p := kept.Progress
	decided := p.Carried
	for _, part := range p.Partitions {
		decided += part.Decided()
	}
	if p.Totals.Rows != records || uint64(decided) != records || len(p.Totals.Rejected) > 0 || p.Totals.Skipped+p.Totals.Lost > 0 {
		t.Errorf("%s: %d decided, totals %+v", state, decided, p.Totals)
	}
}

// countByHand counts the records by pane, segment, feature and bin, without the
// program's own code, which has only chosen the bins.
func countByHand(t *testing.T, records []*kgo.Record, features []*stats.Edges) map[string]uint64 {
	t.Helper()
	all := map[string]uint64{}
	for _, r := range records {
		var event struct {
			Time    time.Time `json:"event_time"`
			Amount  float64   `json:"amount"`
			Note    *string   `json:"note"`
			Country string    `json:"country"`
		}
		if err := json.Unmarshal(r.Value, &event); err != nil {
			t.Fatal(err)
		}
		const every = 10_000
		start := event.Time.UnixMilli() / every * every
		for _, e := range features {
			var cell int
			const null, values = 1, 6 // absent, null, empty, wrong type, invalid, sentinel; then values
			switch e.Name {
			case "amount":
				cell = values + sort.SearchFloat64s(e.Cuts, event.Amount)
			case "_size":
				cell = values + sort.SearchFloat64s(e.Cuts, float64(len(r.Value)))
			case "country":
				cell = values + slices.Index(e.Values, event.Country)
			case "note":
				if cell = null; event.Note != nil {
					cell = values + slices.Index(e.Values, *event.Note)
				}
			case "_event_delay":
				continue
			default:
				t.Fatalf("a feature %s that the test does not know", e.Name)
			}
			for _, segment := range []string{"", "country=" + event.Country} {
				all[fmt.Sprintf("%d %s %s %d", start, segment, e.Name, cell)]++
			}
		}
	}
	return all
}

// hook is a webhook that keeps each numbered transition once, and sees that a
// repeated one is the same.
type hook struct {
	url string
	mu  sync.Mutex // protects got
	got map[int]string
}

func newHook(t *testing.T) *hook {
	h := &hook{got: map[int]string{}}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var body json.RawMessage
		err := json.NewDecoder(r.Body).Decode(&body)
		number, numberErr := strconv.Atoi(r.Header.Get("Idempotency-Key"))
		h.mu.Lock()
		defer h.mu.Unlock()
		if err != nil || numberErr != nil {
			t.Errorf("a request that is not a transition: %v %v", err, numberErr)
		}
		if old, ok := h.got[number]; ok && old != string(body) {
			t.Errorf("transition %d was sent as\n%s\nand as\n%s", number, old, body)
		}
		h.got[number] = string(body)
	}))
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

// take gives the transitions in order, without holes.
func (h *hook) take(t *testing.T) []string {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []string
	for i := 1; i <= len(h.got); i++ {
		body, ok := h.got[i]
		if !ok {
			t.Fatalf("transition %d of %d was not sent", i, len(h.got))
		}
		all = append(all, body)
	}
	return all
}
