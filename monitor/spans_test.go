package monitor_test

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// A delta is the difference of what history says of the two windows, also after
// a restart and where retention is shorter than the time looked back.
func TestDeltaIsTheDifferenceInHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		l.retention = time.Minute
		none := 0
		l.rules = []rules.Rule{
			{Name: "null", Monitor: "m", Features: []string{"x"}, When: "delta(missing_rate, 20m) > 0.3", MinSamples: &none},
			{Name: "fewer", Monitor: "m", When: "delta(rows, 10m) < -1000"},
		}
		c := config()
		c.Reference = monitor.ReferenceConfig{Profile: "test.profile"}
		stop := l.startConfig(c, l)
		l.flow(30*time.Minute, 0)
		for i := range 8 * 60 { // half of the values are missing, of half as many records
			for j := range 5 {
				if (i+j)%2 == 0 {
					l.raw(time.Now(), map[string]any{"ts": time.Now().UnixMilli(), "x": nil, "kind": "a"})
				} else {
					l.src.write(0, 0, float64(i%100), "b")
				}
			}
			time.Sleep(time.Second)
			if i == 60 {
				_ = stop()
				stop = l.startConfig(c, l)
			}
		}
		byEnd := map[time.Time]monitor.HistoryView{}
		for _, v := range l.history("x") {
			byEnd[v.End.Time] = v
		}
		for rule, of := range map[string]struct {
			stat, name string
			lag        time.Duration
		}{"null": {"missing_rate", "delta(missing_rate, 20m)", 20 * time.Minute}, "fewer": {"rows", "delta(rows, 10m)", 10 * time.Minute}} {
			a, ok := l.find(rule, "firing")
			if !ok {
				t.Errorf("%s did not fire:\n%s", rule, l.told())
				continue
			}
			now, then := byEnd[a.Time.Time], byEnd[a.Time.Add(-of.lag)]
			want := float64(now.Stats[of.stat] - then.Stats[of.stat])
			if got := float64(a.Stats[of.name]); math.Abs(got-want) > 1e-12 || then.Rows == 0 {
				t.Errorf("%s is %v, and history says %v", of.name, got, want)
			}
		}
		_ = stop()
		l.balance()
	})
}

func TestDeltaNeedsWholePanes(t *testing.T) {
	d := deps(t, config(), nil, rules.Rule{Name: "r", Monitor: "m", When: "delta(rows, 90s) > 1"})
	d.Config.Reference = monitor.ReferenceConfig{Profile: "test.profile"}
	d.Profile = reference(t)
	if _, err := monitor.New(d); err == nil {
		t.Error("no window ended 90 s before another")
	}
}
