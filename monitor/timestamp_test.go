package monitor

import (
	"math/big"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func timeParser(t testing.TB, ts Timestamp) func(Value) (int64, bool) {
	t.Helper()
	parse, err := ts.parser()
	if err != nil {
		t.Fatal(err)
	}
	return parse
}

func str(s string) Value { return Value{Type: String, Text: []byte(s)} }

func num(s string) Value {
	f, err := strconv.ParseFloat(s, 64)
	return Value{Type: Number, Integer: err == nil && !strings.ContainsAny(s, ".eE"), Num: f, Text: []byte(s)}
}

// Layouts whose union is what the parser takes as RFC 3339; time.Parse takes a
// fraction after the seconds by itself.
var rfc3339Layouts = []string{
	"2006-01-02", "2006-01-02T15:04:05", "2006-01-02 15:04:05",
	"2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05Z07:00",
	"2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z0700",
}

// parseByLayouts is the oracle.
func parseByLayouts(s string) (ms int64, ok bool) {
	for _, layout := range rfc3339Layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UnixMilli(), true
		}
	}
	return 0, false
}

func TestTimestampText(t *testing.T) {
	parse := timeParser(t, Timestamp{Field: "at"})
	for _, s := range []string{
		"2026-11-23T10:04:31Z", "2026-11-23 10:04:31", "2026-11-23T10:04:31.482Z", "2026-11-23T10:04:31.4829999999999999999Z", "2026-11-23 10:04:31.1+05:30",
		"2026-11-23T10:04:31-0800", "2026-11-23T10:04:31+0000", "2026-11-23T10:04:31-00:00", "2026-11-23", "2024-02-29", "2000-02-29", "1969-12-31T23:59:59.9999", "0001-01-01", "9999-12-31T23:59:59.999",
		"2026-02-29", "2100-02-29", "2026-04-31", "2026-13-01", "2026-00-01", "2026-01-00", "2026-01-32", "2026-11-23T24:00:00Z", "2026-11-23T10:60:00Z", "2016-12-31T23:59:60Z",
		"2026-11-23T", "2026-11-23T10:04", "2026-11-23T10:04Z", "2026-11-23T10:04:31.", "2026-11-23T10:04:31.Z", "2026-11-23T10:04:31z", "2026-11-23t10:04:31Z", "2026-11-23T10:04:31 Z", "2026-11-23T10:04:31Zx",
		"2026-11-23T10:04:31+05", "2026-11-23T10:04:31+5:30", "2026-11-23T10:04:31+05:3", "2026-11-23T10:04:31+05:300", "2026-11-23T10:04:31*05:30", "2026-11-23T10:04:31+0x:30", "2026-11-23T10:04:31+05:x0",
		"2026-11-2", "26-11-23", "2026/11/23", "2026-11/23", "2026-1-123", "20x6-11-23", "2026-x1-23", "2026-11-x3", "2026-11-23_10:04:31", "2026-11-23T10-04-31", "2026-11-23T1x:04:31", "2026-11-23T10:0x:31", "2026-11-23T10:04:3x",
		"", "-", "yesterday", "2026-11-23Z", " 2026-11-23",
	} {
		want, ok := parseByLayouts(s)
		if got, gotOK := parse(str(s)); gotOK != ok || ok && got != want {
			t.Errorf("%q: %d, %t, want %d, %t", s, got, gotOK, want, ok)
		}
	}
}

// Here time.Parse takes more than RFC 3339, or than a timestamp may be.
func TestTimestampRefusedText(t *testing.T) {
	parse := timeParser(t, Timestamp{Field: "at"})
	for _, s := range []string{
		"2026-11-23T10:04:31+24:00", "2026-11-23T10:04:31+05:60", "2026-11-23T10:04:31,5Z", "2026-11-23T1:04:31Z",
		"0000-12-31T23:59:59Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
	} {
		if ms, ok := parse(str(s)); ok {
			t.Errorf("%q is taken as %d", s, ms)
		}
	}
}

func TestTimestampUnix(t *testing.T) {
	const none = "none"
	for _, c := range []struct{ unit, text, want string }{
		{"", "0", "0"},
		{"", "-0", "0"},
		{"", "1", "1000"},
		{"", "1700000000", "1700000000000"},
		{"", "1700000000.123", "1700000000123"},
		{"", "1700000000.1239999", "1700000000123"},
		{"", "1.7e9", "1700000000000"},
		{"", "17E+8", "1700000000000"},
		{"", "17000000000e-1", "1700000000000"},
		{"", "-1", "-1000"},
		{"", "-0.0001", "-1"},
		{"", "-1.0005", "-1001"},
		{"", "-1.001", "-1001"},
		{"", "-0.0000000000000000000000000000000001", "-1"},
		{"", "99999999999", "99999999999000"},
		{"", "99999999999.999", "99999999999999"},
		{"", "100000000000", "100000000000"},
		{"", "1e11", "100000000000"},
		{"", "99999999999999", "99999999999999"},
		{"", "100000000000000", "100000000000"},
		{"", "99999999999999999", "99999999999999"},
		{"", "100000000000000000", "100000000000"},
		{"", "1700000000001000000", "1700000000001"},
		{"", "1700000000001999999", "1700000000001"},
		{"", "-1700000000001000001", "-1700000000002"},
		{"", "-99999999999", none},
		{"", "-100000000000", "-100000000000"},
		{"", "1e400", none},
		{"", "-1e400", none},
		{"", "1e-400", "0"},
		{"", "0e999999999999", "0"},
		{"", "10000000000000000000000", none},
		{"", "1e99999999999999999999", none},
		{"", "00001700000000", "1700000000000"},
		{"", "1700000000.", none},
		{"", ".5", none},
		{"", "1e", none},
		{"", "1e+", none},
		{"", "1x", none},
		{"", "1.x", none},
		{"", "1e5x", none},
		{"", "-", none},
		{"", "+1", none},
		{"", "", none},
		{"", " 1", none},
		{"", "1 ", none},
		{"", "0x10", none},
		{"s", "100000000000", "100000000000000"},
		{"s", "253402300799.9999", "253402300799999"},
		{"s", "253402300800", none},
		{"s", "1844674407370955162", none}, // the last one times ten is 4 in 64 bits
		{"s", "-62135596800", "-62135596800000"},
		{"s", "-62135596800.0001", none},
		{"ms", "1700000000123", "1700000000123"},
		{"ms", "5", "5"},
		{"ms", "-5.5", "-6"},
		{"ms", "1.5e3", "1500"},
		{"us", "1999", "1"},
		{"us", "-1", "-1"},
		{"us", "-1000", "-1"},
		{"ns", "1999999", "1"},
		{"ns", "-1", "-1"},
		{"ns", "253402300799999999999", "253402300799999"},
		{"ns", "253402300800000000000", none},
		{"ns", "12345678901234567890.5", "12345678901234"},
		{"ns", "-12345678901234000000.5", "-12345678901235"},
		{"s", "2026-11-23", none},
	} {
		parse := timeParser(t, Timestamp{Field: "at", Unit: c.unit})
		for _, v := range []Value{str(c.text), num(c.text)} {
			got := none
			if ms, ok := parse(v); ok {
				got = strconv.FormatInt(ms, 10)
			}
			if got != c.want {
				t.Errorf("unit %q, %q, type %d: %s, want %s", c.unit, c.text, v.Type, got, c.want)
			}
		}
	}
}

func TestTimestampLayout(t *testing.T) {
	for _, c := range []struct {
		layout string
		v      Value
		want   string
	}{
		{"02/Jan/2006:15:04:05 -0700", str("23/Nov/2026:10:04:31 +0100"), "2026-11-23T09:04:31Z"},
		{"2006-01-02 15:04:05", str("2026-11-23 10:04:31.9999"), "2026-11-23T10:04:31.999Z"},
		{"20060102", num("20261123"), "2026-11-23T00:00:00Z"},
		{"20060102", str("20261123"), "2026-11-23T00:00:00Z"},
		{"20060102", str("0"), ""},
		{"02.01.2006 3:04 PM", str("23.11.2026 10:04 PM"), "2026-11-23T22:04:00Z"},
		{"2006-01-02", str("0000-01-01"), ""},
	} {
		ms, ok := timeParser(t, Timestamp{Field: "at", Layout: c.layout})(c.v)
		got := ""
		if ok {
			got = time.UnixMilli(ms).UTC().Format(time.RFC3339Nano)
		}
		if got != c.want {
			t.Errorf("layout %q, %s: %q, want %q", c.layout, c.v.Text, got, c.want)
		}
	}
}

func TestTimestampNoTime(t *testing.T) {
	for _, ts := range []Timestamp{{Field: "at"}, {Field: "at", Unit: "s"}, {Field: "at", Layout: time.RFC3339}} {
		parse := timeParser(t, ts)
		for _, v := range []Value{{}, {Type: Null}, {Type: Bool, Num: 1}, {Type: Invalid}, {Type: Nested}} {
			if ms, ok := parse(v); ok {
				t.Errorf("%+v takes a value of type %d as %d", ts, v.Type, ms)
			}
		}
	}
}

func TestTimestampValidate(t *testing.T) {
	const doesNotTell = ` does not tell the time: write it as Go does, the way 2006-01-02 15:04:05 would stand in the data, with year, month and day, and PM where hours go to 12`
	for _, c := range []struct {
		ts   Timestamp
		want []string
	}{
		{Timestamp{}, nil},
		{Timestamp{Field: "at", Unit: "ns"}, nil},
		{Timestamp{Field: "at", Layout: "2006-002"}, nil},
		{Timestamp{Unit: "s"}, []string{"ts: unit and layout say how to read a field, but there is no field: name it, or leave them out to use the record's own time"}},
		{Timestamp{Field: "at", Unit: "m"}, []string{`ts.unit: unit "m" is not known: use s, ms, us or ns, or leave it out to decide by magnitude`}},
		{Timestamp{Field: "at", Unit: "s", Layout: "2006-01-02"}, []string{"ts: unit is for Unix times and layout for text, so only one of them can hold: leave the other out"}},
		{Timestamp{Field: "at", Layout: "15:04:05"}, []string{`ts.layout: layout "15:04:05"` + doesNotTell}},
		{Timestamp{Field: "at", Layout: "YYYY-MM-DD"}, []string{`ts.layout: layout "YYYY-MM-DD"` + doesNotTell}},
		{Timestamp{Field: "at", Layout: "2006-01-02 03:04"}, []string{`ts.layout: layout "2006-01-02 03:04"` + doesNotTell}},
	} {
		var got []string
		for _, p := range c.ts.Validate("ts") {
			got = append(got, p.Path+": "+p.Message)
		}
		if g, w := strings.Join(got, "\n"), strings.Join(c.want, "\n"); g != w {
			t.Errorf("%+v:\n got %s\nwant %s", c.ts, g, w)
		}
		if _, err := c.ts.parser(); (err != nil) != (c.want != nil) {
			t.Errorf("%+v: the parser's error is %v", c.ts, err)
		}
	}
}

// TestTimestampFormats reads back what time.Format wrote.
func TestTimestampFormats(t *testing.T) {
	parse := timeParser(t, Timestamp{Field: "at"})
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(minTime/1000+86400, maxTime/1000-86400).Draw(t, "second"), rapid.Int64Range(0, 1e9-1).Draw(t, "nanosecond"))
		zone := time.FixedZone("", 60*rapid.IntRange(-23*60-59, 23*60+59).Draw(t, "zone"))
		layout := rapid.SampledFrom(rfc3339Layouts).Draw(t, "layout")
		fraction := rapid.SampledFrom([]string{"05", "05.0", "05.000", "05.000000000", "05.999999999"}).Draw(t, "fraction")
		layout = strings.Replace(layout, "05", fraction, 1)
		s := at.In(zone).Format(layout)
		want, err := time.Parse(layout, s)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := parse(str(s)); !ok || got != want.UnixMilli() {
			t.Fatalf("%q: %d, %t, want %d", s, got, ok, want.UnixMilli())
		}
	})
}

// exactMillis is what the documentation says, in rational numbers.
func exactMillis(s, unit string) (ms int64, ok bool) {
	v, _ := new(big.Rat).SetString(s)
	below := func(n int64) bool {
		return new(big.Rat).Abs(v).Cmp(new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil))) < 0
	}
	if unit == "" {
		switch {
		case below(11):
			unit = "s"
		case below(14):
			unit = "ms"
		case below(17):
			unit = "us"
		default:
			unit = "ns"
		}
	}
	v.Mul(v, map[string]*big.Rat{"s": big.NewRat(1000, 1), "ms": big.NewRat(1, 1), "us": big.NewRat(1, 1000), "ns": big.NewRat(1, 1e6)}[unit])
	floor := new(big.Int).Div(v.Num(), v.Denom()) // Euclidean, and the denominator is positive
	return floor.Int64(), floor.IsInt64() && minTime <= floor.Int64() && floor.Int64() <= maxTime
}

func TestTimestampExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(
			rapid.StringMatching(`-?[0-9]{1,25}(\.[0-9]{1,25})?([eE][-+]?[0-9]{1,2})?`),
			rapid.StringMatching(`-?1[0-9]{9}(\.[0-9]{1,9})?`),
			rapid.StringMatching(`-?[19]([09]{9}|[09]{10}|[09]{12}|[09]{13}|[09]{15}|[09]{16}|[09]{18})(\.[09]{1,3})?`)).Draw(t, "text")
		unit := rapid.SampledFrom([]string{"", "s", "ms", "us", "ns"}).Draw(t, "unit")
		parse, err := Timestamp{Field: "at", Unit: unit}.parser()
		if err != nil {
			t.Fatal(err)
		}
		want, wantOK := exactMillis(s, unit)
		if got, ok := parse(num(s)); ok != wantOK || ok && got != want {
			t.Fatalf("unit %q, %s: %d, %t, want %d, %t", unit, s, got, ok, want, wantOK)
		}
	})
}

// FuzzTimestamp: nothing panics, every text that is taken is one that time.Parse
// or a rational number reads the same, and all units stay in the years allowed.
func FuzzTimestamp(f *testing.F) {
	for _, s := range []string{"2026-11-23T10:04:31.482+05:30", "2026-11-23", "2026-11-23 10:04:31", "1700000000.123", "-1e-3", "1700000000001000000", "-1e-1000001"} {
		f.Add(s)
	}
	parse := timeParser(f, Timestamp{Field: "at"})
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := parse(str(s))
		byLayout, isText := parseByLayouts(s)
		switch {
		case ok && isText:
			if got != byLayout {
				t.Fatalf("%q: %d, time.Parse says %d", s, got, byLayout)
			}
		case ok:
			if _, ok := new(big.Rat).SetString(s); !ok { // an exponent of millions, which only a minus sign makes a time
				if got != 0 && got != -1 {
					t.Fatalf("%q: %d, want 0 or -1", s, got)
				}
			} else if want, inRange := exactMillis(s, ""); got != want || !inRange {
				t.Fatalf("%q: %d, want %d, %t", s, got, want, inRange)
			}
		}
	})
}

func TestTimestampNoAllocation(t *testing.T) {
	parse := timeParser(t, Timestamp{Field: "at"})
	for _, v := range []Value{str("2026-11-23T10:04:31.482+05:30"), num("1700000000.123"), str("1700000000123")} {
		if n := testing.AllocsPerRun(100, func() {
			if _, ok := parse(v); !ok {
				t.Fatalf("%s is not a time", v.Text)
			}
		}); n != 0 {
			t.Errorf("%s: %g allocations", v.Text, n)
		}
	}
}

func BenchmarkTimestamp(b *testing.B) {
	parse := timeParser(b, Timestamp{Field: "at"})
	for _, v := range []Value{str("2026-11-23T10:04:31.482Z"), str("2026-11-23T10:04:31.482+05:30"), num("1700000000123"), num("1700000000.123456")} {
		b.Run(string(v.Text), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := parse(v); !ok {
					b.Fatal("not a time")
				}
			}
		})
	}
}
