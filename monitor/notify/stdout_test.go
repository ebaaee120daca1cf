package notify_test

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"driftwatch/monitor"
)

func TestStdout(t *testing.T) {
	end := drift()
	end.State, end.Previous, end.Reason, end.Time = "ok", "firing", "", at("10:40")
	gone := end
	gone.Reason, gone.Segment = "vanished", "country=DE"
	calm := end
	calm.Previous = "pending"
	said := drift()
	said.Summary = "`amount` moved\x1b[2J"
	want := `2026-11-23T10:15:00Z firing   page payments/feature-drift  amount: PSI 0.31 (noise to 0.02), KS 0.12
2026-11-23T10:40:00Z resolved page payments/feature-drift  amount is back: PSI 0.31 (noise to 0.02), KS 0.12
2026-11-23T10:40:00Z ended: vanished page payments/feature-drift  amount in country=DE: PSI 0.31 (noise to 0.02), KS 0.12
2026-11-23T10:40:00Z ok       page payments/feature-drift  amount: PSI 0.31 (noise to 0.02), KS 0.12
2026-11-23T10:15:00Z firing   page payments/feature-drift  amount moved [2J
2026-11-23T10:40:00Z resolved page payments/feature-drift  amount is back: PSI at least 0.00
`
	back := end
	back.Stats = map[string]monitor.Float{"psi_lo": -0.004}
	alerts := []monitor.Alert{drift(), end, gone, calm, said, back}
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		s.outbox.append([]string{"terminal"}, alerts...)
		run(t, s.notifier(t, terminal(false)), time.Second)
		if got := s.out.String(); got != want {
			t.Errorf("got:\n%s\nwant:\n%s", got, want)
		}
	})
	var objects bytes.Buffer
	for _, a := range alerts {
		object, err := a.Line()
		if err != nil {
			t.Fatal(err)
		}
		objects.Write(append(object, '\n'))
	}
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		s.outbox.append([]string{"terminal"}, alerts...)
		run(t, s.notifier(t, terminal(true)), time.Second)
		if got := s.out.String(); got != objects.String() {
			t.Errorf("got:\n%s\nwant:\n%s", got, objects.String())
		}
	})
}
