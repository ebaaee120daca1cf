package main

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"driftwatch/monitor"
	"driftwatch/stats"
)

// Whatever stands in the data, the configuration that is written is read as what
// was meant.
func TestInitWritesWhatIsRead(t *testing.T) {
	text := rapid.OneOf(rapid.StringN(1, 12, -1), rapid.SampledFrom([]string{
		"no", "null", "true", "~", "1e3", "- a", "a: b", "a #b", "${HOME}", "$${x}", "'", `"`, `\`, "{x}", "[", "\u2028", "\x00", "\n", "é", "*", "&a", "!x", "%", "@", "`", "0x1f", "2026-01-02", ".",
	})).Filter(utf8.ValidString)
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(text, 2, 6, func(s string) string { return s }).Draw(t, "names")
		values := rapid.SliceOfNDistinct(text, 2, 5, func(s string) string { return s }).Draw(t, "values")
		d := &draft{topic: "topic", windowNotes: map[string]string{}, window: monitor.Default().Window, brokers: []string{"a:1"}, key: names[0], segment: names[1]}
		d.time = monitor.EventTime{Timestamp: monitor.Timestamp{Field: names[0]}}
		d.timeNote = printable(names[1])
		var counts []monitor.ValueCount
		for _, v := range values {
			counts = append(counts, monitor.ValueCount{Value: v, Rows: 900})
		}
		for _, name := range names[1:] {
			d.features = append(d.features, newDraftFeature(monitor.SurveyedField{Name: name, Kind: stats.Categorical, Present: 2000, Values: counts}, 2000))
		}
		d.leftOut = []monitor.SurveyedField{{Name: names[0], LeftOut: "the key"}}
		m, err := d.config()
		if err != nil {
			t.Fatalf("%v\n%s", err, d.yaml(nil))
		}
		slices.Sort(values)
		if n := len(m.Features); m.Features[n-2].Name != "_size" || m.Features[n-1].Name != "_event_delay" {
			t.Fatalf("the features are %v", m.Features)
		}
		m.Features = m.Features[:len(m.Features)-2]
		for i, f := range m.Features {
			if f.Name != names[i+1] || !slices.Equal(f.Values, values) {
				t.Fatalf("%q with %q is read as %q with %q", names[i+1], values, f.Name, f.Values)
			}
		}
		if m.Key != names[0] || m.Timestamp.Field != names[0] || m.Segments[0][0] != names[1] || len(m.Features) != len(names)-1 {
			t.Fatalf("key %q, timestamp %q, segments %q", m.Key, m.Timestamp.Field, m.Segments)
		}
	})
}

func TestRoomyRange(t *testing.T) {
	for _, c := range []struct{ least, greatest, low, high float64 }{
		{0, 0, 0, 1},
		{0, 0.97, 0, 1},
		{0.01, 0.3, 0, 0.6},
		{0.01, 0.48, 0, 1},
		{1.08, 910, 0, 1900},
		{18, 95, 0, 190},
		{-20.5, 35, -76, 91},
		{-5, -1, -9, 0},
		{3.07, 3.5, 0, 7},
		{1e6, 1e6, 0, 2e6},
	} {
		if low, high := roomy(c.least, c.greatest); low != c.low || high != c.high {
			t.Errorf("%v to %v gets the range %v to %v, want %v to %v", c.least, c.greatest, low, high, c.low, c.high)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Float64Range(-1e12, 1e12).Draw(t, "a"), rapid.Float64Range(-1e12, 1e12).Draw(t, "b")
		a, b = min(a, b), max(a, b)
		if low, high := roomy(a, b); low > a || high < b {
			t.Fatalf("%v to %v gets the range %v to %v", a, b, low, high)
		}
	})
}

func TestCodesAndSentinels(t *testing.T) {
	field := func(name string, values ...string) *draftFeature {
		f := monitor.SurveyedField{Name: name, Kind: stats.Numeric, Integers: true, Least: 1e9, Greatest: -1e9}
		for _, v := range values {
			f.Values = append(f.Values, monitor.ValueCount{Value: v, Rows: 100})
			x, err := strconv.ParseFloat(v, 64)
			if err != nil {
				t.Fatal(err)
			}
			f.Least, f.Greatest = min(f.Least, x), max(f.Greatest, x)
		}
		return &draftFeature{SurveyedField: f}
	}
	for _, c := range []struct {
		field           *draftFeature
		codes, sentinel bool
	}{
		{field("status_code", "200", "404"), true, false},
		{field("response", "200", "201", "404", "500"), true, false},
		{field("items", "1", "2", "3", "4"), false, false},
		{field("age", "-1", "18", "19", "20", "95"), false, true},
		{field("balance", "-1", "-2", "5"), false, false},
		{field(strings.Repeat("x", 3)+".type", "1", "2"), true, false},
	} {
		if c.field.codes() != c.codes || c.field.sentinel() != c.sentinel {
			t.Errorf("%s %v: codes %t, sentinel %t", c.field.Name, c.field.Values, c.field.codes(), c.field.sentinel())
		}
	}
}
