package monitor_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"driftwatch/monitor"
)

// Every kind of bad input is counted by its reason, named in the log by its
// place, and shown nowhere.
func TestBadInputIsCountedAndNamedNotShown(t *testing.T) {
	records := events{seed: 1, start: t0, step: time.Second, n: 1000, shiftFrom: time.Hour}.records()
	at := func(i int) int64 { return records[i].Time }
	for i, value := range []string{
		`{"ts": 1, "secret`, `[]`, ``, `{"x": 1}`, `{"ts": "secret"}`, `{"ts": null}`,
		fmt.Sprintf(`{"ts": %d}`, at(506)+(11*time.Minute).Milliseconds()),
		fmt.Sprintf(`{"ts": %d, "x": "secret", "kind": "a", "note": 7}`, at(507)),
		fmt.Sprintf(`{"ts": %d, "x": 1e999, "kind": "secret`+"\xff"+`"}`, at(508)),
		fmt.Sprintf(`{"ts": %d, "x": 1, "kind": %q}`, at(509), strings.Repeat("secret", 200)),
	} {
		records[500+i].Value = []byte(value)
	}
	var log bytes.Buffer
	c := config()
	c.Reference.Learn = dur("5m")
	c.MaxRecordBytes = 1000
	d := deps(t, c, &logSource{parts: [][]monitor.Record{records}, cut: func() int { return 100 }})
	d.Log = slog.New(slog.NewTextHandler(&log, nil))
	store := monitor.NewMemory()
	d.Store = store
	_, r := backtest(t, d)
	want := map[string]uint64{"malformed": 2, "tombstone": 1, "timestamp_missing": 2, "timestamp_invalid": 1, "future": 1, "too_large": 1}
	if !maps.Equal(r.Totals.Rejected, want) {
		t.Errorf("rejected %v, want %v", r.Totals.Rejected, want)
	}
	if r.Totals.Rows != 1000-8 {
		t.Errorf("%d rows, want %d", r.Totals.Rows, 1000-8)
	}
	for _, reason := range slices.Sorted(maps.Keys(want)) {
		if n := strings.Count(log.String(), "reason="+reason+" "); n < 1 || n > 2 { // twice: learning and counting
			t.Errorf("the reason %s is %d times in the log:\n%s", reason, n, log.String())
		}
	}
	for _, part := range []string{`feature=x reason="wrong type"`, "reason=invalid", "offset=507", `looks_like="JSON that ends early, after byte 17; `} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("%s is not in the log:\n%s", part, log.String())
		}
	}
	if strings.Contains(log.String(), "secret") {
		t.Errorf("content is in the log:\n%s", log.String())
	}
	cp, _, err := store.Load()
	if err != nil {
		t.Fatal(err)
	}
	accounts(t, cp.Progress)
}
