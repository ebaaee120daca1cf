package monitor_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
)

// Which field is the event time, of those that hold times.
func TestFindTime(t *testing.T) {
	const n = 4000
	begin := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	r := rand.New(rand.NewPCG(3, 4))
	at := func(i int) time.Time { return begin.Add(time.Duration(i) * 20 * time.Second) }
	logged := func(i int) int64 { return at(i).UnixMilli() + 80 }
	born := func() string { return begin.Add(-time.Duration(r.IntN(3e5)) * time.Hour).Format(time.DateOnly) }
	for _, test := range []struct {
		name   string
		record func(i int) (int64, string)
		want   monitor.Timestamp
		others []string
		ok     bool
	}{
		{"the nearest to the log's time", func(i int) (int64, string) {
			return logged(i), fmt.Sprintf(`{"sent":%d,"happened":%q,"born":%q,"due":%q,"amount":%d}`, at(i).Unix()-600, at(i).Format(time.RFC3339), born(), at(i+4*3*60*24).Format(time.RFC3339), i%90)
		}, monitor.Timestamp{Field: "happened"}, []string{"sent", "born", "due"}, true},
		{"a copied topic: the steadiest", func(i int) (int64, string) {
			return begin.Add(1e6*time.Second).UnixMilli() + int64(i), fmt.Sprintf(`{"a":%d,"b":%d}`, at(i).UnixMilli()-int64(r.IntN(3_600_000)), at(i).UnixMilli())
		}, monitor.Timestamp{Field: "b"}, []string{"a"}, true},
		{"a file", func(i int) (int64, string) {
			return monitor.NoTime, fmt.Sprintf(`{"meta":{"ts":"%d"},"born":%q}`, at(i).UnixMicro(), born())
		}, monitor.Timestamp{Field: "meta.ts"}, []string{"born"}, true},
		{"days before months", func(i int) (int64, string) {
			return monitor.NoTime, fmt.Sprintf(`{"when":%q}`, at(i*40).Format("02.01.2006 15:04:05"))
		}, monitor.Timestamp{Field: "when", Layout: "02.01.2006 15:04:05"}, nil, true},
		{"months before days", func(i int) (int64, string) {
			return monitor.NoTime, fmt.Sprintf(`{"when":%q}`, at(i*40).Format("01/02/2006 15:04:05"))
		}, monitor.Timestamp{Field: "when", Layout: "01/02/2006 15:04:05"}, nil, true},
		{"the record's own", func(i int) (int64, string) { return logged(i), fmt.Sprintf(`{"born":%q,"i":%d}`, born(), i) }, monitor.Timestamp{}, []string{"born"}, true},
		{"too often absent", func(i int) (int64, string) {
			if i%10 == 0 {
				return logged(i), `{}`
			}
			return logged(i), fmt.Sprintf(`{"ts":%d}`, at(i).UnixMilli())
		}, monitor.Timestamp{}, []string{"ts"}, true},
		{"none", func(i int) (int64, string) { return monitor.NoTime, fmt.Sprintf(`{"i":%d}`, i) }, monitor.Timestamp{}, nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := monitor.TakeSample(t.Context(), logOf(1, n, test.record), nil)
			if err != nil {
				t.Fatal(err)
			}
			got, ok, err := s.FindTime(decode.JSON, "", 600_000)
			if err != nil || ok != test.ok {
				t.Fatalf("there is a time: %t, %v", ok, err)
			}
			if got.Timestamp != test.want || !slices.Equal(got.Others, test.others) {
				t.Errorf("%+v and others %v, want %+v and %v", got.Timestamp, got.Others, test.want, test.others)
			}
		})
	}
}

// The span leaves out a wrong clock, and disorder is how late records come.
func TestEventTimeSpan(t *testing.T) {
	begin := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	s, err := monitor.TakeSample(t.Context(), logOf(2, 6000, func(i int) (int64, string) {
		at := begin.Add(time.Duration(i) * 10 * time.Second)
		switch {
		case i == 77 || i == 78: // in both partitions
			return at.UnixMilli(), fmt.Sprintf(`{"ts":%d}`, i)
		case i%100 == 99:
			return at.UnixMilli(), fmt.Sprintf(`{"ts":%d}`, at.Add(-7*time.Minute).UnixMilli())
		}
		return at.UnixMilli(), fmt.Sprintf(`{"ts":%d}`, at.UnixMilli())
	}), nil)
	if err != nil {
		t.Fatal(err)
	}
	got, ok, err := s.FindTime(decode.JSON, "ts", 600_000)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if got.First != begin.UnixMilli() || got.Last != begin.Add(5998*10*time.Second).UnixMilli() {
		t.Errorf("the span is %v to %v", time.UnixMilli(got.First).UTC(), time.UnixMilli(got.Last).UTC())
	}
	if late := time.Duration(got.Disorder) * time.Millisecond; late < 6*time.Minute || late > 7*time.Minute {
		t.Errorf("records are late by %s, want nearly 7m", late)
	}
}
