package monitor_test

import (
	"testing"
	"testing/synctest"
	"time"

	"driftwatch/monitor"
)

// The alerts of a monitor that is gone end, and so does its incident.
func TestRetire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(t, 1)
		stop := l.startWith(monitor.ReferenceConfig{Profile: "test.profile"}, l)
		l.flow(8*time.Minute, 0)
		for range 8 * 60 {
			for range 10 {
				l.src.write(0, 0, 500, "b")
			}
			time.Sleep(time.Second)
		}
		_ = stop()
		if _, ok := l.find("all", "firing"); !ok {
			t.Fatalf("nothing fires:\n%s", l.told())
		}
		c := monitor.Default()
		c.Name = "m"
		for range 2 { // the second time there is nothing left to do
			if err := monitor.Retire(monitor.Deps{Config: c, Store: l, Now: time.Now}); err != nil {
				t.Fatal(err)
			}
		}
		ended := 0
		for _, a := range l.alerts {
			if a.State == "ok" && a.Reason == "not watched" {
				ended++
			}
		}
		if ended != 2 { // x and kind
			t.Errorf("%d alerts ended:\n%s", ended, l.told())
		}
		cp, _, err := l.Load()
		if err != nil || len(cp.Alerts) > 0 {
			t.Errorf("the state still has the alerts %+v, %v", cp.Alerts, err)
		}
		for _, i := range cp.Incidents {
			if i.State != "resolved" {
				t.Errorf("the incident %s is %s", i.ID, i.State)
			}
		}
		l.balance()
	})
}
