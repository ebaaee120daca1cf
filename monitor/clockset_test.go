package monitor_test

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// setClock is a clock that can be set: then the time of day it tells moves, and the
// time that has passed does not. Times of a bubble of virtual time have no monotonic
// reading, so they are made from one that has, and the package time cannot move one
// without the other, so the seconds are changed in place.
type setClock struct {
	began time.Time // of the bubble
	set   atomic.Int64
}

func newSetClock() *setClock { return &setClock{began: time.Now()} }

// machine is a time with a monotonic reading, and a whole second.
var machine = func() time.Time { now := time.Now(); return now.Add(-time.Duration(now.Nanosecond())) }()

func (c *setClock) now() time.Time {
	t, virtual := machine.Add(time.Since(c.began)), time.Now()
	by := virtual.Sub(t.Round(0)) + time.Duration(c.set.Load())
	const secondsAt = 30 // of the first word, where there is a monotonic reading
	*(*uint64)(unsafe.Pointer(&t)) += uint64(int64(by/time.Second)) << secondsAt
	return t
}

func TestTheTestSetsTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newSetClock()
		before := c.now()
		for _, by := range []time.Duration{72 * time.Hour, -5 * time.Hour} {
			time.Sleep(1500 * time.Millisecond)
			c.set.Store(int64(by))
			now := c.now()
			if day, passed := time.Until(now.Round(0)), now.Sub(before); day != by || passed != 1500*time.Millisecond {
				t.Fatalf("set by %v, the time of day is %v from the true one and %v passed", by, day, passed)
			}
			before = now
		}
	})
}

// clockSet is a life with a stop, a partition that goes dark and a lag; meanwhile
// the clock is set, at each of the moments, by so much. It gives what was told, and
// how long after the beginning.
func clockSet(t *testing.T, by time.Duration) (told []string, when []time.Duration, p monitor.Progress) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 2)
		l.rules = []rules.Rule{
			{Name: "long-blind", Monitor: "m", When: "blind > 0", For: dur("10m"), KeepFiringFor: dur("10m")},
			{Name: "behind", Monitor: "m", When: "lag > 1000", For: dur("1m")},
		}
		began, clock := time.Now(), newSetClock()
		l.src.now = clock.now
		stop := l.startWith(monitor.ReferenceConfig{Profile: "test.profile"}, l)
		set := func() { clock.set.Add(int64(by)) }
		dark := func(is bool) {
			l.src.mu.Lock()
			defer l.src.mu.Unlock()
			l.src.dark[1] = is
		}
		l.flow(6*time.Minute, 0, 1)
		set()
		l.flow(4*time.Minute, 0, 1)
		time.Sleep(8 * time.Minute) // the producer stops
		set()
		time.Sleep(8 * time.Minute)
		l.flow(10*time.Minute, 0, 1)
		dark(true)
		l.flow(8*time.Minute, 0)
		set()
		l.flow(8*time.Minute, 0)
		dark(false)
		l.flow(5*time.Minute, 0, 1)
		set()
		l.flow(10*time.Minute, 0, 1)
		if err := stop(); err != nil {
			t.Error(err)
		}
		for i, a := range l.alerts {
			told, when = append(told, a.Rule+" "+a.Previous+" "+a.State), append(when, l.at[i].Sub(began))
		}
		p = l.progress()
	})
	return told, when, p
}

// A clock that is set, forward or back, while all sorts of things are under way,
// changes nothing of what is counted, closed and told, nor when.
func TestTheClockIsSet(t *testing.T) {
	want, then, counted := clockSet(t, 0)
	for _, one := range []string{"stopped ok pending", "stopped pending firing", "stopped firing ok", "long-blind pending firing", "long-blind firing ok", "behind pending firing", "behind firing ok", "driftwatch-blind firing ok"} {
		if !slices.Contains(want, one) {
			t.Fatalf("nothing is told of %s: %q", one, want)
		}
	}
	for _, by := range []time.Duration{72 * time.Hour, time.Hour, 20 * time.Minute, -20 * time.Minute, -time.Hour, -72 * time.Hour} {
		told, when, p := clockSet(t, by)
		if !slices.Equal(told, want) {
			t.Errorf("set by %v, it tells\n%s\nand else\n%s", by, strings.Join(told, "\n"), strings.Join(want, "\n"))
			continue
		}
		for i, at := range when {
			if off := (at - then[i]).Abs(); off > 5*time.Second { // records come in blocks
				t.Errorf("set by %v, %q is told after %v, and else after %v", by, told[i], at, then[i])
			}
		}
		if p.Totals.Rows != counted.Totals.Rows || p.Totals.Late != 0 || p.Windows != counted.Windows || p.Watermark-counted.Watermark > 2000 || counted.Watermark-p.Watermark > 2000 {
			t.Errorf("set by %v: %d rows, %d late, %d windows, the watermark at %d; else %d, %d, %d, %d", by,
				p.Totals.Rows, p.Totals.Late, p.Windows, p.Watermark, counted.Totals.Rows, counted.Totals.Late, counted.Windows, counted.Watermark)
		}
	}
}
