package monitor_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"driftwatch/monitor"
)

type failingStore struct {
	*live
	fail atomic.Int64
}

func (f *failingStore) Commit(c *monitor.Commit) error {
	if f.fail.Load() > 0 {
		f.fail.Add(-1)
		return errors.New("disk full")
	}
	return f.live.Commit(c)
}

func (l *live) startWith(ref monitor.ReferenceConfig, st monitor.Store) (stop func() error) {
	c := config()
	c.Reference = ref
	return l.startConfig(c, st)
}

func (l *live) startConfig(c monitor.Config, st monitor.Store) (stop func() error) {
	ref := c.Reference
	d := deps(l.t, c, l.src, append(slices.Clone(liveRules), l.rules...)...)
	d.Store, d.Retention, d.Now = st, l.retention, l.src.now
	if ref.Profile != "" {
		d.Profile = reference(l.t)
	}
	m, err := monitor.New(d)
	if err != nil {
		l.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if err := m.Start(ctx); err != nil {
		l.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	l.m = m
	return func() error { cancel(); return <-ended }
}

func (l *live) balance() {
	l.t.Helper()
	cp, _, err := l.Load()
	if err != nil {
		l.t.Fatal(err)
	}
	accounts(l.t, cp.Progress)
}

// learn declaration changes after counting
func TestAChangedDeclarationLearnsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		stop := l.startWith(monitor.ReferenceConfig{Learn: dur("5m")}, l)
		l.flow(20*time.Minute, 0)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		l.balance()
		stop = l.startWith(monitor.ReferenceConfig{Learn: dur("6m")}, l)
		l.flow(time.Minute, 0)
		v, _ := l.m.View()
		if !v.Learning || v.Reference != nil {
			t.Errorf("learning %v, reference %+v; want to learn anew", v.Learning, v.Reference)
		}
		l.flow(15*time.Minute, 0)
		if v, _ = l.m.View(); v.Learning || v.Reference == nil {
			t.Errorf("learning %v, reference %+v; want a new reference", v.Learning, v.Reference)
		}
		if err := stop(); err != nil {
			t.Errorf("Run ended: %v", err)
		}
	})
}

// restart while learning anew takes the old reference
func TestARestartWhileLearningAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		stop := l.startWith(monitor.ReferenceConfig{Learn: dur("5m")}, l)
		l.flow(20*time.Minute, 0)
		_ = stop()
		stop = l.startWith(monitor.ReferenceConfig{Learn: dur("6m")}, l)
		_ = stop()
		stop = l.startWith(monitor.ReferenceConfig{Learn: dur("6m")}, l)
		v, _ := l.m.View()
		if v.Reference != nil {
			t.Error("the former declaration's reference is used")
		}
		_ = stop()
	})
}

// a write that fails while stopping
func TestAFailedWriteBeforeTheEndLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		f := &failingStore{live: l}
		stop := l.startWith(monitor.ReferenceConfig{Profile: "test.profile"}, f)
		l.flow(3*time.Minute, 0)
		f.fail.Store(1)
		for f.fail.Load() > 0 {
			l.src.write(0, 0, 1, "a")
			time.Sleep(10 * time.Millisecond)
		}
		if err := stop(); err != nil {
			t.Log(err)
		}
		cp, _, _ := l.Load()
		rows := uint64(0)
		panes, err := l.m.Panes(monitor.Query{Monitor: "m", From: -1 << 60, To: 1 << 60})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range panes {
			rows += p.Rows
		}
		if rows != cp.Progress.Totals.Rows {
			t.Errorf("panes hold %d rows, the totals say %d", rows, cp.Progress.Totals.Rows)
		}
	})
}

// backlog of a partition that was released when we stopped
func TestAReleasedPartitionWithABacklogHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 2)
		stop := l.startWith(monitor.ReferenceConfig{Profile: "test.profile"}, l)
		l.flow(5*time.Second, 1)
		l.flow(3*time.Minute, 0) // 1 is released
		_ = stop()
		cp, _, _ := l.Load()
		late := cp.Progress.Totals.Late
		l.flow(8*time.Minute, 0, 1) // while down, both
		l.src.dark[1] = true        // its leader answers 10 s later
		stop = l.startWith(monitor.ReferenceConfig{Profile: "test.profile"}, l)
		time.Sleep(10 * time.Second)
		l.src.mu.Lock()
		l.src.dark[1] = false
		l.src.mu.Unlock()
		time.Sleep(10 * time.Second)
		_ = stop()
		cp, _, _ = l.Load()
		if n := cp.Progress.Totals.Late - late; n > 0 {
			t.Errorf("%d records of the backlog were late", n)
		}
	})
}

// rejected counted twice
func TestRejectedRecordsCountOnceAfterLearning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		bad := func() {
			l.src.mu.Lock()
			l.src.parts[0] = append(l.src.parts[0], monitor.Record{Offset: end(l.src.parts[0]), Time: time.Now().UnixMilli(), Value: []byte("{")})
			l.src.mu.Unlock()
		}
		stop := l.startWith(monitor.ReferenceConfig{Profile: "test.profile"}, l)
		bad()
		time.Sleep(3 * time.Second)
		_ = stop()
		l.balance()
		stop = l.startWith(monitor.ReferenceConfig{Learn: dur("5m")}, l)
		l.flow(time.Minute, 0)
		for range 7 {
			bad()
		}
		l.flow(15*time.Minute, 0)
		if err := stop(); err != nil {
			t.Error(err)
		}
		l.balance()
	})
}

// panes after a restart while learning
func TestARestartWhileLearningKeepsPanes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		stop := l.startWith(monitor.ReferenceConfig{Learn: dur("20m")}, l)
		l.flow(90*time.Second, 0)
		_ = stop()
		stop = l.startWith(monitor.ReferenceConfig{Learn: dur("20m")}, l)
		l.flow(10*time.Second, 0)
		_ = stop()
		cp, _, _ := l.Load()
		rows := uint64(0)
		panes, _ := l.m.Panes(monitor.Query{Monitor: "m", From: -1 << 60, To: 1 << 60})
		for _, p := range panes {
			rows += p.Rows
		}
		if rows != cp.Progress.Totals.Rows {
			t.Errorf("panes hold %d rows, the totals say %d", rows, cp.Progress.Totals.Rows)
		}
	})
}

// topic made anew while learning
func TestATopicMadeAnewWhileLearning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		stop := l.startWith(monitor.ReferenceConfig{Learn: dur("10m")}, l)
		l.flow(3*time.Minute, 0)
		l.src.mu.Lock()
		l.src.parts[0], l.src.id = nil, "two"
		l.src.mu.Unlock()
		l.flow(20*time.Minute, 0)
		if err := stop(); err != nil {
			t.Error(err)
		}
		l.balance()
	})
}

// What was read of a topic that is no more, to be counted after learning, is
// lost and told.
func TestATopicMadeAnewWhileLearningIsALoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		stop := l.startWith(monitor.ReferenceConfig{Learn: dur("10m")}, l)
		l.flow(3*time.Minute, 0)
		time.Sleep(2 * time.Second)
		l.src.mu.Lock()
		l.src.parts[0], l.src.id = nil, "two"
		l.src.mu.Unlock()
		l.flow(20*time.Minute, 0)
		time.Sleep(2 * time.Second)
		p := l.progress()
		if p.Totals.Lost != 1800 || p.Totals.Rows != 20*600 {
			t.Errorf("%d lost and %d rows, want 1800 and %d", p.Totals.Lost, p.Totals.Rows, 20*600)
		}
		if _, ok := l.find("driftwatch-gap", "firing"); !ok {
			t.Errorf("nobody was told:\n%s", l.told())
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		l.balance()
	})
}

// an empty topic, then old events, while learning
func TestAnEmptyTopicLearnsFromOldRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		stop := l.startWith(monitor.ReferenceConfig{Learn: dur("5m")}, l)
		time.Sleep(2 * time.Minute)
		for age := 30 * time.Minute; age > 0; age -= time.Second / 2 {
			l.src.write(0, age, float64(age/time.Second%100), "a")
			if age%(10*time.Second) == 0 {
				time.Sleep(200 * time.Millisecond)
			}
		}
		time.Sleep(10 * time.Second)
		v, err := l.m.View()
		if err != nil || v.Learning || v.Reference == nil {
			t.Errorf("learning %v, reference %+v, %v", v.Learning, v.Reference, err)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		if rows := v.Rows; rows != 3600 {
			t.Errorf("%d rows, want 3600", rows)
		}
		l.balance()
	})
}

// A topic made anew with fewer partitions goes on with those it has.
func TestATopicMadeAnewWithFewerPartitions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 3)
		l.start()
		l.flow(2*time.Minute, 0, 1, 2)
		l.src.mu.Lock()
		l.src.parts, l.src.id = make([][]monitor.Record, 1), "two"
		l.src.mu.Unlock()
		l.flow(10*time.Minute, 0)
		p := l.progress()
		if behind := time.Now().UnixMilli() - p.Watermark; behind > time.Minute.Milliseconds() {
			t.Errorf("the watermark is %v behind", time.Duration(behind)*time.Millisecond)
		}
		if err := l.m.Ready(); err != nil || len(p.Partitions) != 1 {
			t.Errorf("%d partitions, Ready() = %v", len(p.Partitions), err)
		}
		l.stop()
	})
}

// A producer of nothing but rubbish is one that has stopped.
func TestAllMalformedIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		l.start()
		l.flow(10*time.Minute, 0)
		for range 1200 {
			l.src.mu.Lock()
			l.src.parts[0] = append(l.src.parts[0], monitor.Record{Offset: end(l.src.parts[0]), Time: time.Now().UnixMilli(), Value: []byte("{")})
			l.src.mu.Unlock()
			time.Sleep(time.Second)
		}
		if _, ok := l.find("stopped", "firing"); !ok {
			t.Errorf("nobody was told:\n%s", l.told())
		}
		l.stop()
	})
}

// A clock that was not set does not decide what is learnt.
func TestA1970RecordIsNotWhereLearningBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		l.src.write(0, time.Since(time.Unix(0, 0)), 1, "a")
		stop := l.startWith(monitor.ReferenceConfig{Learn: dur("5m")}, l)
		l.flow(10*time.Minute, 0)
		v, err := l.m.View()
		if err != nil || v.Learning || v.Reference == nil || v.Rows < 5900 {
			t.Errorf("learning %v, reference %+v, %d rows, %v", v.Learning, v.Reference, v.Rows, err)
		}
		if p := l.progress(); p.Windows > 20 {
			t.Errorf("%d windows closed over ten minutes", p.Windows)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		l.balance()
	})
}

// When a topic goes on after a silence, the first partition to be read does not
// make the others' records late.
func TestABurstAfterASilenceIsNotLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 3)
		begin := time.Now().Add(-2 * time.Hour)
		hour := func(from time.Time) { // a record a second in each partition, written at once
			l.src.mu.Lock()
			defer l.src.mu.Unlock()
			for i := range 3600 {
				at := from.Add(time.Duration(i) * time.Second).UnixMilli()
				for p := range l.src.parts {
					value := fmt.Appendf(nil, `{"ts": %d, "x": %d, "kind": "a"}`, at, i%100)
					l.src.parts[p] = append(l.src.parts[p], monitor.Record{Offset: end(l.src.parts[p]), Time: at, Value: value})
				}
			}
		}
		hour(begin)
		l.start()
		time.Sleep(40 * time.Second) // all are released
		hour(begin.Add(time.Hour))
		time.Sleep(5 * time.Second)
		if p := l.progress(); p.Totals.Rows != 6*3600 || p.Totals.Late != 0 {
			t.Errorf("%d rows, %d late; want %d and 0", p.Totals.Rows, p.Totals.Late, 6*3600)
		}
		l.stop()
	})
}
