package monitor

import (
	"testing"

	"pgregory.net/rapid"
)

const minute = int64(60_000)

func testTimes(independent bool) *times {
	return &times{
		every: minute, size: 5 * minute, lateness: minute / 2, maxFuture: 10 * minute, maxAhead: 10 * minute,
		retention: 7 * 24 * 60 * minute, independent: independent,
	}
}

func newTestLane() *lane { return newLane(newPartition(Bounds{}, 0)) }

// A record is judged by the log before it; each row of a table is one record.
func TestJudge(t *testing.T) {
	const day = 24 * 60
	type record struct {
		event, log int64 // minutes; log NoTime: none
		want       placement
		max        int64 // minutes, after it
	}
	at := func(m int64) placement { return placement{start: m * minute} }
	late := func(m int64) placement { return placement{start: m * minute, late: true} }
	for name, test := range map[string]struct {
		independent bool
		maxPast     int64
		records     []record
	}{
		"in order": {true, 0, []record{
			{100, 100, at(100), 100}, {101, 101, at(101), 101}, {102, 103, at(102), 102},
		}},
		"late once the pane and the lateness are over": {true, 0, []record{
			{100, 100, at(100), 100}, {101, 101, at(101), 101}, {100, 101, at(100), 101}, {102, 102, at(102), 102}, {100, 102, late(100), 102},
		}},
		"the log's time holds back a record from the future": {true, 0, []record{
			{100, 100, at(100), 100}, {109, 100, at(109), 100}, {111, 100, placement{reject: future}, 100}, {101, 101, at(101), 101},
		}},
		"1970 is old, not the past": {true, 0, []record{
			{100 * day, 100 * day, at(100 * day), 100 * day}, {0, 100 * day, placement{start: Ancient, late: true}, 100 * day},
		}},
		"1970 as the first record": {true, 0, []record{
			{0, 100 * day, at(0), 0}, {100 * day, 100 * day, at(100 * day), 100 * day},
		}},
		"max_past": {true, 30 * minute, []record{
			{100, 100, at(100), 100}, {60, 101, placement{reject: past}, 100},
		}},
		"alone, a step waits for a second record": {false, 0, []record{
			{100, NoTime, at(100), NoTime},
			{101, NoTime, at(101), 100},
			{102, NoTime, at(102), 102},
			{200, NoTime, placement{start: Distant}, 102},
			{103, NoTime, at(103), 103},
			{300, NoTime, placement{start: Distant}, 103},
			{305, NoTime, at(305), 300},
			{301, NoTime, at(301), 301},
		}},
		"alone, one far record first": {false, 0, []record{
			{9000, NoTime, at(9000), NoTime}, {100, NoTime, placement{start: 100 * minute}, 100}, {101, NoTime, at(101), 101},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			l, times := newTestLane(), testTimes(test.independent)
			times.maxPast = test.maxPast
			for i, r := range test.records {
				log, wantMax := r.log, r.max
				if log != NoTime {
					log *= minute
				}
				if wantMax != NoTime {
					wantMax *= minute
				}
				if got := l.judge(r.event*minute, log, times); got != r.want {
					t.Errorf("record %d: %+v, want %+v", i, got, r.want)
				}
				if l.max != wantMax {
					t.Errorf("record %d: running maximum %d, want %d", i, l.max, wantMax)
				}
			}
		})
	}
}

// Whatever comes, the running maximum never falls, and no record is on time in
// a pane that it has passed.
func TestJudgeNeverGoesBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l, times := newTestLane(), testTimes(rapid.Bool().Draw(rt, "independent"))
		for range 50 {
			before := l.max
			log := rapid.OneOf(rapid.Just(NoTime), rapid.Int64Range(0, 1e9)).Draw(rt, "log")
			got := l.judge(rapid.OneOf(rapid.Int64Range(-1e9, 1e9), rapid.Int64Range(0, 1e12)).Draw(rt, "event"), log, times)
			if l.max < before {
				rt.Fatalf("the running maximum fell from %d to %d", before, l.max)
			}
			if got.reject == accepted && !got.late && got.start != Distant && before != NoTime && before >= got.start+times.every+times.lateness {
				rt.Fatalf("on time in %d at %d", got.start, before)
			}
		}
	})
}

func TestFloor(t *testing.T) {
	for _, test := range [][3]int64{{0, 10, 0}, {9, 10, 0}, {10, 10, 10}, {-1, 10, -10}, {-10, 10, -10}, {-11, 10, -20}} {
		if got := floor(test[0], test[1]); got != test[2] {
			t.Errorf("floor(%d, %d) = %d, want %d", test[0], test[1], got, test[2])
		}
	}
}
