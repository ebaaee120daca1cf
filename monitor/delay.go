package monitor

import (
	"cmp"
	"time"

	"driftwatch/rules"
)

// Delays are how long it takes at most from the first bad record until a rule
// fires, as far as event time keeps pace with the clock and records are read as
// they come; the reading itself and a commit add about a second. A fault can
// begin anywhere in a pane, so what it needs of a window is reached up to one
// pane late; a window is judged when lateness has passed; and a for is up when a
// window ends, so that it takes a whole number of panes:
//
//	time it must fill + every + lateness + for, rounded up to panes
//
// A partition that no longer gets records, alone of them, holds the others for
// idle_timeout, and adds that.
type Delays struct {
	Pane    time.Duration // it fills one pane of the window: every + every + ...
	Window  time.Duration // it must fill the window: size + every + ...
	Stopped time.Duration // no record comes any more, and only the clock shows it: that and idle_timeout
}

// Delays are those of a rule. One with several windows waits for the longest, and
// one pane can be enough for that, too.
func (w Window) Delays(r rules.Rule) Delays {
	every := time.Duration(w.Every)
	held := (time.Duration(r.For) + every - 1) / every * every
	whole := cmp.Or(r.Longest(), time.Duration(w.Size)) + every + time.Duration(w.Lateness) + held
	return Delays{
		Pane:    2*every + time.Duration(w.Lateness) + held,
		Window:  whole,
		Stopped: whole + time.Duration(w.IdleTimeout),
	}
}
