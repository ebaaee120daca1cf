package main

import (
	"fmt"
	"strings"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// draft is the monitor that init writes, with a reason for each choice.
type draft struct {
	topic   string
	brokers []string // nil: the records came from a file
	input   string

	time            monitor.EventTime
	timeNote        string
	from, split, to int64 // event time: reference from from to split, held out from there to to
	retained        int64
	perSecond       float64 // records
	window          monitor.Window
	windowNotes     map[string]string // by key

	key, keyNote         string
	segment, segmentNote string
	features             []draftFeature
	leftOut              []monitor.SurveyedField // with their reasons
}

// draftFeature is one watched field.
type draftFeature struct {
	monitor.SurveyedField
	keys []string // beyond name and kind, such as "min: 0"
	note string
	hint string // what its user may want to change; "" is nothing
}

// windowSize is a length of windows and how often they close.
type windowSize struct{ size, every time.Duration }

// windowSizes are those to choose from, the shortest first.
var windowSizes = []windowSize{
	{5 * time.Second, time.Second},
	{15 * time.Second, 3 * time.Second},
	{time.Minute, 10 * time.Second},
	{5 * time.Minute, time.Minute},
	{15 * time.Minute, 3 * time.Minute},
	{time.Hour, 10 * time.Minute},
	{6 * time.Hour, time.Hour},
	{24 * time.Hour, 4 * time.Hour},
}

const (
	rowsInWindow = 3000 // a PSI of 0.1 is then ten times its noise
	leastWindows = 12   // in the reference: below, its own windows hardly say what is usual
	fewWindows   = 4    // where shorter ones would have too few rows to say anything
	mostWindows  = 2500 // that do not overlap: more say nothing more, and cost time
)

func newDraft(f initFlags, s *monitor.Sample, t monitor.EventTime, last time.Duration) *draft {
	d := &draft{topic: f.topic, brokers: f.brokers, input: f.input, time: t, retained: s.Retained(), windowNotes: map[string]string{}}
	d.from, d.to = t.First, t.Last+1
	span := d.to - d.from
	held := min(last.Milliseconds(), span/3)
	d.perSecond = float64(d.retained) / float64(max(1, span)) * 1000
	w := d.chooseSize(time.Duration(span-held) * time.Millisecond)
	d.from = floorTo(d.from, w.every.Milliseconds())
	d.split = floorTo(d.to-held+w.every.Milliseconds()-1, w.every.Milliseconds())
	d.window = monitor.Default().Window
	d.window.Size, d.window.Every = rules.Duration(w.size), rules.Duration(w.every)
	d.windowNotes["size"] = fmt.Sprintf("about %s rows: enough to tell drift from noise", roughly(d.rowsIn(w.size)))
	if d.minSamples() < usualMinSamples {
		d.windowNotes["size"] = fmt.Sprintf("about %s rows: few, so that only a large drift is told from noise", roughly(d.rowsIn(w.size)))
	}
	d.windowNotes["every"] = "how often a window is judged"
	d.patience(len(s.Topology.Partitions))
	d.timeNote = t.Why
	if f.timestamp != "" {
		d.timeNote = "as --timestamp says"
	}
	if len(t.Others) > 0 {
		others := make([]string, len(t.Others))
		for i, name := range t.Others {
			others[i] = printable(name)
		}
		d.timeNote += "; also times: " + strings.Join(others, ", ")
	}
	return d
}

// chooseSize takes the shortest windows that have rows enough and are not too
// many, of those that the reference has enough of.
func (d *draft) chooseSize(reference time.Duration) windowSize {
	best := windowSizes[0]
	for _, w := range windowSizes {
		few := d.rowsIn(best.size) < 2*usualMinSamples
		if leastWindows*w.size > reference && (!few || fewWindows*w.size > reference) {
			break
		}
		best = w
		if d.rowsIn(w.size) >= rowsInWindow && reference <= mostWindows*w.size {
			break
		}
	}
	return best
}

// reference is how long the time before the part that is held out is.
func (d *draft) reference() time.Duration { return time.Duration(d.split-d.from) * time.Millisecond }

// almostWeek is a week less the day that is held out of it, and what a retention
// of seven days may have cut off.
const almostWeek = 6*24*time.Hour - 6*time.Hour

// rowsIn is how many rows a time has in the mean.
func (d *draft) rowsIn(t time.Duration) float64 { return d.perSecond * t.Seconds() }

// minSamples is from how many rows on distributions are compared. Where windows
// have few it is less than usual: psi_lo allows for its noise by itself, and only
// sees less.
func (d *draft) minSamples() int {
	if d.rowsIn(time.Duration(d.window.Size)) < 2*usualMinSamples {
		return 100
	}
	return usualMinSamples
}

// ratesFrom is how many rows a window must have to say something of a rate.
func (d *draft) ratesFrom() int { return 2 * d.minSamples() / 5 }

// floor is the least limit of a rate: where windows have few rows, so much that it
// takes ten bad ones of a mean window.
func (d *draft) floor(usual float64) float64 {
	return upwards(max(usual, 10/d.rowsIn(time.Duration(d.window.Size))))
}

// groupWindow is longer than what the rule on drift waits for: what a fault causes
// belongs to its message.
func (d *draft) groupWindow() rules.Duration {
	return max(rules.Duration(10*time.Minute), d.window.Size+2*d.window.Every)
}

// usualMinSamples is the default of min_samples.
const usualMinSamples = 500

// patience sets how long a window waits for late records, by how late they are,
// and how long for a silent partition, by how often it has records.
func (d *draft) patience(partitions int) {
	d.windowNotes["lateness"] = "how long a window waits for records that come late; all but 1 in 1,000 came within " + rules.Duration(time.Duration(max(d.time.Disorder, 1))*time.Millisecond).String()
	late := time.Duration(d.time.Disorder) * time.Millisecond
	d.window.Lateness = rules.Duration(atLeast(late, time.Duration(d.window.Lateness)))
	gap := time.Duration(float64(time.Second) * float64(partitions) / d.perSecond)
	const pauses = 20 // mean gaps: at night there are fewer
	d.window.IdleTimeout = rules.Duration(atLeast(pauses*gap, time.Duration(d.window.IdleTimeout)))
	d.windowNotes["idle_timeout"] = "a partition that is silent for so long holds the others no more"
}

// atLeast rounds a length of time up to one that people use, from the least on.
func atLeast(want, least time.Duration) time.Duration {
	for _, d := range []time.Duration{
		time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute,
		30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	} {
		if d >= want && d >= least {
			return d
		}
	}
	return 24 * time.Hour
}

// floorTo rounds down to a multiple; times before 1970 are none of a topic's.
func floorTo(ms, every int64) int64 { return ms - ms%every }

// reasons lists the fields that are left out.
func (d *draft) reasons() string {
	var all []string
	for _, f := range d.leftOut {
		all = append(all, printable(f.Name)+": "+f.LeftOut)
	}
	return strings.Join(all, "; ")
}

// roughly is a number for people, to two digits.
func roughly(x float64) string {
	unit := 1.0
	for x/unit >= 100 {
		unit *= 10
	}
	return grouped(int64(x/unit+0.5) * int64(unit))
}

// grouped writes 30000 as 30,000.
func grouped(n int64) string {
	text := fmt.Sprint(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
