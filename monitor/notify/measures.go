package notify

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
	"driftwatch/stats"
)

// measures puts statistics into words, at most three of them, the number of rows
// last. P-values are left out: with many rows every one is small.
func measures(of map[string]monitor.Float) []string {
	var found []string
	known := func(name string) (float64, bool) {
		x, ok := of[name]
		return float64(x), ok && !math.IsNaN(float64(x))
	}
	least, hasLeast := known("psi_lo")
	if psi, ok := known("psi"); ok {
		text := "PSI " + number(psi)
		if noise, ok := known("psi_noise"); ok {
			text += " (noise to " + number(noise) + ")"
		}
		found = append(found, text)
	} else if hasLeast {
		found = append(found, "PSI at least "+number(max(0, least))) // below 0 it only says that there is none
	}
	names := slices.Sorted(maps.Keys(of))
	if at := slices.Index(names, "rows"); at >= 0 {
		names = append(slices.Delete(names, at, at+1), "rows")
	}
	for _, name := range names {
		x, ok := known(name)
		if ok && len(found) < maxNames && !strings.HasPrefix(name, "psi") && !strings.HasSuffix(name, "_p") && name != "ks_error" {
			found = append(found, measure(name, x))
		}
	}
	return found
}

// measure is one statistic in words, as its unit is told.
func measure(name string, x float64) string {
	if check, ok := strings.CutPrefix(name, "check_rate."); ok {
		return "check " + check + " fails in " + rules.Percent(x) + " of the records"
	}
	title := strings.ReplaceAll(name, "_", " ") + " "
	switch unit := unitOf(name); {
	case name == "ks": // a distance, as PSI is one, although it is a share too
		return "KS " + number(x)
	case name == "rows":
		return whole(x) + " rows"
	case unit == "share":
		return title + rules.Percent(x)
	case unit == "1/s":
		return rate(x) + " rows/s"
	case unit == "s":
		return title + rules.Duration(time.Duration(math.Round(x))*time.Second).String()
	case slices.Contains(counted, unit):
		return title + whole(x)
	}
	return title + number(x)
}

// counted are the units of whole numbers.
var counted = []string{"rows", "records", "fields", "features", "values", "categories", "partitions"}

// unitOf is that of a statistic; "" where there is none of that name, as for what
// a rule makes of several.
func unitOf(name string) string {
	for _, s := range stats.Table() {
		if s.Name == name {
			return s.Unit
		}
	}
	return ""
}

// number shows as much of x as matters in a sentence.
func number(x float64) string {
	a := math.Abs(x)
	switch {
	case a >= 1e6 || a < 0.1 && a != 0:
		return strconv.FormatFloat(x, 'g', 2, 64)
	case a >= 100:
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}

// rate drops the decimals that say nothing: 10, 2.5, 0.03.
func rate(x float64) string {
	if x >= 10 {
		return whole(x)
	}
	text := number(x)
	if strings.Contains(text, ".") && !strings.Contains(text, "e") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// whole is a count; one that is estimated may have a fraction.
func whole(x float64) string { return grouped(uint64(math.Round(max(0, x)))) }

// grouped writes 30000 as 30,000.
func grouped(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// significant writes 3 significant digits, of a large number all before the point.
func significant(x float64) string {
	a := math.Abs(x)
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return "unknown"
	case a >= 1e9 || a < 1e-3 && a != 0:
		return strconv.FormatFloat(x, 'g', 3, 64)
	case a >= 1000:
		rounded := math.Pow(10, math.Floor(math.Log10(a))-2)
		text := grouped(uint64(math.Round(a/rounded) * rounded))
		if x < 0 {
			return "−" + text
		}
		return text
	}
	text := strconv.FormatFloat(x, 'g', 3, 64)
	return strings.Replace(text, "-", "−", 1)
}
