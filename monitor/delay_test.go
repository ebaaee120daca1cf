package monitor_test

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// A fault that begins anywhere in a pane is told of within the delay, and where
// it begins just after the pane has, hardly sooner.
func TestDelays(t *testing.T) {
	declared := []rules.Rule{
		{Name: "pane", Monitor: "m", Features: []string{"x"}, When: "missing_rate > 0.1999"},
		{Name: "window", Monitor: "m", Features: []string{"x"}, When: "missing_rate > 0.9999"},
		{Name: "held", Monitor: "m", Features: []string{"x"}, When: "missing_rate > 0.1999", For: dur("90s")},
		{Name: "no-rows", Monitor: "m", When: "rows == 0", For: dur("90s")},
	}
	for _, into := range []time.Duration{time.Second, 30 * time.Second, 59 * time.Second} {
		t.Run(into.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLive(t, 1)
				l.rules = declared
				stop := l.startWith(monitor.ReferenceConfig{Profile: "test.profile"}, l)
				l.flow(7*time.Minute+into, 0)
				fired := map[string]time.Duration{}
				wait := func(began time.Time, rules ...string) {
					for _, rule := range rules {
						if _, ok := l.find(rule, "firing"); ok && fired[rule] == 0 {
							fired[rule] = time.Since(began)
						}
					}
				}
				began := time.Now()
				for range 15 * 60 {
					for range 10 {
						l.put(0, map[string]any{"ts": time.Now().UnixMilli(), "x": nil, "kind": "a"})
					}
					time.Sleep(time.Second)
					wait(began, "pane", "window", "held")
				}
				stopped := time.Now().Add(-time.Second)
				for range 15 * 60 {
					time.Sleep(time.Second)
					wait(stopped, "no-rows")
				}
				w := config().Window
				for rule, most := range map[string]time.Duration{
					"pane": w.Delays(rules.Rule{}).Pane, "window": w.Delays(rules.Rule{}).Window, "held": w.Delays(rules.Rule{For: dur("90s")}).Pane, "no-rows": w.Delays(rules.Rule{For: dur("90s")}).Stopped,
				} {
					took := fired[rule]
					if took == 0 || took > most+2*time.Second {
						t.Errorf("%s fires after %v, at most %v is right", rule, took, most)
					}
					if into == time.Second && took < most-3*time.Second && rule != "no-rows" {
						t.Errorf("%s fires after %v, long before the worst case of %v", rule, took, most)
					}
				}
				if err := stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// put appends a record of now.
func (l *live) put(p int, fields map[string]any) {
	b, _ := json.Marshal(fields)
	l.src.mu.Lock()
	defer l.src.mu.Unlock()
	l.src.parts[p] = append(l.src.parts[p], monitor.Record{Offset: end(l.src.parts[p]), Time: time.Now().UnixMilli(), Value: b})
}
