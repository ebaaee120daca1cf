package monitor

import (
	"strings"
	"testing"
	"time"
)

func TestParseStart(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		in   string
		want Start
	}{
		{"", Start{Kind: Earliest}},
		{"earliest", Start{Kind: Earliest}},
		{"latest", Start{Kind: Latest}},
		{"2d", Start{Kind: AtTime, Time: now.Add(-48 * time.Hour).UnixMilli()}},
		{"1h30m", Start{Kind: AtTime, Time: now.Add(-90 * time.Minute).UnixMilli()}},
		{"2026-10-01T02:00:00+02:00", Start{Kind: AtTime, Time: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC).UnixMilli()}},
	} {
		got, err := ParseStart(c.in, now)
		if err != nil || got != c.want {
			t.Errorf("ParseStart(%q) = %+v, %v; want %+v", c.in, got, err, c.want)
		}
	}
	for _, in := range []string{"newest", "-2d", "2026-10-01", "2 d ago", "yesterday"} {
		if got, err := ParseStart(in, now); err == nil || !strings.Contains(err.Error(), "no place to start from") {
			t.Errorf("ParseStart(%q) = %+v, %v; want a sentence", in, got, err)
		}
	}
}
