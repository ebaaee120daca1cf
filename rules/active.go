package rules

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Active is when people are told of a rule's alerts. It holds back messages, never
// the judging: an alert fires and ends at any hour. The zero Active is always.
//
// Days and hours are those of a clock on the wall in the time zone. In the night
// that clocks are put back an hour comes twice, and both are in; one that is
// skipped is in none.
type Active struct {
	Days  Days  `yaml:"days"`
	Hours Hours `yaml:"hours"`
	TZ    Zone  `yaml:"tz"`
}

// Contains says whether people are told at t.
func (a Active) Contains(t time.Time) bool {
	local := t.In(a.TZ.location())
	today, minute := local.Weekday(), 60*local.Hour()+local.Minute()
	if len(a.Hours) == 0 {
		return a.Days.have(today)
	}
	yesterday := (today + 6) % 7
	return slices.ContainsFunc(a.Hours, func(h hours) bool {
		if h.from < h.to {
			return a.Days.have(today) && h.from <= minute && minute < h.to
		}
		return a.Days.have(today) && minute >= h.from || a.Days.have(yesterday) && minute < h.to
	})
}

// validate says what only the three together can be: path is that of active.
func (a Active) validate(path string) []Problem {
	if a.Days == 0 && len(a.Hours) == 0 && a.TZ.Location != nil {
		return []Problem{{Path: path + ".tz", Warning: true, Message: "without days or hours people are told at any time, so the time zone does nothing"}}
	}
	return nil
}

// Days are days of the week, a bit each, Sunday's the lowest; 0 is every day. They
// are written as names and ranges with commas between, "mon-fri", "fri-mon, wed".
type Days uint8

// dayNames are in the order of time.Weekday.
func dayNames() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

func (d Days) have(day time.Weekday) bool { return d == 0 || d&(1<<day) != 0 }

// UnmarshalText reads the written form; the receiver is unchanged on error.
func (d *Days) UnmarshalText(text []byte) error {
	var all Days
	for part := range strings.SplitSeq(string(text), ",") {
		first, last, ranged := strings.Cut(part, "-")
		from, err := dayOf(first)
		if err != nil {
			return err
		}
		to := from
		if ranged {
			if to, err = dayOf(last); err != nil {
				return err
			}
		}
		for day := from; ; day = (day + 1) % 7 {
			all |= 1 << day
			if day == to {
				break
			}
		}
	}
	*d = all
	return nil
}

func dayOf(name string) (int, error) {
	name = strings.TrimSpace(name)
	if day := slices.Index(dayNames(), strings.ToLower(name)); day >= 0 {
		return day, nil
	}
	if name == "" {
		return 0, errors.New("a day is missing; write days such as mon-fri or sat, sun")
	}
	return 0, errors.New(Unknown("day", name, dayNames()))
}

// MarshalText lists the days from Monday on.
func (d Days) MarshalText() ([]byte, error) {
	var names []string
	for i := 1; i <= 7; i++ {
		if d&(1<<(i%7)) != 0 {
			names = append(names, dayNames()[i%7])
		}
	}
	return []byte(strings.Join(names, ", ")), nil
}

// Hours are stretches of a day, "08:00-20:00"; none are the whole of it. One that
// ends before it begins goes on over midnight, and is of the day on which it
// begins: fri with 22:00-06:00 ends on Saturday morning.
type Hours []hours

// hours are in minutes from midnight; to is not included, and 24:00 is 1440.
type hours struct{ from, to int }

var clockRange = regexp.MustCompile(`^(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})$`)

// UnmarshalText reads the written form, several with commas between; the receiver
// is unchanged on error.
func (h *Hours) UnmarshalText(text []byte) error {
	var all Hours
	for part := range strings.SplitSeq(string(text), ",") {
		part = strings.TrimSpace(part)
		m := clockRange.FindStringSubmatch(part)
		if m == nil {
			return fmt.Errorf("%q are no hours; write them as 08:00-20:00, several with commas between", part)
		}
		var at [4]int
		for i := range at {
			at[i], _ = strconv.Atoi(m[i+1]) // two digits
		}
		one := hours{60*at[0] + at[1], 60*at[2] + at[3]}
		switch {
		case at[1] > 59 || at[3] > 59 || one.from >= 24*60 || one.to > 24*60:
			return fmt.Errorf("%q is not on a clock, which goes from 00:00 to 23:59, and to 24:00 at the end of a day", part)
		case one.from == one.to:
			return fmt.Errorf("%q begins when it ends; write 00:00-24:00, or leave hours out, for the whole day", part)
		}
		all = append(all, one)
	}
	*h = all
	return nil
}

// MarshalText is what UnmarshalText reads.
func (h Hours) MarshalText() ([]byte, error) {
	var all []string
	for _, one := range h {
		all = append(all, fmt.Sprintf("%02d:%02d-%02d:%02d", one.from/60, one.from%60, one.to/60, one.to%60))
	}
	return []byte(strings.Join(all, ", ")), nil
}
