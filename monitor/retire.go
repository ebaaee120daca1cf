package monitor

import (
	"fmt"

	"driftwatch/rules"
)

// Retire ends the alerts of a monitor that has a state and is no longer
// configured: nobody would ever end them. The state stays. Of d it needs the
// name in the configuration, the store, the receivers and the clock.
func Retire(d Deps) error {
	d = d.withDefaults()
	c, found, err := d.Store.Load()
	if err != nil {
		return fmt.Errorf("cannot read the state of the former monitor %q: %w", d.Config.Name, err)
	}
	if !found || len(c.Alerts) == 0 {
		return nil
	}
	s := &Stream{d: &d, progress: c.Progress, incident: &incidents{}, commit: Commit{Progress: c.Progress, Expire: NoTime}}
	s.incident.resume(c.Incidents, 0)
	for _, tr := range rules.End(restoredAt(c.Progress.Closed, c.Alerts), c.Alerts, rules.ReasonNotWatched) {
		s.decided(tr, nil)
	}
	d.Log.Warn("a monitor is no longer configured; its alerts end and its state stays", "monitor", d.Config.Name, "alerts", len(c.Alerts))
	if err := d.Store.Commit(&s.commit); err != nil {
		return fmt.Errorf("cannot end the alerts of the former monitor %q: %w", d.Config.Name, err)
	}
	return nil
}
