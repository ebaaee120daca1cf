package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"driftwatch/monitor"
)

// The longest pause is that of the sorted times, to a tick.
func TestInitPauses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		span := rapid.Int64Range(1000, 200*24*3600*1000).Draw(t, "span")
		times := rapid.SliceOfN(rapid.Int64Range(0, span-1), 1, 50).Draw(t, "times")
		p := newPauses(5000, 5000+span)
		for _, at := range times {
			p.take(5000 + at)
		}
		for _, outside := range []int64{monitor.NoTime, 0, 5000 + span + p.tick} {
			p.take(outside)
		}
		slices.Sort(times)
		want := int64(0)
		for i := 1; i < len(times); i++ {
			want = max(want, times[i]-times[i-1])
		}
		if got := p.longest().Milliseconds(); got < want-p.tick || got > want+p.tick {
			t.Fatalf("%d ms, want %d to a tick of %d", got, want, p.tick)
		}
	})
}

// The age of the newest record that is told is three times what was usual.
func TestInitStale(t *testing.T) {
	for _, test := range []struct {
		pause time.Duration
		want  string
	}{
		{0, "\n    when: freshness > 600\n    severity: page\n"},
		{90 * time.Minute, "\n    when: freshness > 21600\n    severity: page\n"},
		{10 * time.Hour, "\n  # stale: not made: in the reference the newest record was up to 10h"},
	} {
		dir := t.TempDir()
		begin := initBegin.Add(26 * time.Hour)
		lines, _ := stream(5, sensorsEvent, initBegin, 4*24*time.Hour, 400, func(at time.Time, _ map[string]any) int {
			if !at.Before(begin) && at.Before(begin.Add(test.pause)) {
				return 0
			}
			return 1
		})
		write(t, filepath.Join(dir, "sensors.jsonl"), fileOf(lines))
		if code, stdout, stderr := run("init", "--input", filepath.Join(dir, "sensors.jsonl"), "-o", dir); code != exitDone || strings.Contains(stdout, "stale") {
			t.Fatalf("init exits with %d, or tells of a rule that has no say:\n%s%s", code, stdout, stderr)
		}
		config := filepath.Join(dir, "driftwatch.yaml")
		if content := configIn(t, dir); !strings.Contains(content, test.want) {
			t.Errorf("a pause of %s: %q is not in\n%s", test.pause, test.want, content)
		}
		if code, stdout, stderr := run("check", "--config", config); code != exitDone || warned(stdout) {
			t.Errorf("check exits with %d:\n%s%s", code, stdout, stderr)
		}
	}
}
