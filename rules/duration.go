package rules

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration is a time.Duration as it is written in a configuration: whole
// numbers of w, d, h, m, s and ms, largest first, "1h30m" or "2d". A day is
// 24 hours, and "0" needs no unit. It is never negative when read.
type Duration time.Duration

// units is ordered from the largest, as the parts of a duration must be.
func units() []struct {
	name   string
	length time.Duration
} {
	return []struct {
		name   string
		length time.Duration
	}{
		{"w", 7 * 24 * time.Hour},
		{"d", 24 * time.Hour},
		{"h", time.Hour},
		{"m", time.Minute},
		{"s", time.Second},
		{"ms", time.Millisecond},
	}
}

// UnmarshalText reads the written form; the receiver is unchanged on error.
func (d *Duration) UnmarshalText(text []byte) error {
	written := string(text)
	if written == "0" {
		*d = 0
		return nil
	}
	if strings.HasPrefix(written, "-") {
		return fmt.Errorf("duration %q is negative; write a length of time such as 10m", written)
	}
	var total int64
	rest := written
	for _, unit := range units() {
		number, after, ok := part(rest, unit.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || n > (math.MaxInt64-total)/int64(unit.length) {
			return fmt.Errorf("duration %q is longer than 292 years", written)
		}
		total += n * int64(unit.length)
		rest = after
	}
	if rest != "" || written == "" {
		return fmt.Errorf("duration %q cannot be read; write whole numbers of w, d, h, m, s, ms, largest first, such as 90s, 1h30m or 2d", written)
	}
	*d = Duration(total)
	return nil
}

// part cuts a leading number of the given unit off s.
func part(s, unit string) (number, rest string, ok bool) {
	end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end <= 0 {
		return "", s, false
	}
	letters := s[end:]
	if next := strings.IndexAny(letters, "0123456789"); next >= 0 {
		letters = letters[:next]
	}
	if letters != unit {
		return "", s, false
	}
	return s[:end], s[end+len(unit):], true
}

// MarshalText is String.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String is the shortest form that UnmarshalText reads back. A length that has
// none (negative, or not whole milliseconds) is written as Go writes it.
func (d Duration) String() string {
	left := time.Duration(d)
	if left < 0 || left%time.Millisecond != 0 {
		return left.String()
	}
	if left == 0 {
		return "0s"
	}
	var b strings.Builder
	for _, unit := range units() {
		if n := left / unit.length; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, unit.name)
			left -= n * unit.length
		}
	}
	return b.String()
}
