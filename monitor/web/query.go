package web

import (
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"driftwatch/monitor"
)

// known refuses parameters that an endpoint does not have, which would else be
// ignored, and those given twice.
func known(p url.Values, names ...string) error {
	for name, values := range p {
		if !slices.Contains(names, name) {
			return badRequest("the parameter %q does not exist here; there is %s", name, options(names))
		}
		if len(values) > 1 {
			return badRequest("the parameter %q is given %d times; give it once", name, len(values))
		}
	}
	return nil
}

func options(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func allParameter(p url.Values) (bool, error) {
	if err := known(p, "all"); err != nil {
		return false, err
	}
	if !p.Has("all") {
		return false, nil
	}
	all, err := strconv.ParseBool(p.Get("all"))
	if err != nil {
		return false, badRequest("all=%s is neither 1 nor 0", p.Get("all"))
	}
	return all, nil
}

// query reads the parameters of history and panes. Without from or to that side
// is open.
func (h *handlers) query(p url.Values) (monitor.Query, error) {
	q := monitor.Query{Segment: p.Get("segment"), Feature: p.Get("feature")}
	var err error
	if q.Monitor, err = h.monitor(p.Get("monitor")); err != nil {
		return q, err
	}
	if q.From, err = timeParameter(p, "from", math.MinInt64); err != nil {
		return q, err
	}
	if q.To, err = timeParameter(p, "to", math.MaxInt64); err != nil {
		return q, err
	}
	if q.From > q.To {
		return q, badRequest("from=%s is after to=%s", p.Get("from"), p.Get("to"))
	}
	return q, nil
}

// monitor is the one that is named, or the only one there is.
func (h *handlers) monitor(name string) (string, error) {
	names := h.api.Names()
	switch {
	case slices.Contains(names, name):
		return name, nil
	case name != "":
		return "", notFound("there is no monitor %q; there is %s", name, options(names))
	case len(names) == 1:
		return names[0], nil
	case len(names) == 0:
		return "", notFound("there are no monitors")
	}
	return "", badRequest("the parameter monitor is missing; there is %s", options(names))
}

// timeParameter reads RFC 3339 or Unix seconds as Unix ms.
func timeParameter(p url.Values, name string, without int64) (int64, error) {
	if !p.Has(name) {
		return without, nil
	}
	written := p.Get(name)
	if seconds, err := strconv.ParseFloat(written, 64); err == nil && math.Abs(seconds) < 1e12 {
		return int64(math.Floor(seconds * 1000)), nil
	}
	// A + that is not percent-encoded arrives as a space, and RFC 3339 has none.
	t, err := time.Parse(time.RFC3339, strings.ReplaceAll(written, " ", "+"))
	if err != nil {
		return 0, badRequest("%s=%s is not a time; write RFC 3339, such as 2026-11-23T10:00:00Z, or Unix seconds", name, written)
	}
	return t.UnixMilli(), nil
}
