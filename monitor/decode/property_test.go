package decode_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"

	"driftwatch/monitor"
)

var keys = rapid.OneOf(
	rapid.SampledFrom([]string{"a", "b", "c", "p", "q", "", "x.y", `x\y`, "z", `quo"te`, "line\n", "größe", "eightby1", "first_eight_1_last_eight", "first_eight_2_last_eight"}),
	rapid.String())

var spaces = rapid.SampledFrom([]string{"", "", "", " ", "\n\t", "  \r\n  "})

var numbers = rapid.OneOf(
	rapid.StringMatching(`-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][-+]?[0-9]{1,3})?`),
	rapid.StringMatching(`-?[1-9][0-9]{0,4}\.[0-9]{1,15}`),
	rapid.Custom(func(t *rapid.T) string {
		f := math.Float64frombits(rapid.Uint64().Draw(t, "bits"))
		if math.IsNaN(f) || math.IsInf(f, 0) {
			f = 0
		}
		return strconv.FormatFloat(f, rapid.SampledFrom([]byte{'e', 'g', 'f'}).Draw(t, "format"), -1, 64)
	}),
	rapid.Custom(func(t *rapid.T) string { // the middle of two float64s and its neighbours: ties to even
		places := rapid.IntRange(0, 4).Draw(t, "places")
		m := rapid.Uint64Range(1<<53, 1<<54-1).Draw(t, "mantissa") | 1
		for range places {
			m *= 5
		}
		digits := strconv.FormatUint(m+uint64(rapid.IntRange(-1, 1).Draw(t, "beside")), 10)
		if places == 0 {
			return digits
		}
		return digits[:len(digits)-places] + "." + digits[len(digits)-places:]
	}))

// text is a JSON string for s, with some of its characters escaped.
func text(t *rapid.T, s string) string {
	escape := rapid.SampledFrom([]string{"none", "some", "all"}).Draw(t, "escape")
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range []rune(s) {
		if r >= 0x20 && r != '"' && r != '\\' && (escape == "none" || escape == "some" && i%2 == 0) {
			b.WriteRune(r)
			continue
		}
		for _, u := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, u)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// document is a JSON object; keys may be equal if repeat is set.
func document(t *rapid.T, depth int, repeat bool) string {
	id := func(s string) string { return s }
	if repeat {
		id = func(string) string { return strconv.Itoa(rapid.Int().Draw(t, "id")) }
	}
	var members []string
	for _, key := range rapid.SliceOfNDistinct(keys, 0, 8, id).Draw(t, "keys") {
		s := func() string { return spaces.Draw(t, "space") }
		members = append(members, s()+text(t, key)+s()+":"+s()+anything(t, depth, repeat)+s())
	}
	return "{" + strings.Join(members, ",") + "}"
}

func anything(t *rapid.T, depth int, repeat bool) string {
	kind := rapid.IntRange(0, 7).Draw(t, "kind")
	if depth == 0 {
		kind %= 4
	}
	switch kind {
	case 0:
		return text(t, rapid.String().Draw(t, "string"))
	case 1, 2:
		return numbers.Draw(t, "number")
	case 3:
		return rapid.SampledFrom([]string{"true", "false", "null", "[]", "{}"}).Draw(t, "literal")
	case 4:
		return "[" + anything(t, depth-1, repeat) + " , " + anything(t, depth-1, repeat) + "]"
	}
	return document(t, depth-1, repeat)
}

// TestDocuments also shows that what a decoder remembers of earlier records
// changes nothing.
func TestDocuments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newJSON(t, named(fields)...)
		for range rapid.IntRange(1, 4).Draw(t, "records") {
			checkDecode(t, d, fields, []byte(document(t, 3, rapid.Bool().Draw(t, "repeat"))))
		}
	})
}

func TestWalkDocuments(t *testing.T) {
	d := newJSON(t)
	rapid.Check(t, func(t *rapid.T) {
		record := []byte(document(t, 3, false))
		want := 0
		parse(record).flatten("", func(string, monitor.Value) { want++ })
		if got := checkWalk(t, d, record); got != want {
			t.Fatalf("%s: %d visits, want %d", record, got, want)
		}
	})
}

// TestWalkedFields decodes every field that Walk has found, by the name it gave.
func TestWalkedFields(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		record := []byte(document(t, 3, false))
		var names, want []string
		if err := newJSON(t).Walk(record, func(path []byte, v monitor.Value) {
			names, want = append(names, string(path)), append(want, show(v))
		}); err != nil {
			t.Fatal(err)
		}
		row := make([]monitor.Value, len(names))
		if err := newJSON(t, names...).Decode(record, row); err != nil {
			t.Fatal(err)
		}
		for i, v := range row {
			if got := show(v); got != want[i] {
				t.Fatalf("%s, field %q:\n got %s\nwant %s", record, names[i], got, want[i])
			}
		}
	})
}

func TestNumbers(t *testing.T) {
	d := newJSON(t, "a")
	rapid.Check(t, func(t *rapid.T) {
		checkDecode(t, d, fields[:1], []byte(`{"a":`+numbers.Draw(t, "number")+`}`))
	})
}

// TestQuotients has the numbers that programs print of a float64, often enough
// for the one in some thousands that is almost the middle of two float64s.
func TestQuotients(t *testing.T) {
	d := newJSON(t, "a")
	row := make([]monitor.Value, 1)
	r := rand.New(rand.NewPCG(1, 2))
	var record []byte
	for range 200000 {
		digits := strconv.FormatUint(1e15+r.Uint64N(1e19-1e15)>>r.IntN(12), 10)
		point := 1 + r.IntN(len(digits)-1)
		literal := digits[:point] + "." + digits[point:]
		record = fmt.Appendf(record[:0], `{"a":%s}`, literal)
		if err := d.Decode(record, row); err != nil {
			t.Fatal(err)
		}
		want, err := strconv.ParseFloat(literal, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := row[0].Num; math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("%s: %x, want %x", literal, got, want)
		}
	}
}

// TestDamage changes one byte of a good record.
func TestDamage(t *testing.T) {
	d := newJSON(t, named(fields)...)
	rapid.Check(t, func(t *rapid.T) {
		record := []byte(document(t, 2, true))
		i := rapid.IntRange(0, len(record)-1).Draw(t, "at")
		record[i] = rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte("{}[]\",:\\ 019.-e\x00\xff"))).Draw(t, "byte")
		checkDecode(t, d, fields, record)
		checkDecode(t, d, fields, record[:i])
		checkWalk(t, d, record)
	})
}
