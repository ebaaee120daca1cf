package notify

import (
	"math"
	"strings"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// likelyLine names the most likely cause that the fixed tests have found in the
// values of the first alert for which they have, or else the segment where most of
// what leads is. Whether it is only in one partition or value of a header is said
// with what moved.
func likelyLine(groups []group) line {
	for n, g := range groups {
		a := g.lead()
		if a.Story == nil || a.Story.Likely == nil {
			continue
		}
		l := line{say("Likely: " + likelyWords(*a.Story.Likely))}
		if n > 0 {
			l = append(line{say("Likely, of ")}, append(subject(a), say(": "+likelyWords(*a.Story.Likely)))...)
		}
		return l
	}
	return segmentLine(groups[0].lead())
}

func likelyWords(l monitor.AlertLikely) string {
	by := float64(l.By)
	switch l.Kind {
	case monitor.LikelyConstant:
		return "a constant, one value in " + rules.Percent(by) + " of the rows that have one"
	case monitor.LikelyScaled:
		return "all values × " + factor(by) + ", as by another unit or scale"
	case monitor.LikelyMissing:
		return "values that are missing, which are " + rules.Percent(by) + " of what moved"
	case monitor.LikelyVolume:
		return "the volume, which is " + rules.Percent(by) + " of the usual rows"
	}
	return l.Kind
}

// factor writes a power of ten that it is within a twentieth of as one.
func factor(x float64) string {
	if power := math.Pow(10, math.Round(math.Log10(x))); power != 1 && math.Abs(x/power-1) < 0.05 {
		if power < 1 {
			return rate(power)
		}
		return whole(power)
	}
	return number(x)
}

// movedWords say by how much it moved: by the number that says it best or, of a
// category, by its share.
func movedWords(a monitor.Alert) line {
	if a.Story == nil || a.Story.Moved == nil {
		return largestBin(a)
	}
	m := *a.Story.Moved
	if m.Share {
		if math.IsNaN(float64(m.Reference)) {
			return nil
		}
		return line{say(", in the reference " + rules.Percent(float64(m.Reference)))}
	}
	return line{say(", " + sizeWords(m))}
}

// movedShort is movedWords of an alert that is only named beside another.
func movedShort(a monitor.Alert) line {
	if a.Story == nil || a.Story.Moved == nil || a.Story.Moved.Share {
		return nil
	}
	return line{say(" (" + sizeWords(*a.Story.Moved) + ")")}
}

// sizeWords are the number before and now or, where only that may be said, by what
// it is multiplied.
func sizeWords(m monitor.AlertMoved) string {
	if m.Relative {
		return m.What + " × " + significant(float64(m.Current))
	}
	return m.What + " " + significant(float64(m.Reference)) + " → " + significant(float64(m.Current))
}

// trendWords say where it is going, with its numbers in the last windows: those of
// the first alert that fires and has some.
func trendWords(groups []group) string {
	for _, g := range groups {
		if a := g.lead(); a.State == firing && a.Story != nil && a.Story.Trend.Is != "" {
			return ", " + a.Story.Trend.Is + " " + sparkline(a.Story.Trend.Values)
		}
	}
	return ""
}

// sparkline draws numbers from 0, or from the least where one is below, to the
// greatest. One that is undefined is a gap.
func sparkline(values []monitor.Float) string {
	const bars = "▁▂▃▄▅▆▇█"
	low, high := 0.0, 0.0
	for _, v := range values {
		if x := float64(v); !math.IsNaN(x) && !math.IsInf(x, 0) {
			low, high = min(low, x), max(high, x)
		}
	}
	var b strings.Builder
	steps := []rune(bars)
	for _, v := range values {
		x := float64(v)
		switch {
		case math.IsNaN(x):
			b.WriteRune('·')
		case high == low:
			b.WriteRune(steps[0])
		default:
			at := int((x - low) / (high - low) * float64(len(steps)-1) * (1 + 1e-12))
			b.WriteRune(steps[min(max(at, 0), len(steps)-1)])
		}
	}
	return b.String()
}
