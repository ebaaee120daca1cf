package notify

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"driftwatch/monitor"
)

// threadReply is a reply in the thread of an incident's message: what has
// happened, and in the first one the details that the message has no room for.
type threadReply struct {
	mention string
	sound   bool // people are called by it, while it fires
	events  []line
	detail  []line
}

// reply tells of all events after the one that was last told.
func reply(i monitor.Incident, told uint64) threadReply {
	r := threadReply{sound: sounds(i, told) && i.State == firing}
	if r.sound && told > 0 { // in the channel it stands alone
		r.events = append(r.events, headline(i))
	}
	if first := i.LastEvent() - uint64(len(i.Timeline)); first > told {
		r.events = append(r.events, line{say("… " + count(int(first-told), "event", "events") + " before that")})
	}
	for _, e := range i.Timeline {
		if e.Number > told {
			r.events = append(r.events, eventLine(e))
		}
	}
	if told == 0 {
		groups := byRule(i.Alerts)
		for _, g := range groups {
			r.detail = append(r.detail, asked(g.lead()))
		}
		r.detail = append(r.detail, details(i.Alerts, groups)...)
	}
	return r
}

// sounds says that people are to be called by one of the events after told.
func sounds(i monitor.Incident, told uint64) bool {
	return slices.ContainsFunc(i.Timeline, func(e monitor.Event) bool { return e.Sound && e.Number > told })
}

func (r threadReply) text() string {
	text := fit(r.events, maxText-len(r.mention)-1, line.mrkdwn)
	if r.mention != "" {
		text = r.mention + " " + text
	}
	return text
}

func (r threadReply) blocks() []slack.Block {
	blocks := []slack.Block{section(r.text())}
	if len(r.detail) > 0 {
		blocks = append(blocks, section(fit(r.detail, maxText, line.mrkdwn)))
	}
	return blocks
}

// summary is what a notification on a phone shows: of a sound the headline, and the
// last event.
func (r threadReply) summary() string {
	shown := r.events[len(r.events)-1:]
	if len(r.events) > 1 && r.sound {
		shown = []line{r.events[0], shown[0]}
	}
	return fit(shown, maxText, func(l line) string { return escape(unformatted(l.plain())) })
}

// happened are the kinds of events in words.
var happened = map[string]string{
	monitor.EventOpened:       "fires",
	monitor.EventReopened:     "fires again",
	monitor.EventFired:        "fires too",
	monitor.EventEnded:        "is over",
	monitor.EventResolved:     "is over, and nothing fires any more",
	monitor.EventWorse:        "it has become worse: now ",
	monitor.EventSpread:       "twice as many features are affected as when it was acknowledged",
	monitor.EventUnheld:       "fires, and is no longer held back",
	monitor.EventHeld:         "is held back",
	monitor.EventRepeated:     "it goes on, and nobody has acknowledged it",
	monitor.EventEscalated:    "nobody has acknowledged it, so more people are told",
	monitor.EventAcknowledged: "acknowledged",
	monitor.EventMarked:       "marker ",
}

// eventLine says when, what and by whom.
func eventLine(e monitor.Event) line {
	l := line{say(clock(e.Time.Time) + " ")}
	var names []line
	for _, a := range e.Alerts {
		names = append(names, eventAlert(a))
	}
	if len(names) > 0 {
		l = append(l, list(names)...)
		if hidden := e.Count - len(names); hidden > 0 && len(names) <= maxNames {
			l = append(l, say(" … and "+strconv.Itoa(hidden)+" more"))
		}
		l = append(l, say(" "))
	}
	l = append(l, say(happened[e.Kind]))
	switch {
	case e.Kind == monitor.EventWorse:
		l = append(l, shout(strings.ToUpper(e.Note)))
	case e.Kind == monitor.EventMarked:
		l = append(l, quote(e.Note))
	case e.Note != "" && e.Kind != monitor.EventSpread:
		l = append(l, say(" ("+clean(e.Note, longSummary)+")"))
	}
	if e.By != "" {
		l = append(l, say(" by "+clean(e.By, longName)))
	}
	return l
}

func eventAlert(a monitor.EventAlert) line {
	l := subject(monitor.Alert{Feature: a.Feature, Segment: a.Segment, Monitor: a.Rule})
	if a.Feature != "" {
		l = append(l, say(" by "), quote(a.Rule))
	}
	if a.Reason != "" {
		l = append(l, say(" ("+ending(a.Reason)+")"))
	}
	return l
}

// asked is what a rule asks and all the numbers that it names.
func asked(a monitor.Alert) line {
	l := line{say("rule "), quote(a.Rule), say(" asks "), {wide, a.When, ""}}
	var numbers []string
	for _, name := range slices.Sorted(maps.Keys(a.Stats)) {
		numbers = append(numbers, name+" "+number(float64(a.Stats[name])))
	}
	if len(numbers) > 0 {
		l = append(l, say(": "+strings.Join(numbers, ", ")))
	}
	return l
}
