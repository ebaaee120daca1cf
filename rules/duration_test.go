package rules_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"driftwatch/rules"
)

func TestDuration(t *testing.T) {
	const day = 24 * time.Hour
	cannot := func(s string) string {
		return `duration "` + s + `" cannot be read; write whole numbers of w, d, h, m, s, ms, largest first, such as 90s, 1h30m or 2d`
	}
	for _, c := range []struct {
		text string
		want time.Duration
		err  string
	}{
		{text: "250ms", want: 250 * time.Millisecond},
		{text: "90s", want: 90 * time.Second},
		{text: "5m", want: 5 * time.Minute},
		{text: "1h30m", want: 90 * time.Minute},
		{text: "7d", want: 7 * day},
		{text: "4w", want: 28 * day},
		{text: "1w2d3h4m5s6ms", want: 9*day + 3*time.Hour + 4*time.Minute + 5*time.Second + 6*time.Millisecond},
		{text: "0", want: 0},
		{text: "0s", want: 0},
		{text: "007m", want: 7 * time.Minute},
		{text: "", err: cannot("")},
		{text: "5", err: cannot("5")},
		{text: "m", err: cannot("m")},
		{text: "1.5h", err: cannot("1.5h")},
		{text: "30m1h", err: cannot("30m1h")},
		{text: "5m5m", err: cannot("5m5m")},
		{text: "5 m", err: cannot("5 m")},
		{text: "+5m", err: cannot("+5m")},
		{text: "5M", err: cannot("5M")},
		{text: "5mx", err: cannot("5mx")},
		{text: "-5m", err: `duration "-5m" is negative; write a length of time such as 10m`},
		{text: "20000w", err: `duration "20000w" is longer than 292 years`},
		{text: "15250w1d999999999999999999999s", err: `duration "15250w1d999999999999999999999s" is longer than 292 years`},
	} {
		got, message := rules.Duration(-1), ""
		if err := got.UnmarshalText([]byte(c.text)); err != nil {
			message = err.Error()
			c.want = -1 // unchanged
		}
		if message != c.err || time.Duration(got) != c.want {
			t.Errorf("%q is %d (%s), want %d (%s)", c.text, got, message, c.want, c.err)
		}
	}
}

// Go's own parser is the oracle for what both can read.
func TestDurationAgreesWithGo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([0-9]{1,3}h)?([0-9]{1,3}m)?([0-9]{1,3}s)?[0-9]{1,3}ms`).Draw(t, "text")
		want, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		var got rules.Duration
		if err := got.UnmarshalText([]byte(text)); err != nil || time.Duration(got) != want {
			t.Fatalf("%s is %v (%v), want %v", text, time.Duration(got), err, want)
		}
	})
}

func TestDurationRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rules.Duration(rapid.Int64Range(0, 9_223_372_036_854).Draw(t, "ms") * int64(time.Millisecond))
		text, err := d.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back rules.Duration
		if err := back.UnmarshalText(text); err != nil || back != d {
			t.Fatalf("%d is written %s and read back as %d (%v)", d, text, back, err)
		}
	})
}

func FuzzDuration(f *testing.F) {
	for _, seed := range []string{"1h30m", "0", "9999999999w", "-1s", "1m1ms", "٣m"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var d, back rules.Duration
		if d.UnmarshalText([]byte(text)) != nil {
			return
		}
		if d < 0 {
			t.Fatalf("%q is negative: %d", text, d)
		}
		if err := back.UnmarshalText([]byte(d.String())); err != nil || back != d {
			t.Fatalf("%q is %d, written %s, read back as %d (%v)", text, d, d, back, err)
		}
	})
}
