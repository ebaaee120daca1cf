package rules

import "time"

// State is what an alert is in.
type State string

// The states, as in Prometheus: ok -> pending -> firing -> ok.
const (
	OK      State = "ok"
	Pending State = "pending"
	Firing  State = "firing"
)

// Why an alert ended other than by being clear.
const (
	ReasonNoData      = "no data"      // when became unknown and the rule's no_data is ok
	ReasonVanished    = "vanished"     // when was unknown for stale_after: not a recovery
	ReasonRuleChanged = "rule changed" // the rule is gone or asks something else now
	ReasonNotWatched  = "not watched"  // the rule no longer looks at this series
)

// verdict is what one window says about one series.
type verdict struct {
	breach, clear truth
	reason        string // of the end, if this verdict ends the alert
}

// decide applies no_data to a when that is unknown.
func decide(when, clear truth, noData string) verdict {
	v := verdict{breach: when, clear: clear}
	if when != unknown {
		return v
	}
	switch noData {
	case takeOK:
		v.breach, v.reason = no, ReasonNoData
		if clear == unknown {
			v.clear = yes
		}
	case takeFire:
		v.breach = yes
	}
	return v
}

// alert is the state of one series. Each time in it is set when something
// begins and zeroed when it ends, never refreshed in between: so a step that
// repeats the one before changes nothing until a deadline, and a run of equal
// windows can be skipped up to next.
type alert struct {
	state   State
	left    time.Time // end of the window in which it left ok
	since   time.Time // when the data began to be so
	began   time.Time // step at which it left ok; the clock of For
	clear   time.Time // step since which it is known to be clear; zero: it is not
	unknown time.Time // step since which when is unknown; zero: it is known
}

// step is the whole life of an alert. It returns the alert after a verdict at
// the given time; left and since are for the caller to fill in when it leaves
// ok, and reason is why it ended.
func (a alert) step(at time.Time, v verdict, r *Rule) (next alert, reason string) {
	if a.state == OK {
		if v.breach != yes {
			return a, ""
		}
		a = alert{state: Pending, began: at}
	}
	a.unknown = running(a.unknown, v.breach == unknown, at)
	a.clear = running(a.clear, v.breach != yes && v.clear == yes, at)
	switch {
	case a.state == Pending && v.breach == yes && passed(a.began, at, r.For):
		a.state = Firing
	case a.state == Pending && v.breach == no:
		return alert{state: OK}, v.reason
	case a.state == Firing && passed(a.clear, at, r.KeepFiringFor):
		return alert{state: OK}, v.reason
	case passed(a.unknown, at, r.StaleAfter):
		return alert{state: OK}, ReasonVanished
	}
	return a, ""
}

// next is when a repetition of the last verdict would change the state.
func (a alert) next(r *Rule) (time.Time, bool) {
	var deadline time.Time
	earliest := func(start time.Time, after Duration) {
		if end := start.Add(time.Duration(after)); !start.IsZero() && (deadline.IsZero() || end.Before(deadline)) {
			deadline = end
		}
	}
	earliest(a.unknown, r.StaleAfter)
	if a.state == Firing {
		earliest(a.clear, r.KeepFiringFor)
	}
	if a.state == Pending && a.unknown.IsZero() {
		earliest(a.began, r.For)
	}
	return deadline, !deadline.IsZero()
}

// running keeps the start of what goes on.
func running(start time.Time, on bool, at time.Time) time.Time {
	switch {
	case !on:
		return time.Time{}
	case start.IsZero():
		return at
	}
	return start
}

// passed says whether what started then has gone on for d.
func passed(start, at time.Time, d Duration) bool {
	return !start.IsZero() && at.Sub(start) >= time.Duration(d)
}
