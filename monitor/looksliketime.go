package monitor

import "time"

// Fields that hold a time are not watched by default: they drift by nature.

// unixTimes says that all of [low, high] are times between September 2001, when
// seconds got ten digits, and 2100. Since seconds look much like other numbers,
// they have to lie within twenty years.
func unixTimes(low, high float64) bool {
	const from, to, years = 1e9, 4102444800, 20 * 365 * 24 * 3600
	for _, unit := range []float64{1, 1e3, 1e6, 1e9} {
		if low >= from*unit && high <= to*unit {
			return unit > 1 || high-low <= years
		}
	}
	return false
}

// looksLikeTime says that a text is a date, with or without a time of day, in
// one of the usual forms.
func looksLikeTime(text []byte) bool {
	if len(text) < len("1.1.2006") || len(text) > len("Monday, 02-January-2006 15:04:05 +0000") {
		return false
	}
	if len(text) >= len("2006-01-02") {
		if _, ok := parseRFC3339(text); ok {
			return true
		}
	}
	if numericDate(text) {
		return true
	}
	for _, layout := range []string{time.RFC1123, time.RFC1123Z, time.RFC850, time.ANSIC, time.UnixDate, "2 Jan 2006", "2 Jan 2006 15:04:05", "Jan 2, 2006", "20060102T150405Z"} {
		if _, err := time.Parse(layout, string(text)); err == nil {
			return true
		}
	}
	return false
}

// numericDate says that a text begins with day, month and year in either order,
// followed by nothing or by what a time of day is made of.
func numericDate(text []byte) bool {
	var groups [3]int // their digits
	at, separator := 0, byte(0)
	for g := range groups {
		for at < len(text) && text[at]-'0' <= 9 {
			groups[g]++
			at++
		}
		if g == 2 {
			break
		}
		if at == len(text) || g == 1 && text[at] != separator || text[at] != '-' && text[at] != '/' && text[at] != '.' {
			return false
		}
		separator = text[at]
		at++
	}
	short := func(n int) bool { return n == 1 || n == 2 }
	yearFirst := groups[0] == 4 && short(groups[1]) && short(groups[2])
	yearLast := short(groups[0]) && short(groups[1]) && groups[2] == 4
	if !yearFirst && !yearLast {
		return false
	}
	if at < len(text) && text[at] != ' ' && text[at] != 'T' {
		return false
	}
	for _, b := range text[at:] {
		if b-'0' > 9 && !timeOfDay(b) {
			return false
		}
	}
	return true
}

// timeOfDay says that a byte can stand in a time of day beside digits.
func timeOfDay(b byte) bool {
	switch b {
	case ' ', 'T', 'Z', ':', '.', ',', '+', '-', 'A', 'P', 'M', 'a', 'p', 'm':
		return true
	}
	return false
}
