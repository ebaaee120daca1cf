package monitor

import (
	"fmt"
	"time"

	"driftwatch/rules"
)

// Times lie in the years 0001 to 9999, in Unix milliseconds.
const (
	minTime = -62135596800000
	maxTime = 253402300799999
)

// unitPlaces is the power of ten that turns a unit into milliseconds.
func unitPlaces(unit string) (places int, ok bool) {
	switch unit {
	case "s":
		return 3, true
	case "ms":
		return 0, true
	case "us":
		return -3, true
	case "ns":
		return -6, true
	}
	return 0, false
}

// Validate says what is wrong with the declaration, which stands at path.
func (t Timestamp) Validate(path string) []rules.Problem {
	var problems []rules.Problem
	add := func(key, message string) {
		problems = append(problems, rules.Problem{Path: path + key, Message: message})
	}
	if t.Field == "" && (t.Unit != "" || t.Layout != "") {
		add("", "unit and layout say how to read a field, but there is no field: name it, or leave them out to use the record's own time")
	}
	if t.Unit != "" && t.Layout != "" {
		add("", "unit is for Unix times and layout for text, so only one of them can hold: leave the other out")
	}
	if _, ok := unitPlaces(t.Unit); !ok && t.Unit != "" {
		add(".unit", fmt.Sprintf("unit %q is not known: use s, ms, us or ns, or leave it out to decide by magnitude", t.Unit))
	}
	if t.Layout != "" && !tellsTime(t.Layout) {
		add(".layout", fmt.Sprintf("layout %q does not tell the time: write it as Go does, the way 2006-01-02 15:04:05 would stand in the data, with year, month and day, and PM where hours go to 12", t.Layout))
	}
	return problems
}

// tellsTime says whether a layout reads the day and the hour back that it wrote.
func tellsTime(layout string) bool {
	wrote := time.Date(2031, 10, 23, 14, 25, 36, 0, time.UTC)
	read, err := time.ParseInLocation(layout, wrote.Format(layout), time.UTC)
	return err == nil && read.YearDay() == wrote.YearDay() && read.Year() == wrote.Year() &&
		(read.Hour() == wrote.Hour() || read.Hour() == 0)
}

// parser makes the function that reads a field's value as Unix milliseconds,
// rounded down. It fails where Validate has a problem.
//
//   - Without unit and layout: RFC 3339 text, with 'T' or a space, any number of
//     decimals, and the zone as Z, ±hh:mm or ±hhmm, or none for UTC; a date
//     alone, which is its midnight in UTC; or a Unix time, as a number or as
//     text: |v| < 1e11 is in seconds, < 1e14 in milliseconds, < 1e17 in
//     microseconds, else in nanoseconds.
//   - With a unit: a Unix time in it, as a number or as text.
//   - With a layout: what time.ParseInLocation reads by it in UTC, which may be
//     a number's literal (20060102).
//
// Unix times are read from their literal, since a float64 does not hold a
// nanosecond, nor the milliseconds of 1700000000.123 rounded down. Any other
// value is not ok, as are a leap second (:60) and times outside of the years
// 0001 to 9999.
func (t Timestamp) parser() (func(v Value) (ms int64, ok bool), error) {
	if problems := t.Validate("timestamp"); len(problems) > 0 {
		return nil, fmt.Errorf("%s: %s", problems[0].Path, problems[0].Message)
	}
	read := autoTime
	if t.Layout != "" {
		read = func(text []byte) (int64, bool) {
			at, err := time.ParseInLocation(t.Layout, string(text), time.UTC)
			return at.UnixMilli(), err == nil
		}
	} else if places, ok := unitPlaces(t.Unit); ok {
		read = func(text []byte) (int64, bool) {
			d, ok := parseDecimal(text)
			return d.floor(places), ok
		}
	}
	return func(v Value) (int64, bool) {
		if v.Type != String && v.Type != Number {
			return 0, false
		}
		ms, ok := read(v.Text)
		return ms, ok && minTime <= ms && ms <= maxTime
	}, nil
}

func autoTime(text []byte) (ms int64, ok bool) {
	if len(text) >= len("2006-01-02") && text[4] == '-' {
		return parseRFC3339(text)
	}
	d, ok := parseDecimal(text)
	switch {
	case d.magnitude() <= 11:
		return d.floor(3), ok
	case d.magnitude() <= 14:
		return d.floor(0), ok
	case d.magnitude() <= 17:
		return d.floor(-3), ok
	}
	return d.floor(-6), ok
}

// parseRFC3339 reads text of at least ten bytes.
func parseRFC3339(b []byte) (ms int64, ok bool) {
	year, month, day := 100*twoDigits(b[0:])+twoDigits(b[2:]), twoDigits(b[5:]), twoDigits(b[8:])
	if b[4] != '-' || b[7] != '-' || year < 0 || month < 1 || month > 12 || day < 1 {
		return 0, false
	}
	midnight := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if day > 28 && midnight.Day() != day { // time.Date goes on into the next month
		return 0, false
	}
	ms = midnight.UnixMilli()
	if len(b) == len("2006-01-02") {
		return ms, true
	}
	if len(b) < len("2006-01-02T15:04:05") || b[10] != 'T' && b[10] != ' ' || b[13] != ':' || b[16] != ':' {
		return 0, false
	}
	hour, minute, second := twoDigits(b[11:]), twoDigits(b[14:]), twoDigits(b[17:])
	if uint(hour) > 23 || uint(minute) > 59 || uint(second) > 59 {
		return 0, false
	}
	ms += int64(hour*3600+minute*60+second) * 1000
	fraction, b, ok := parseFraction(b[19:])
	if !ok {
		return 0, false
	}
	offset, ok := parseZone(b)
	return ms + fraction - offset, ok
}

// parseFraction reads the milliseconds after a second and returns what follows.
func parseFraction(b []byte) (ms int64, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '.' {
		return 0, b, true
	}
	i, unit := 1, int64(100)
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		ms += int64(b[i]-'0') * unit
		unit /= 10
	}
	return ms, b[i:], i > 1
}

// parseZone reads a zone's offset from UTC, in milliseconds.
func parseZone(b []byte) (ms int64, ok bool) {
	if len(b) == 0 || len(b) == 1 && b[0] == 'Z' {
		return 0, true
	}
	var minutes int
	switch {
	case len(b) == len("+hh:mm") && b[3] == ':':
		minutes = twoDigits(b[4:])
	case len(b) == len("+hhmm"):
		minutes = twoDigits(b[3:])
	default:
		return 0, false
	}
	hours := twoDigits(b[1:])
	ms = int64(hours*60+minutes) * 60000
	if b[0] == '-' {
		ms = -ms
	}
	return ms, (b[0] == '+' || b[0] == '-') && uint(hours) <= 23 && uint(minutes) <= 59
}

// twoDigits is the number of two digits; negative, beyond what a sum of them
// makes up for, if they are not digits.
func twoDigits(b []byte) int {
	tens, ones := b[0]-'0', b[1]-'0'
	if tens > 9 || ones > 9 {
		return -1e6
	}
	return int(tens)*10 + int(ones)
}
