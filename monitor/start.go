package monitor

import (
	"fmt"
	"time"

	"driftwatch/rules"
)

// StartKind says how a Start names the place where reading begins.
type StartKind uint8

// The kinds of a Start. Earliest, the zero value, is the default.
const (
	Earliest StartKind = iota // the first offset still in the log
	Latest                    // the last stable offset: only what comes from now on
	AtTime                    // the first offset whose log timestamp is at least Time
)

// Start is where a topic is read from when nothing is known about it yet.
type Start struct {
	Kind StartKind
	Time int64 // Unix ms, for AtTime
}

// ParseStart reads "earliest", "latest", an age such as "2d" (counted back
// from now) or an RFC 3339 time. "" is earliest.
func ParseStart(s string, now time.Time) (Start, error) {
	switch s {
	case "", "earliest":
		return Start{Kind: Earliest}, nil
	case "latest":
		return Start{Kind: Latest}, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return Start{Kind: AtTime, Time: t.UnixMilli()}, nil
	}
	var age rules.Duration
	if err := age.UnmarshalText([]byte(s)); err != nil {
		return Start{}, fmt.Errorf("%q is no place to start from: give earliest, latest, an age such as 2d, or a time such as 2026-10-01T00:00:00Z", s)
	}
	return Start{Kind: AtTime, Time: now.Add(-time.Duration(age)).UnixMilli()}, nil
}
