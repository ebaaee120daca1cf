package monitor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
	"driftwatch/rules"
	"driftwatch/stats"
)

// live is a monitor running in a bubble of virtual time, on a topic that the
// test writes to.
type live struct {
	t      *testing.T
	src    *liveSource
	store  *monitor.Memory
	m      *monitor.Monitor
	stop   func()
	cancel func()
	mu     sync.Mutex
	alerts []monitor.Alert
	at     []time.Time // of their commits
	incs   []monitor.Incident

	full atomic.Bool // the disk
	saw  func(*monitor.Commit)

	retention time.Duration // 0: the default
	rules     []rules.Rule  // beside liveRules
}

// liveSource is a topic that grows; partitions can be cut off.
type liveSource struct {
	logSource
	dark  map[int32]bool
	first map[int32]int64
	now   func() time.Time // what the clock of this machine tells
}

func (s *liveSource) Topology(ctx context.Context) (monitor.Topology, error) {
	t, err := s.logSource.Topology(ctx)
	for i := range t.Partitions {
		t.Partitions[i].First = s.first[int32(i)]
	}
	return t, err
}

func (s *liveSource) Run(ctx context.Context, t monitor.Topology, from map[int32]int64, sink monitor.Sink) error {
	next := map[int32]int64{}
	for p, o := range from {
		next[p] = o
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
		now, _ := s.Topology(ctx)
		if len(now.Partitions) != len(t.Partitions) || now.ID != t.ID {
			return monitor.ErrTopology
		}
		for _, b := range now.Partitions {
			p := b.Partition
			s.mu.Lock()
			if int(p) >= len(s.parts) { // made anew meanwhile
				s.mu.Unlock()
				return monitor.ErrTopology
			}
			dark, records := s.dark[p], s.parts[p]
			s.mu.Unlock()
			for !dark && !sink.Held(p) {
				if b.First > next[p] {
					if err := sink.Block(ctx, monitor.Block{Partition: p, From: next[p], To: b.First, Lost: b.First - next[p]}); err != nil {
						return err
					}
					next[p] = b.First
				}
				block, ok := cutBlock(p, records, next[p], 100)
				if !ok {
					break
				}
				if err := sink.Block(ctx, block); err != nil {
					return err
				}
				next[p] = block.To
			}
			if !dark {
				sink.Heartbeat(monitor.Heartbeat{Bounds: b, At: s.now()})
			}
		}
	}
}

// Trouble says of a partition that is cut off what a broker might.
func (s *liveSource) Trouble(p int32) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dark[p] {
		return errors.New("the topic is gone")
	}
	return nil
}

// write appends a record with an event time that is age before now.
func (s *liveSource) write(p int, age time.Duration, x float64, kind string) {
	at := time.Now()
	b, _ := json.Marshal(map[string]any{"ts": at.Add(-age).UnixMilli(), "x": x, "kind": kind, "y": 2*x + 1, "side": kind == "a", "made": at.Add(-age - 30*time.Minute).UnixMilli()})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parts[p] = append(s.parts[p], monitor.Record{Offset: end(s.parts[p]), Time: at.UnixMilli(), Value: b})
}

func reference(t testing.TB) *stats.Reference {
	t.Helper()
	var lines []string
	for i := range 5000 {
		lines = append(lines, fmt.Sprintf(`{"ts":%d,"x":%d,"kind":"%c"}`, i, i%100, 'a'+i%3))
	}
	c := config()
	ref, err := monitor.BuildReference(c, decode.JSON, func(yield func(monitor.Row) error) error {
		for i, l := range lines {
			if err := yield(monitor.Row{Event: int64(i), Log: int64(i), Value: []byte(l)}); err != nil {
				return err
			}
		}
		return nil
	}, "test")
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

var liveRules = []rules.Rule{
	{Name: "stopped", Monitor: "m", When: "rows == 0", For: rules.Duration(2 * time.Minute), Severity: "page"},
	{Name: "all", Monitor: "m", When: "psi_lo > 0.1"},
}

func newLive(t *testing.T, partitions int) *live {
	l := &live{t: t, src: &liveSource{logSource: logSource{parts: make([][]monitor.Record, partitions), id: "one"}, dark: map[int32]bool{}, first: map[int32]int64{}, now: time.Now}, store: monitor.NewMemory()}
	return l
}

// Commit keeps what the outbox would get.
func (l *live) Commit(c *monitor.Commit) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.full.Load() {
		return errors.New("no space left on device")
	}
	if l.saw != nil {
		l.saw(c)
	}
	for _, tr := range c.Transitions {
		l.alerts, l.at = append(l.alerts, tr.Alert), append(l.at, time.Now())
	}
	l.incs = append(l.incs, c.Incidents...)
	return l.store.Commit(c)
}

func (l *live) Load() (monitor.Checkpoint, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.store.Load()
}

func (l *live) Sketches(from, to int64, visit func(start int64, b []byte) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.store.Sketches(from, to, visit)
}

func (l *live) Panes(layout string, from, to int64, visit func(monitor.PaneKey, []byte) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.store.Panes(layout, from, to, visit)
}

func (l *live) Sample(visit func(monitor.SampleRow) error) error { return l.store.Sample(visit) }

func (l *live) start() {
	c := config()
	c.Reference = monitor.ReferenceConfig{Profile: "test.profile"}
	d := deps(l.t, c, l.src, liveRules...)
	d.Store, d.Profile = l, reference(l.t)
	m, err := monitor.New(d)
	if err != nil {
		l.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	if err := m.Start(ctx); err != nil {
		l.t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- m.Run(ctx) }()
	l.m = m
	l.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			l.t.Errorf("Run: %v", err)
		}
		cp, _, _ := l.Load()
		accounts(l.t, cp.Progress)
	}
}

// flow writes one record a second to each partition, clean ones.
func (l *live) flow(d time.Duration, partitions ...int) {
	for range int(d / time.Second) {
		for _, p := range partitions {
			n := len(l.src.parts[p])
			for range 10 {
				l.src.write(p, 0, float64(n*37%100), string(rune('a'+n%3)))
				n++
			}
		}
		time.Sleep(time.Second)
	}
}

// find is the first alert of a rule in a state.
func (l *live) find(rule, state string) (monitor.Alert, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.alerts, func(a monitor.Alert) bool { return a.Rule == rule && a.State == state })
	if i < 0 {
		return monitor.Alert{}, false
	}
	return l.alerts[i], true
}

func (l *live) progress() monitor.Progress {
	c, _, _ := l.Load()
	return c.Progress
}

func (l *live) told() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	for _, a := range l.alerts {
		fmt.Fprintf(&b, "%s %s->%s\n", a.ID, a.Previous, a.State)
	}
	return b.String()
}

func TestAProducerThatStopsIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 2)
		l.start()
		l.flow(10*time.Minute, 0, 1)
		if told := l.told(); told != "" {
			t.Errorf("alerts while all is well:\n%s", told)
		}
		stopped := time.Now()
		var noticed time.Time
		for range 1200 {
			time.Sleep(time.Second)
			if _, ok := l.find("stopped", "firing"); ok && noticed.IsZero() {
				noticed = time.Now()
			}
		}
		bound := 5*time.Minute + time.Minute + 30*time.Second + 30*time.Second + 2*time.Minute
		if took := noticed.Sub(stopped); noticed.IsZero() || took > bound+2*time.Second {
			t.Errorf("noticed after %v, want within %v\n%s", took, bound, l.told())
		}
		l.flow(10*time.Minute, 0, 1)
		if _, ok := l.find("stopped", "ok"); !ok {
			t.Errorf("it did not end when the producer went on:\n%s", l.told())
		}
		l.stop()
	})
}

func TestAnIdleOrEmptyPartitionDoesNotHoldTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 3)
		l.start()
		l.flow(3*time.Minute, 0, 1)
		l.flow(20*time.Minute, 0)
		p := l.progress()
		if behind := time.Now().UnixMilli() - p.Watermark; behind > (2 * time.Minute).Milliseconds() {
			t.Errorf("the watermark is %v behind", time.Duration(behind)*time.Millisecond)
		}
		if told := l.told(); told != "" {
			t.Errorf("alerts while all is well:\n%s", told)
		}
		l.stop()
	})
}

// Records that could not be written while nothing could be read come later than the
// first answer, and those of one partition later than those of another: none of them is
// late. So it is where the state cannot be written for a while.
func TestAnOutageIsNoSilence(t *testing.T) {
	darken := func(l *live, is bool) {
		l.src.mu.Lock()
		defer l.src.mu.Unlock()
		l.src.dark[0], l.src.dark[1] = is, is
	}
	for name, outage := range map[string]func(l *live){
		"broker": func(l *live) {
			darken(l, true)
			time.Sleep(3 * time.Minute)
			darken(l, false)
			time.Sleep(5 * time.Second)
		},
		"broker, again and again": func(l *live) {
			for range 5 {
				darken(l, true)
				time.Sleep(35 * time.Second)
				darken(l, false)
				time.Sleep(2 * time.Second)
			}
		},
		"state": func(l *live) {
			l.full.Store(true)
			l.src.write(0, 0, 1, "a") // which cannot be committed
			time.Sleep(3 * time.Minute)
			l.full.Store(false)
			time.Sleep(11 * time.Second) // the longest until it is tried again
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLive(t, 2)
				l.start()
				l.flow(5*time.Minute, 0, 1)
				stopped := time.Now()
				outage(l)
				for p := range 2 {
					for at := stopped; at.Before(stopped.Add(3 * time.Minute)); at = at.Add(time.Second) {
						l.src.write(p, time.Since(at), 1, "a")
					}
					time.Sleep(10 * time.Second)
				}
				l.flow(2*time.Minute, 0, 1)
				if p := l.progress(); p.Totals.Late > 0 || p.Totals.Rows < 2*(7*600-10+180) {
					t.Errorf("%d of %d rows are late", p.Totals.Late, p.Totals.Rows)
				}
				l.stop()
			})
		})
	}
}

// What is decided is committed before the next window is closed, and the end is not
// waited for until all are, however many the watermark has passed at once.
func TestWindowsThatAreDueTogether(t *testing.T) {
	for _, ends := range []bool{false, true} {
		t.Run(fmt.Sprint(ends), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLive(t, 2) // the second one is empty, and holds the first for a while
				for i := range 20 * 60 {
					x := float64(i % 100)
					if i > 8*60 {
						x = 99
					}
					for range 2 {
						l.src.write(0, 20*time.Minute-time.Duration(i)*time.Second, x, string(rune('a'+i%3)))
					}
				}
				var together []int64 // the ends of windows that are committed after a decision
				l.saw = func(c *monitor.Commit) {
					for _, tr := range c.Transitions {
						if a := tr.Alert; a.Rule == "all" && a.State == "firing" {
							together = append(together, c.Progress.Closed-a.Window.End.UnixMilli())
							if ends {
								l.cancel()
							}
						}
					}
				}
				l.start()
				time.Sleep(35 * time.Second)
				closed := l.progress().Closed
				if len(together) == 0 || slices.Max(together) > 0 {
					t.Errorf("decisions were committed with later windows: %v ms", together)
				}
				a, _ := l.find("all", "firing")
				if later := time.UnixMilli(closed).Sub(a.Window.End.Time); ends && later > 0 || !ends && later < 5*time.Minute {
					t.Errorf("windows are closed for %v after the first decision", later)
				}
				l.stop()
			})
		})
	}
}

func TestAnUnreachablePartitionIsBlindNotSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 2)
		l.start()
		l.flow(10*time.Minute, 0, 1)
		l.src.mu.Lock()
		l.src.dark[1] = true
		l.src.mu.Unlock()
		closed := l.progress().Watermark
		l.flow(20*time.Minute, 0)
		if a, ok := l.find("driftwatch-blind", "firing"); !ok || !strings.Contains(a.Summary, "no successful fetch from 1 of 2 partitions") {
			t.Errorf("nobody was told: %q\n%s", a.Summary, l.told())
		}
		if err := l.m.Ready(); err == nil || !strings.Contains(err.Error(), "partition 1") || !strings.Contains(err.Error(), ": the topic is gone") {
			t.Errorf("Ready() = %v, want a sentence about partition 1 and why", err)
		}
		if _, ok := l.find("stopped", "pending"); ok {
			t.Errorf("a partition that cannot be read was taken for one without data:\n%s", l.told())
		}
		if moved := l.progress().Watermark - closed; moved > (2 * time.Minute).Milliseconds() {
			t.Errorf("the watermark went on by %v without partition 1", time.Duration(moved)*time.Millisecond)
		}
		if held := len(l.src.parts[0]) - int(l.progress().Partitions[0].Next); held < 10*60 {
			t.Errorf("only %d records wait: the other partition was read on without bound", held)
		}
		l.src.mu.Lock()
		l.src.dark[1] = false
		l.src.mu.Unlock()
		l.flow(2*time.Minute, 0, 1)
		if a, ok := l.find("driftwatch-blind", "ok"); !ok || a.Summary != "all partitions of m are read again" {
			t.Errorf("it did not end: %q\n%s", a.Summary, l.told())
		}
		if err := l.m.Ready(); err != nil {
			t.Errorf("Ready() = %v", err)
		}
		if lag := len(l.src.parts[0]) - int(l.progress().Partitions[0].Next); lag > 100 {
			t.Errorf("%d records wait still", lag)
		}
		l.stop()
	})
}

func TestStrayTimesDoNoHarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 2)
		l.src.write(0, time.Since(time.Unix(0, 0)), 1, "a") // 1970, as the very first
		l.start()
		l.flow(5*time.Minute, 0, 1)
		before := l.progress().Closed
		l.src.write(0, -9*time.Minute, 1, "a")
		l.src.write(1, -5*time.Hour, 1, "a") // rejected
		l.src.write(1, time.Since(time.Unix(0, 0)), 1, "a")
		time.Sleep(2 * time.Second)
		if early := l.progress().Closed - before; early > time.Minute.Milliseconds() {
			t.Errorf("a record from the future closed windows %v early", time.Duration(early)*time.Millisecond)
		}
		l.flow(15*time.Minute, 0, 1)
		p := l.progress()
		if p.Totals.Rejected["future"] != 1 {
			t.Errorf("rejected %v, want 1 future", p.Totals.Rejected)
		}
		if want := uint64(2*20*60*10 + 3); p.Totals.Rows+0 < want-40 || p.Totals.Rows > want {
			t.Errorf("%d rows, want about %d", p.Totals.Rows, want)
		}
		if behind := time.Now().UnixMilli() - p.Watermark; behind > time.Minute.Milliseconds() {
			t.Errorf("the watermark is %v behind", time.Duration(behind)*time.Millisecond)
		}
		if _, ok := l.find("all", "firing"); ok {
			t.Errorf("stray records made an alert:\n%s", l.told())
		}
		l.stop()
	})
}

func TestAPartitionHoursAheadWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 2)
		for i := range 5 * 3600 { // five hours are in the log already; one partition has only the first of them
			age := 5*time.Hour - time.Duration(i)*time.Second
			l.src.write(0, age, float64(i%100), string(rune('a'+i%3)))
			if i < 3600 {
				l.src.write(1, age, float64(i%100), string(rune('a'+i%3)))
			}
		}
		l.start()
		time.Sleep(10 * time.Second)
		p := l.progress()
		// max_ahead, and what is on its way: blocks of 100 s.
		if ahead := p.Partitions[0].Max - p.Watermark; ahead > (10*time.Minute + 30*time.Second + 12*100*time.Second).Milliseconds() {
			t.Errorf("a partition was read %v ahead of the watermark", time.Duration(ahead)*time.Millisecond)
		}
		time.Sleep(2 * time.Minute) // partition 1 is idle now and lets go
		p = l.progress()
		if p.Totals.Rows != 6*3600 || p.Totals.Late != 0 {
			t.Errorf("%d rows, %d late; want %d and 0", p.Totals.Rows, p.Totals.Late, 6*3600)
		}
		l.stop()
	})
}

func TestDriftThatBeganWhileDownIsSentOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		l.start()
		l.flow(10*time.Minute, 0)
		l.stop()
		for range 2 * 3600 {
			for range 2 {
				l.src.write(0, 0, 500, "b")
			}
			time.Sleep(time.Second)
		}
		l.start()
		for range 60 {
			l.src.write(0, 0, 500, "b")
			time.Sleep(time.Second)
		}
		l.stop()
		sent := map[string]int{}
		for _, i := range l.incs {
			if !i.Quiet {
				sent[i.ID]++
				if !i.FoundLate {
					t.Errorf("incident %s is not marked as found late", i.ID)
				}
			}
		}
		if len(sent) != 1 {
			t.Errorf("%d incidents are sent, want 1: %v\n%s", len(sent), sent, l.told())
		}
	})
}

func TestALongSilenceIsCheap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		l.src.write(0, 10*365*24*time.Hour, 1, "a")
		l.start()
		began := time.Now()
		l.flow(10*time.Second, 0)
		p := l.progress()
		l.stop()
		if p.Windows < 5_000_000 {
			t.Errorf("%d windows closed over ten years of minutes", p.Windows)
		}
		if time.Since(began) > time.Minute {
			t.Error("it took minutes")
		}
		if a, ok := l.find("stopped", "firing"); !ok || a.Time.Sub(a.Since.Time) > 10*time.Minute {
			t.Errorf("the silence in between was not noticed:\n%s", l.told())
		}
	})
}

func TestATopicMadeAnewAndGaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		l.start()
		l.flow(2*time.Minute, 0)
		l.src.mu.Lock()
		l.src.id, l.src.parts[0] = "two", nil
		l.src.mu.Unlock()
		l.flow(time.Minute, 0)
		p := l.progress()
		if want := uint64(3 * 600); p.Totals.Rows < want-20 || p.Recreated != 1 {
			t.Errorf("%d rows, recreated %d times; want about %d and 1", p.Totals.Rows, p.Recreated, want)
		}
		if _, ok := l.find("driftwatch-recreated", "firing"); !ok {
			t.Errorf("nobody was told:\n%s", l.told())
		}
		l.stop()
		l.src.first[0] = int64(len(l.src.parts[0])) + 50
		for range 60 {
			l.src.write(0, 0, 1, "a")
		}
		l.start()
		l.flow(10*time.Second, 0)
		if p := l.progress(); p.Totals.Lost != 50 {
			t.Errorf("%d lost, want 50", p.Totals.Lost)
		}
		if _, ok := l.find("driftwatch-gap", "firing"); !ok {
			t.Errorf("nobody was told:\n%s", l.told())
		}
		l.src.mu.Lock()
		l.src.parts = append(l.src.parts, nil)
		l.src.mu.Unlock()
		l.src.write(1, 0, 1, "a")
		time.Sleep(5 * time.Second)
		if p := l.progress(); len(p.Partitions) != 2 || p.Partitions[1].Next != 1 {
			t.Errorf("a new partition was not read: %+v", p.Partitions)
		}
		l.stop()
	})
}

// When the second partition goes dark, too, the incident says so. It does not
// say it again when the first is back.
func TestABlindIncidentFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 2)
		l.start()
		l.flow(2*time.Minute, 0, 1)
		dark := func(p int32, dark bool) {
			l.src.mu.Lock()
			l.src.dark[p] = dark
			l.src.mu.Unlock()
			time.Sleep(2 * time.Minute)
		}
		dark(1, true)
		dark(0, true)
		dark(1, false)
		l.stop()
		var said []string
		for _, i := range l.incs {
			said = append(said, i.Alerts[0].Summary)
		}
		want := []string{
			"m cannot be read: no successful fetch from 1 of 2 partitions for a while",
			"m cannot be read: no successful fetch from 2 of 2 partitions for a while",
		}
		if !slices.Equal(said, want) {
			t.Errorf("the incident's revisions say %q, want %q", said, want)
		}
	})
}
