package notify

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// group is the alerts of one rule, which a message sums up in one line.
type group struct {
	rule   string
	alerts []monitor.Alert // firing ones first, overall before segments, then by what moved most
}

func (g group) lead() monitor.Alert { return g.alerts[0] }

// byRule groups the alerts, causes before what they may have caused.
func byRule(alerts []monitor.Alert) []group {
	var groups []group
	for _, a := range alerts {
		at := slices.IndexFunc(groups, func(g group) bool { return g.rule == a.Rule })
		if at < 0 {
			at = len(groups)
			groups = append(groups, group{rule: a.Rule})
		}
		groups[at].alerts = append(groups[at].alerts, a)
	}
	for _, g := range groups {
		slices.SortStableFunc(g.alerts, func(a, b monitor.Alert) int {
			return cmp.Or(cmp.Compare(over(a), over(b)), cmp.Compare(depth(a), depth(b)), cmp.Compare(size(b), size(a)))
		})
	}
	slices.SortStableFunc(groups, func(a, b group) int {
		return cmp.Or(cmp.Compare(over(a.lead()), over(b.lead())), cmp.Compare(monitor.CauseOf(a.lead()), monitor.CauseOf(b.lead())))
	})
	return groups
}

func over(a monitor.Alert) int {
	if a.State == firing {
		return 0
	}
	return 1
}

// depth is 0 for what is about all rows: what moved there moved in most of its
// segments too, and the largest of those is mere chance.
func depth(a monitor.Alert) int {
	if a.Segment == "" {
		return 0
	}
	return 1
}

// size compares the alerts of one rule; NaN, which sorts last, where there is
// no PSI.
func size(a monitor.Alert) float64 {
	for _, name := range []string{"psi", "psi_lo"} {
		if x, ok := a.Stats[name]; ok {
			return float64(x)
		}
	}
	return math.NaN()
}

// moved says what moved in at most room lines, one for a rule.
func moved(groups []group, room int) []line {
	var lines []line
	for n, g := range groups {
		if left := len(groups) - n; n == room-1 && left > 1 {
			l := line{say("and by " + count(left, "more rule", "more rules") + ": ")}
			var names []line
			for _, rest := range groups[n:] {
				name := line{quote(rest.rule)}
				if n := len(rest.alerts); n > 1 {
					name = append(name, say(" ×"+strconv.Itoa(n)))
				}
				names = append(names, name)
			}
			return append(lines, append(l, list(names)...))
		}
		lines = append(lines, g.line())
	}
	return lines
}

// line sums up what a rule found: the largest in words, the others by name.
func (g group) line() line {
	lead := g.lead()
	l := slices.Concat(words(lead), largestBin(lead))
	if len(g.alerts) == 1 {
		return l
	}
	first, more := g.byFeature()
	head := strconv.Itoa(len(g.alerts)) + " features"
	if len(more) > 0 || lead.Segment != "" || lead.Feature == "" {
		head = strconv.Itoa(len(g.alerts)) + " series"
	}
	if len(more) > 0 && len(first) > 1 {
		head += " of " + strconv.Itoa(len(first)) + " features"
	}
	if n := len(g.alerts) - g.firing(); n > 0 && n < len(g.alerts) {
		head += ", " + strconv.Itoa(n) + " of them over"
	}
	var others []line
	for _, a := range append(first[1:], more...) {
		others = append(others, subject(a))
	}
	return slices.Concat(line{say(head + ": ")}, l, line{say("; also ")}, list(others))
}

// byFeature gives one alert of each feature, the lead's first, and the others,
// which are of its segments: a message that has room for a few names must not
// spend them on one feature.
func (g group) byFeature() (first, more []monitor.Alert) {
	seen := map[string]bool{}
	for _, a := range g.alerts {
		if seen[a.Feature] {
			more = append(more, a)
			continue
		}
		seen[a.Feature] = true
		first = append(first, a)
	}
	return first, more
}

func (g group) firing() (n int) {
	for _, a := range g.alerts {
		n += 1 - over(a)
	}
	return n
}

// list names the first few and counts the rest.
func list(items []line) (l line) {
	for n, item := range items {
		if n == maxNames {
			return append(l, say(" … and "+strconv.Itoa(len(items)-n)+" more"))
		}
		if n > 0 {
			l = append(l, say(", "))
		}
		l = append(l, item...)
	}
	return l
}

// words says what an alert is about: its rule's summary. One that repeats the
// condition is what rules says where no summary is declared; the statistics in
// words are better. What it is confined to is said in any case.
func words(a monitor.Alert) line {
	l := said(a, ": ", "")
	for _, p := range a.Only {
		if text := "only " + p.Words(); !strings.Contains(a.Summary, text) || strings.Contains(a.Summary, a.When) {
			l = append(l, say(", only "), quote(p.Words()))
		}
	}
	return l
}

// backWords are those of the transition in which an alert recovers, with the
// numbers of that moment.
func backWords(a monitor.Alert) line { return said(a, " is back: ", "no longer ") }

func said(a monitor.Alert, verb, before string) line {
	if a.Summary != "" && (a.When == "" || !strings.Contains(a.Summary, a.When)) {
		return sentence(a.Summary)
	}
	if measured := measures(a.Stats); len(measured) > 0 {
		return append(subject(a), say(verb+strings.Join(measured, ", ")))
	}
	return append(subject(a), say(verb+before), quote(a.When))
}

// subject names a series.
func subject(a monitor.Alert) line {
	l := line{quote(cmp.Or(a.Feature, a.Monitor))}
	if a.Segment != "" {
		l = append(l, say(" in "), quote(a.Segment))
	}
	return l
}

// largestBin says where most of it moved.
func largestBin(a monitor.Alert) line {
	if len(a.Bins) == 0 {
		return nil
	}
	b := slices.MaxFunc(a.Bins, func(a, b monitor.AlertBin) int { return cmp.Compare(float64(a.PSI), float64(b.PSI)) })
	return line{say(", "), binName(b.Bin), say(" went from " + rules.Percent(float64(b.Reference)) + " to " + rules.Percent(float64(b.Current)))}
}

var interval = regexp.MustCompile(`^[(\[]([-+.\de]+), ([-+.\de]+)[)\]]$`)

// binName writes an interval as people do: 12.1–14.9 for (12.1, 14.9]. The bin
// without a value holds what is of a wrong type or invalid, too, so that its
// share is larger than the missing rate beside it.
func binName(label string) span {
	m := interval.FindStringSubmatch(label)
	switch {
	case label == "(missing)":
		return say("no value (missing or not valid)")
	case m == nil:
		return quote(label)
	case strings.HasPrefix(m[1], "-") || strings.HasPrefix(m[2], "-"):
		return quote(m[1] + " to " + m[2])
	}
	return quote(m[1] + "–" + m[2])
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
