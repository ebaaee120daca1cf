package monitor_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
)

// inRange is the plain way to say which records belong to an event-time range:
// those with event times in it, up to the record at which the partition's
// running maximum has passed it by the lateness.
func inRange(t *testing.T, part []monitor.Record, from, to int64) (rows int) {
	t.Helper()
	highest := int64(0)
	for _, r := range part {
		var e struct {
			TS *int64 `json:"ts"`
		}
		if json.Unmarshal(r.Value, &e) != nil || e.TS == nil || *e.TS > r.Time+(10*time.Minute).Milliseconds() {
			continue
		}
		highest = max(highest, min(*e.TS, r.Time))
		if *e.TS >= from && *e.TS < to {
			rows++
		}
		if highest >= to+(30*time.Second).Milliseconds() {
			break
		}
	}
	return rows
}

func TestBacktestOfARange(t *testing.T) {
	parts := logs()
	from, to := t0.Add(25*time.Minute).UnixMilli(), t0.Add(45*time.Minute).UnixMilli()
	want := 0
	for _, p := range parts {
		want += inRange(t, p, from, to)
	}
	c := config()
	c.Reference = monitor.ReferenceConfig{From: t0.Format(time.RFC3339), To: t0.Add(20 * time.Minute).Format(time.RFC3339)}
	var first string
	for _, most := range []int{1000, 1, 40, 5000} {
		src := &logSource{parts: parts, cut: func() int { return 1 + rand.IntN(most) }}
		d := deps(t, c, src, driftRules...)
		store := monitor.NewMemory()
		d.Store = store
		var got []string
		r, err := monitor.Backtest(context.Background(), d, monitor.BacktestOptions{From: from, To: to, Emit: func(a monitor.Alert) error {
			got = append(got, a.ID+" "+a.State)
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		if r.Totals.Rows != uint64(want) {
			t.Errorf("blocks to %d: %d rows, want %d", most, r.Totals.Rows, want)
		}
		cp, _, err := store.Load()
		if err != nil {
			t.Fatal(err)
		}
		accounts(t, cp.Progress)
		if text := fmt.Sprint(got, r); first == "" {
			first = text
		} else if text != first {
			t.Errorf("blocks to %d: %s, want %s", most, text, first)
		}
		if len(got) < 4 {
			t.Errorf("only %v", got)
		}
	}
}

// A reference of a topic range holds the records of the range, each once.
func TestReadRange(t *testing.T) {
	parts := logs()
	from, to := t0.Add(5*time.Minute).UnixMilli(), t0.Add(20*time.Minute).UnixMilli()
	want := 0
	for _, p := range parts {
		want += inRange(t, p, from, to)
	}
	src := &logSource{parts: parts, cut: func() int { return 1 + rand.IntN(500) }}
	rows, err := monitor.ReadRange(context.Background(), config(), decode.JSON, src, from, to)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // it is read once to choose the edges and once to count
		n := 0
		if err := rows(func(r monitor.Row) error {
			at := r.Event
			if at < from || at >= to {
				t.Errorf("a record at %d is not in [%d, %d)", at, from, to)
			}
			n++
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if n != want {
			t.Errorf("%d records, want %d", n, want)
		}
	}
}
