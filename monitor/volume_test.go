package monitor_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
	"driftwatch/stats"
)

func build(t *testing.T, c monitor.Config, rows monitor.Rows) *stats.Reference {
	t.Helper()
	ref, err := monitor.BuildReference(c, decode.JSON, rows, "test")
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// From files the volume is of the rows with a time that can be read, from the
// first to the last; a few that are far from all others make it no longer.
func TestVolumeOfFiles(t *testing.T) {
	start := time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)
	each := func(step time.Duration) func(i int) time.Time {
		return func(i int) time.Time { return start.Add(time.Duration(i*7919%2000) * step) } // in no order
	}
	for name, test := range map[string]struct {
		at       func(i int) string
		from, to time.Time
		rows     uint64
		hours    bool
	}{
		"seconds": {
			at:   func(i int) string { return each(time.Second)(i).Format(`"2006-01-02T15:04:05Z"`) },
			from: start, to: start.Add(1999*time.Second + time.Millisecond), rows: 2000,
		},
		"a tenth cannot be read": {
			at: func(i int) string {
				if i*7919%2000%10 == 5 {
					return []string{"null", `"soon"`, "[]"}[i%3]
				}
				return fmt.Sprint(each(time.Second)(i).UnixMilli())
			},
			from: start, to: start.Add(1999*time.Second + time.Millisecond), rows: 1800,
		},
		"two weeks": {
			at:   func(i int) string { return fmt.Sprint(each(605 * time.Second)(i).UnixMilli()) },
			from: start, to: start.Add(1999*605*time.Second + time.Millisecond), rows: 2000, hours: true,
		},
		"stray ones at both ends": {
			at: func(i int) string {
				switch {
				case i < 10:
					return "0"
				case i >= 1995:
					return "4102444800"
				}
				return fmt.Sprint(start.Add(time.Duration(i) * time.Second).Unix())
			},
			from: start.Add(10 * time.Second), to: start.Add(1994*time.Second + time.Millisecond), rows: 1985,
		},
		"many at an end are not stray": {
			at: func(i int) string {
				if i < 30 {
					return "0"
				}
				return fmt.Sprint(start.Add(time.Duration(i) * time.Second).Unix())
			},
			from: time.Unix(0, 0), to: start.Add(1999*time.Second + time.Millisecond), rows: 2000, hours: true,
		},
		"one moment": {at: func(int) string { return `"2026-11-02"` }},
	} {
		c := monitor.Default()
		c.Timestamp.Field = "at"
		ref := build(t, c, linesOf(2000, func(i int) string { return fmt.Sprintf(`{"at": %s, "x": %d}`, test.at(i), i*7919%1000) }))
		v := ref.Volume
		if test.rows == 0 {
			if v != nil {
				t.Errorf("%s: the volume is %+v, want none", name, v)
			}
			continue
		}
		if v == nil || v.From != test.from.UnixMilli() || v.To != test.to.UnixMilli() || v.Rows != test.rows || (v.Hours != nil) != test.hours {
			t.Errorf("%s: the volume is %+v, want %d rows from %d to %d", name, v, test.rows, test.from.UnixMilli(), test.to.UnixMilli())
		}
	}
	if ref := build(t, monitor.Default(), linesOf(2000, func(i int) string { return fmt.Sprintf(`{"x": %d}`, i*7919%1000) })); ref.Volume != nil {
		t.Errorf("without times the volume is %+v", ref.Volume)
	}
}

// What is learned is a sample of at most 50,000 rows; the volume is all of them
// that were on time. A plain walk over the logs says how many.
func TestVolumeOfALearnedReference(t *testing.T) {
	c := config()
	c.Reference.Learn = dur("5m")
	var parts [][]monitor.Record
	var want uint64
	from, to := t0.Add(-time.Minute).UnixMilli(), t0.Add(4*time.Minute).UnixMilli()
	for p := range 2 {
		r := rand.New(rand.NewPCG(3, uint64(p)))
		var log []monitor.Record
		running := int64(0)
		for i := range 90_000 {
			at := t0.Add(time.Duration(i) * 5 * time.Millisecond)
			event := at.UnixMilli()
			if i == 0 {
				event -= 60_000 // where learning begins
			} else if r.IntN(10) == 0 {
				event -= r.Int64N(150_000)
			}
			pane := event - event%60_000
			if late := running >= pane+60_000+30_000; !late && event >= from && event < to {
				want++
			}
			running = max(running, event)
			log = append(log, monitor.Record{Offset: int64(i), Time: at.UnixMilli(), Value: fmt.Appendf(nil, `{"ts": %d, "x": %d}`, event, r.IntN(1000))})
		}
		parts = append(parts, log)
	}
	d := deps(t, c, &logSource{parts: parts, cut: func() int { return 700 }})
	store := monitor.NewMemory()
	d.Store = store
	backtest(t, d)
	stored, _, err := store.Load()
	if err != nil {
		t.Fatal(err)
	}
	var ref stats.Reference
	if err := ref.UnmarshalBinary(stored.Reference); err != nil {
		t.Fatal(err)
	}
	if v := ref.Volume; v == nil || v.Rows != want || v.From != from || v.To != to || v.Hours != nil {
		t.Errorf("the volume is %+v, want %d rows from %d to %d", v, want, from, to)
	}
	if rows := ref.Counts[0].Rows; rows != 50_000 || want < 60_000 || ref.FieldRows != rows {
		t.Errorf("of %d rows %d were learned from, the fields are of %d", want, rows, ref.FieldRows)
	}
}
