package notify

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// States of alerts and incidents, as monitor writes them.
const (
	firing   = "firing"
	resolved = "resolved"
	okState  = "ok"
)

// mix is the kind of a segment whose share of the rows moved.
const mix = "mix"

const (
	maxLines = 8 // what is read before any detail
	maxNames = 3 // named in a line before the rest is counted
)

// message is what an incident is told as: the lines that must be enough, and
// the details below them.
type message struct{ lines, detail []line }

// Render gives an incident's message as plain text: the lines of its Slack
// message, for a terminal. It ends in a newline.
func Render(incident monitor.Incident) string {
	m := compose(incident)
	text := fit(m.lines, maxText, line.plain) + "\n"
	if len(m.detail) > 0 {
		text += fit(m.detail, maxText, line.plain) + "\n"
	}
	return text
}

// compose is a function of the incident alone.
func compose(i monitor.Incident) message {
	told, held := apart(i.Alerts)
	groups := byRule(told)
	rest := []line{period(i, groups)}
	if len(groups) > 0 {
		lead := groups[0].lead()
		for _, l := range []line{likelyLine(groups), comparedLine(i, lead), markerLine(i), firstStep(lead)} {
			if l != nil {
				rest = append(rest, l)
			}
		}
	}
	// What moved needs a line, and another one for the other rules; what is held back
	// is in the details, too.
	if room := maxLines - 1 - len(rest); len(held) > 0 && room > min(2, len(groups)) {
		rest = append(rest[:1:1], append([]line{heldLine(held)}, rest[1:]...)...)
	}
	m := message{lines: append([]line{headline(i)}, moved(groups, maxLines-1-len(rest), i.Features)...)}
	m.lines = append(m.lines, rest...)
	m.detail = details(i.Alerts, groups)
	return m
}

// apart tells the alerts that are held back from the others. Where all are, they
// are what there is to tell.
func apart(alerts []monitor.Alert) (told, held []monitor.Alert) {
	for _, a := range alerts {
		if a.Held == "" {
			told = append(told, a)
		} else {
			held = append(held, a)
		}
	}
	if !slices.ContainsFunc(told, func(a monitor.Alert) bool { return a.State == firing }) && len(held) > 0 {
		return alerts, held
	}
	return told, held
}

// heldLine says how many alerts are held back, and why.
func heldLine(held []monitor.Alert) line {
	var whys []string
	for _, a := range held {
		if !slices.Contains(whys, a.Held) {
			whys = append(whys, a.Held)
		}
	}
	l := line{say(count(len(held), "alert", "alerts") + " held back: " + clean(whys[0], longSummary))}
	if len(whys) > 1 {
		l = append(l, say(", and for "+count(len(whys)-1, "other reason", "other reasons")))
	}
	return l
}

// headline is how bad it is, where, and whose: the one line a phone shows.
func headline(i monitor.Incident) line {
	mark := map[string]string{"page": "🔴", "warn": "🟠"}[i.Severity]
	state := firing
	if i.State == resolved {
		state = ended(i.Alerts)
		// Green is a recovery and nothing else.
		mark = "⚪"
		if state == resolved {
			mark = "🟢"
		}
	}
	l := line{say(cmp.Or(mark, "🔵") + " "), shout(strings.ToUpper(i.Severity)), say(" "), quote(i.Monitor), say(" "), shout(state)}
	for _, label := range []struct{ key, text string }{{"owner", "owner"}, {"used_by", "used by"}} {
		if value := i.Labels[label.key]; value != "" {
			l = append(l, say(" · "+label.text+" "+clean(value, longName)))
		}
	}
	if i.Acknowledged != nil {
		l = append(l, say(" · acknowledged by "+clean(i.Acknowledged.By, longName)))
	}
	return l
}

// ended says how an incident ended: resolved, or what ended its alerts without
// a recovery.
func ended(alerts []monitor.Alert) string {
	var reasons []string
	recovered := slices.ContainsFunc(alerts, func(a monitor.Alert) bool { return a.Reason == "" })
	for _, a := range alerts {
		if recovered && (a.Reason == rules.ReasonRuleChanged || a.Reason == rules.ReasonNotWatched) {
			continue // a reload in between is not how it ended
		}
		if a.Reason != "" && !slices.Contains(reasons, a.Reason) {
			reasons = append(reasons, a.Reason)
		}
	}
	return ending(strings.Join(reasons, ", "))
}

func ending(reason string) string {
	if reason == "" {
		return resolved
	}
	return "ended: " + reason
}

// period says since when, until when, and by which rule where it is only one.
func period(i monitor.Incident, groups []group) line {
	since := i.Started.Time
	for _, a := range i.Alerts {
		if a.Since.Before(since) {
			since = a.Since.Time
		}
	}
	text := "Since " + day(since) + " " + clock(since) + " UTC, alert at " + clock(i.Started.Time)
	if len(groups) > 0 && groups[0].lead().Since.After(since) {
		lead := groups[0].lead()
		text = "Since " + day(lead.Since.Time) + " " + clock(lead.Since.Time) + " UTC, alert at " + clock(lead.Time.Time) + "; the incident since " + clock(since)
	}
	if i.Ended != nil {
		end := clock(i.Ended.Time)
		if day(i.Ended.Time) != day(since) {
			end = day(i.Ended.Time) + " " + end
		}
		text = "From " + day(since) + " " + clock(since) + " to " + end + " UTC, " + lasted(i.Ended.Sub(since))
	}
	if i.FoundLate {
		text += ", found late while catching up"
	}
	if i.Ended == nil {
		text += trendWords(groups)
	}
	l := line{say(text)}
	if len(groups) == 1 {
		l = append(l, say(" · rule "), quote(groups[0].rule))
	}
	return l
}

// segmentLine says in which segments more of it is than of the rows. Where it
// is spread as the rows are, no segment is to blame and none is named.
func segmentLine(a monitor.Alert) line {
	blamed := slices.DeleteFunc(slices.Clone(a.Segments), spread)
	slices.SortStableFunc(blamed, func(a, b monitor.AlertSegment) int { return cmp.Compare(excess(b), excess(a)) })
	if len(blamed) == 0 {
		return nil
	}
	s := blamed[0]
	l := line{say(rules.Percent(float64(s.Share)) + " of it in "), quote(s.Segment)}
	switch {
	case s.Kind == mix:
		l = append(l, say(", whose share of the rows moved"))
	case s.Rows > 0:
		l = append(l, say(" with "+rules.Percent(float64(s.Rows))+" of the rows, whose own values moved"))
	default:
		l = append(l, say(", whose own values moved"))
	}
	if len(blamed) > 1 {
		next := blamed[1]
		l = append(l, say("; next "), quote(next.Segment), say(" with "+rules.Percent(float64(next.Share))+" of it"))
	}
	return l
}

// excess is how much more of it than of the rows a segment has; where its share
// of the rows is what moved, all of it.
func excess(s monitor.AlertSegment) float64 {
	if s.Kind == mix {
		return float64(s.Share)
	}
	return float64(s.Share - s.Rows)
}

// spread says that a segment has about as much of it as of the rows: neither
// twice as much nor a tenth of all more.
func spread(s monitor.AlertSegment) bool {
	return s.Kind != mix && excess(s) < min(float64(s.Rows), 0.1)
}

// comparedLine says what was compared with what: the reference and its age, and
// the rows of the window, which is the one in which the alert fired or one that was
// worse; with what is usual, and what is still to be read.
func comparedLine(i monitor.Incident, a monitor.Alert) line {
	var l line
	if a.Reference.Name != "" {
		l = line{say("Compared with "), quote(a.Reference.Name)}
		if days := a.Reference.AgeDays; days > 0 {
			l = append(l, say(", "+count(days, "day", "days")+" old"))
		}
	}
	if a.Window.End.After(a.Window.Start.Time) {
		which := "in the window"
		switch {
		case a.State == okState:
			which = "in the worst window,"
		case a.Window.End.After(a.Time.Time):
			which = "in the worst window so far,"
		}
		text := grouped(a.Window.Rows) + " rows " + which + " " + clock(a.Window.Start.Time) + "–" + clock(a.Window.End.Time)
		if a.Story != nil && a.Story.Usual > 0 {
			text += ", usual " + grouped(about(float64(a.Story.Usual)))
		}
		l = joined(l, say(text))
	}
	if i.Lag > 0 && i.Ended == nil {
		l = joined(l, say("lag "+count64(i.Lag, "record", "records")))
	}
	return l
}

// joined adds to a line what is another matter.
func joined(l line, s span) line {
	if l == nil {
		return line{s}
	}
	return append(l, say(" · "), s)
}

// about rounds to 2 significant digits what is only known about.
func about(x float64) uint64 {
	unit := math.Pow(10, max(0, math.Floor(math.Log10(x))-1))
	return uint64(math.Round(x/unit) * unit)
}

func count64(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(uint64(n)) + " " + many
}

// markerLine names what was changed last before it began.
func markerLine(i monitor.Incident) line {
	if len(i.Markers) == 0 {
		return nil
	}
	m := i.Markers[len(i.Markers)-1]
	ago := i.Started.Sub(m.Time.Time).Round(time.Minute)
	when := "just after"
	if ago > 0 {
		when = rules.Duration(ago).String() + " after"
	}
	l := line{say("It began " + when + " the marker "), quote(m.Text), say(" of " + clock(m.Time.Time))}
	if m.Author != "" {
		l = append(l, say(" by "+clean(m.Author, longName)))
	}
	return l
}

// firstStep is what to open first: the runbook, and records to look at.
func firstStep(lead monitor.Alert) line {
	var l line
	if runbook := lead.Runbook; runbook != "" {
		l = line{say("First: "), {link, "runbook", runbook}}
		if !isHTTP(runbook) {
			l = line{say("First: runbook "), quote(runbook)}
		}
	}
	if len(lead.Examples) == 0 {
		return l
	}
	if l == nil {
		l = line{say("First: look at ")}
	} else {
		l = append(l, say("; look at "))
	}
	for n, e := range lead.Examples[:min(len(lead.Examples), maxNames)] {
		if n > 0 {
			l = append(l, say(", "))
		}
		l = append(l, quote(e.Topic+"/"+strconv.Itoa(int(e.Partition))+" @ "+strconv.FormatInt(e.Offset, 10)))
	}
	return l
}

// details are what the lines had no room for: the bins of the alert that is
// told about, and every alert where there are several.
func details(alerts []monitor.Alert, groups []group) (all []line) {
	if len(groups) > 0 {
		lead := groups[0].lead()
		for _, b := range lead.Bins {
			change := " " + rules.Percent(float64(b.Reference)) + " → " + rules.Percent(float64(b.Current))
			all = append(all, append(subject(lead), say(": "), binName(b.Bin), say(change)))
		}
	}
	if len(alerts) > 1 {
		for _, a := range alerts {
			all = append(all, detail(a))
		}
	}
	return all
}

func detail(a monitor.Alert) line {
	state := a.State + " since " + clock(a.Since.Time)
	if a.State == okState {
		state = ending(a.Reason) + " at " + clock(a.Time.Time) + ", was firing since " + clock(a.Since.Time)
	}
	if a.Held != "" {
		state += ", held back (" + clean(a.Held, longSummary) + ")"
	}
	l := line{say("• " + clean(a.Rule, longName) + " " + state + ": ")}
	return append(l, words(a)...)
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

// clock leaves out seconds that are zero: windows shorter than a minute are for
// trying things out.
func clock(t time.Time) string {
	t = t.UTC()
	if t.Second() == 0 && t.Nanosecond() == 0 {
		return t.Format("15:04")
	}
	return t.Format("15:04:05")
}

func lasted(d time.Duration) string { return rules.Duration(d.Round(time.Second)).String() }
