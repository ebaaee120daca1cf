package rules_test

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"driftwatch/rules"
)

// active reads the three keys; "" leaves one out.
func active(t testing.TB, days, hours, zone string) (a rules.Active) {
	t.Helper()
	for _, key := range []struct {
		into interface{ UnmarshalText([]byte) error }
		text string
	}{{&a.Days, days}, {&a.Hours, hours}, {&a.TZ, zone}} {
		if key.text == "" {
			continue
		}
		if err := key.into.UnmarshalText([]byte(key.text)); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// The 23rd of November 2026 is a Monday.
func TestActiveAtTheEdges(t *testing.T) {
	for _, c := range []struct {
		days, hours, zone string
		in, out           string // UTC
	}{
		{"", "", "", "2026-11-22T03:00:00Z 2026-11-23T12:00:00Z", ""},
		{"", "", "Asia/Tokyo", "2026-11-22T03:00:00Z 2026-11-23T12:00:00Z", ""},
		{"mon", "", "", "2026-11-23T00:00:00Z 2026-11-23T23:59:59Z", "2026-11-22T23:59:59Z 2026-11-24T00:00:00Z"},
		{"Mon-FRI", "", "", "2026-11-23T00:00:00Z 2026-11-27T23:59:59Z", "2026-11-22T23:59:59Z 2026-11-28T00:00:00Z"},
		{"fri-mon", "", "", "2026-11-27T00:00:00Z 2026-11-29T12:00:00Z 2026-11-30T23:59:59Z", "2026-11-24T00:00:00Z 2026-11-26T23:59:59Z"},
		{"sat, sun-sun,tue", "", "", "2026-11-28T12:00:00Z 2026-11-29T12:00:00Z 2026-11-24T12:00:00Z", "2026-11-23T12:00:00Z 2026-11-25T12:00:00Z 2026-11-27T12:00:00Z"},
		// In winter Berlin is an hour ahead, in summer two.
		{"", "08:00-20:00", "Europe/Berlin", "2026-11-23T07:00:00Z 2026-11-23T18:59:59Z 2026-07-23T06:00:00Z 2026-07-23T17:59:59Z", "2026-11-23T06:59:59Z 2026-11-23T19:00:00Z 2026-07-23T05:59:59Z 2026-07-23T18:00:00Z"},
		// Its Monday begins on Sunday in UTC; in Los Angeles it ends on Tuesday.
		{"mon", "", "Europe/Berlin", "2026-11-22T23:00:00Z 2026-11-23T22:59:59Z", "2026-11-22T22:59:59Z 2026-11-23T23:00:00Z"},
		{"mon", "", "America/Los_Angeles", "2026-11-23T08:00:00Z 2026-11-24T07:59:59Z", "2026-11-23T07:59:59Z 2026-11-24T08:00:00Z"},
		{"", "9:00-17:30", "Asia/Kolkata", "2026-11-23T03:30:00Z 2026-11-23T11:59:59Z", "2026-11-23T03:29:59Z 2026-11-23T12:00:00Z"},
		{"", "08:00-12:00, 13:00-17:00", "", "2026-11-23T11:59:00Z 2026-11-23T13:00:00Z", "2026-11-23T12:00:00Z 2026-11-23T12:59:00Z 2026-11-23T17:00:00Z"},
		{"", "18:00-24:00", "", "2026-11-23T23:59:59Z", "2026-11-23T00:00:00Z"},
		// Over midnight the day is that of the beginning.
		{"fri", "22:00-06:00", "", "2026-11-27T22:00:00Z 2026-11-28T05:59:59Z", "2026-11-27T05:00:00Z 2026-11-27T21:59:59Z 2026-11-28T06:00:00Z 2026-11-28T22:00:00Z"},
		{"sun", "22:00-06:00", "", "2026-11-22T22:00:00Z 2026-11-23T05:59:59Z", "2026-11-22T05:59:59Z 2026-11-23T22:00:00Z"},
		{"sat", "22:00-00:00", "", "2026-11-28T23:59:59Z", "2026-11-29T00:00:00Z"},
		// On 29 March 2026 Berlin has no 02:30, on 25 October two.
		{"sun", "02:00-03:00", "Europe/Berlin", "2026-10-25T00:00:00Z 2026-10-25T00:30:00Z 2026-10-25T01:30:00Z 2026-10-25T01:59:59Z", "2026-03-29T00:59:59Z 2026-03-29T01:00:00Z 2026-10-24T23:59:59Z 2026-10-25T02:00:00Z"},
		{"sat", "22:00-06:00", "Europe/Berlin", "2026-03-28T21:00:00Z 2026-03-29T03:59:59Z 2026-10-24T20:00:00Z 2026-10-25T04:59:59Z", "2026-03-28T20:59:59Z 2026-03-29T04:00:00Z 2026-10-24T19:59:59Z 2026-10-25T05:00:00Z"},
	} {
		a := active(t, c.days, c.hours, c.zone)
		for _, side := range []struct {
			times string
			want  bool
		}{{c.in, true}, {c.out, false}} {
			for text := range strings.FieldsSeq(side.times) {
				at, err := time.Parse(time.RFC3339, text)
				if err != nil {
					t.Fatal(err)
				}
				if a.Contains(at) != side.want {
					t.Errorf("%q %q %q contains %s: %t", c.days, c.hours, c.zone, text, !side.want)
				}
			}
		}
	}
}

// Against the stretches between two times on the zone's clock as Go makes them,
// minute by minute over both changes of it.
func TestActiveAgainstDates(t *testing.T) {
	for _, zone := range []string{"Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"} {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		for _, hours := range []struct {
			text     string
			from, to int
		}{{"08:00-20:00", 8, 20}, {"22:00-06:00", 22, 30}, {"00:00-24:00", 0, 24}} {
			a := active(t, "sat-sun", hours.text, zone)
			for _, begin := range []time.Time{
				time.Date(2026, 3, 6, 0, 0, 0, 0, location), time.Date(2026, 3, 27, 0, 0, 0, 0, location), time.Date(2026, 4, 3, 0, 0, 0, 0, location),
				time.Date(2026, 10, 2, 0, 0, 0, 0, location), time.Date(2026, 10, 23, 0, 0, 0, 0, location), time.Date(2026, 10, 30, 0, 0, 0, 0, location),
			} {
				y, m, d := begin.Date() // a Friday
				for at := begin; at.Before(begin.AddDate(0, 0, 4)); at = at.Add(time.Minute) {
					want := false
					for _, day := range []int{d + 1, d + 2} {
						from, to := time.Date(y, m, day, hours.from, 0, 0, 0, location), time.Date(y, m, day, hours.to, 0, 0, 0, location)
						want = want || !at.Before(from) && at.Before(to)
					}
					if a.Contains(at) != want {
						t.Fatalf("%s in %s contains %s: %t", hours.text, zone, at, !want)
					}
				}
			}
		}
	}
}

func TestActiveIsRefused(t *testing.T) {
	for _, c := range []struct {
		into interface {
			UnmarshalText([]byte) error
			MarshalText() ([]byte, error)
		}
		text, want string
	}{
		{new(rules.Days), "mno", `there is no day "mno"; did you mean "mon"?`},
		{new(rules.Days), "mon-", "a day is missing; write days such as mon-fri or sat, sun"},
		{new(rules.Days), "", "a day is missing; write days such as mon-fri or sat, sun"},
		{new(rules.Days), "1-5", `there is no day "1"; there are: sun, mon, tue, wed, thu, fri, sat`},
		{new(rules.Hours), "8-20", `"8-20" are no hours; write them as 08:00-20:00, several with commas between`},
		{new(rules.Hours), "", `"" are no hours; write them as 08:00-20:00, several with commas between`},
		{new(rules.Hours), "08:00-24:01", `"08:00-24:01" is not on a clock, which goes from 00:00 to 23:59, and to 24:00 at the end of a day`},
		{new(rules.Hours), "24:00-06:00", `"24:00-06:00" is not on a clock, which goes from 00:00 to 23:59, and to 24:00 at the end of a day`},
		{new(rules.Hours), "08:60-09:00", `"08:60-09:00" is not on a clock, which goes from 00:00 to 23:59, and to 24:00 at the end of a day`},
		{new(rules.Hours), "08:00-09:00, 10:00-10:00", `"10:00-10:00" begins when it ends; write 00:00-24:00, or leave hours out, for the whole day`},
		{new(rules.Zone), "europe/berln", `there is no time zone "europe/berln"; did you mean "Europe/Berlin"?`},
		{new(rules.Zone), "Local", `the time zone "Local" is another one on another machine; write its name, such as UTC or Europe/Berlin`},
		{new(rules.Zone), "Middle-earth", `there is no time zone "Middle-earth"; write its IANA name, such as UTC or Europe/Berlin`},
		{new(rules.Zone), "../../etc/passwd", `there is no time zone "../../etc/passwd"; write its IANA name, such as UTC or Europe/Berlin`},
	} {
		err := c.into.UnmarshalText([]byte(c.text))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %s", c.text, err, c.want)
		}
		if left, _ := c.into.MarshalText(); len(left) > 0 {
			t.Errorf("%q left %s behind", c.text, left)
		}
	}
}

// What is written is read back.
func TestActiveIsWritten(t *testing.T) {
	a := active(t, "sun-tue, fri", "8:30-12:00,22:00-06:00", "Europe/Berlin")
	for _, c := range []struct {
		from interface{ MarshalText() ([]byte, error) }
		want string
	}{{a.Days, "mon, tue, fri, sun"}, {a.Hours, "08:30-12:00, 22:00-06:00"}, {a.TZ, "Europe/Berlin"}} {
		if got, err := c.from.MarshalText(); err != nil || string(got) != c.want {
			t.Errorf("got %s, %v, want %s", got, err, c.want)
		}
	}
	again := active(t, "mon, tue, fri, sun", "08:30-12:00, 22:00-06:00", "Europe/Berlin")
	for at := minute(0); at.Before(minute(14 * 24 * 60)); at = at.Add(17 * time.Minute) {
		if a.Contains(at) != again.Contains(at) {
			t.Errorf("not the same at %s", at)
		}
	}
}

// Every time zone that is suggested is one.
func TestZonesAreThere(t *testing.T) {
	for _, c := range []struct{ written, meant string }{{"Europe/Berlim", "Europe/Berlin"}, {"america/new_york", "America/New_York"}, {"Asia/Kalkutta", "Asia/Calcutta"}} {
		err := new(rules.Zone).UnmarshalText([]byte(c.written))
		if err == nil || !strings.HasSuffix(err.Error(), `did you mean "`+c.meant+`"?`) {
			t.Errorf("%s: %v", c.written, err)
		}
		if err := new(rules.Zone).UnmarshalText([]byte(c.meant)); err != nil {
			t.Error(err)
		}
	}
}

// It is with the rule, in the engine and in its transitions, and does not change
// what is judged.
func TestActiveOfARule(t *testing.T) {
	night := active(t, "sun", "22:00-06:00", "")
	e := compile(t, rules.Rule{Name: "r", When: "psi_lo > 1", Features: []string{"amount"}, Active: night})
	changes := e.Step(minute(0), windowAt(minute(0)), []rules.Sample{sample("", "amount", stats{"psi_lo": 2})})
	if len(changes) != 1 || changes[0].State != rules.Firing || changes[0].Rule.Active.Contains(minute(0)) {
		t.Errorf("got %+v", changes)
	}
	r, found := e.Rule("r")
	if !found || r.Severity != "warn" || r.Active.Days != night.Days {
		t.Errorf("got %+v, %t", r, found)
	}
	if _, found := e.Rule("s"); found {
		t.Error("there is no rule s")
	}
	zone := rules.Rule{Name: "r", Monitor: "m", When: "rows > 1", Active: active(t, "", "", "Europe/Berlin")}
	if got := lines(zone.Validate("rules[1]")); got != "active.tz: warning: without days or hours people are told at any time, so the time zone does nothing" {
		t.Error(got)
	}
}
