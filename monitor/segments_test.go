package monitor

import (
	"fmt"
	"slices"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func text(s string) Value { return Value{Type: String, Text: []byte(s)} }

func TestSegmentNames(t *testing.T) {
	for want, parts := range map[string][]segmentPart{
		"country=DE,channel=web":  {{"country", "DE", false}, {"channel", "web", false}},
		"country=(missing)":       {{"country", "", true}},
		"country=%28missing)":     {{"country", "(missing)", false}},
		"country=a(b)":            {{"country", "a(b)", false}},
		"a=100%25%2C%3D%2F%0A":    {{"a", "100%,=/\n", false}},
		"a=%FF":                   {{"a", "\xff", false}},
		"a=ü":                     {{"a", "ü", false}},
		"a=":                      {{"a", "", false}},
		"card.type=x,user%2Cid=1": {{"card.type", "x", false}, {"user,id", "1", false}},
	} {
		for i := range parts {
			if parts[i].special {
				parts[i].value = missingValue
			}
		}
		if got := segmentName(parts); got != want {
			t.Errorf("segmentName(%+v) = %q, want %q", parts, got, want)
		}
		if got, err := parseSegment(want); err != nil || !slices.Equal(got, parts) {
			t.Errorf("parseSegment(%q) = %+v, %v; want %+v", want, got, err, parts)
		}
	}
}

func TestSegmentNamesAreUnambiguous(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var parts []segmentPart
		for i := range rapid.IntRange(1, 3).Draw(rt, "n") {
			value := string(rapid.SliceOf(rapid.Byte()).Draw(rt, "value"))
			parts = append(parts, segmentPart{fmt.Sprint("f", i), value, false})
		}
		name := segmentName(parts)
		if !utf8.ValidString(name) {
			rt.Fatalf("%q is not UTF-8", name)
		}
		if got, err := parseSegment(name); err != nil || !slices.Equal(got, parts) {
			rt.Fatalf("parseSegment(%q) = %+v, %v; want %+v", name, got, err, parts)
		}
	})
}

// Every record is in exactly one segment of each set, by the dictionary of the
// top segments; the rest is (other).
func TestSegments(t *testing.T) {
	dims := [][]string{{"country"}, {"country", "channel"}}
	c := newSegmentCounter(dims)
	type row struct {
		country, channel Value
		times            int
	}
	rows := []row{
		{text("DE"), text("web"), 50},
		{text("FR"), text("web"), 40},
		{text("DE"), Value{}, 30},
		{Value{Type: Null}, text("app"), 20},
		{text("IT"), text("web"), 19}, // one less would not be too few to name
		{Value{Type: Number, Num: 5}, text("web"), 19},
		{Value{Type: Nested}, text("web"), 90},
	}
	for _, r := range rows {
		for range r.times {
			c.count([]Value{r.country, r.country, r.channel})
		}
	}
	names := c.names(4)
	want := []string{
		"country=DE", "country=FR", "country=(missing)", "country=(other)",
		"country=(other),channel=web", "country=DE,channel=web", "country=FR,channel=web", "country=DE,channel=(missing)", "country=(other),channel=(other)",
	}
	if !slices.Equal(names, want) {
		t.Fatalf("names %q, want %q", names, want)
	}
	s, err := newSegmentSets(dims, names)
	if err != nil {
		t.Fatal(err)
	}
	var scratch []byte
	for _, test := range []struct {
		country, channel Value
		one, two         string
	}{
		{text("DE"), text("web"), "country=DE", "country=DE,channel=web"},
		{text("DE"), text("app"), "country=DE", "country=(other),channel=(other)"},
		{text("XX"), text("web"), "country=(other)", "country=(other),channel=web"},
		{Value{}, text("web"), "country=(missing)", "country=(other),channel=(other)"},
		{Value{Type: Invalid}, text("web"), "country=(other)", "country=(other),channel=web"},
		{text("(missing)"), text("web"), "country=(other)", "country=(other),channel=web"},
	} {
		one := s.sets[0].segment([]Value{test.country}, []int{0}, &scratch)
		two := s.sets[1].segment([]Value{test.country, test.channel}, []int{0, 1}, &scratch)
		if names[one-1] != test.one || names[two-1] != test.two {
			t.Errorf("%s %s is in %q and %q, want %q and %q", test.country.Text, test.channel.Text, names[one-1], names[two-1], test.one, test.two)
		}
	}
}
