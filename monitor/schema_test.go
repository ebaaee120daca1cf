package monitor_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
	"driftwatch/stats"

	"pgregory.net/rapid"
)

// schemaOf writes fields in short: name, rows by type, and what else is so.
func schemaOf(ref *stats.Reference) string {
	var b strings.Builder
	for _, f := range ref.Fields {
		fmt.Fprintf(&b, "%s:", f.Pattern())
		for t, n := range f.Types {
			if n > 0 {
				fmt.Fprintf(&b, " %s %d", stats.FieldType(t), n)
			}
		}
		if f.Constant {
			b.WriteString(", constant")
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "of %d, cut %v\n", ref.FieldRows, ref.FieldsCut)
	return b.String()
}

// Every field is there, whether it is watched or not.
func TestSchema(t *testing.T) {
	rows := linesOf(1200, func(i int) string {
		return []string{
			`{"id": "a", "amount": 1, "card": {"type": "x", "empty": {}}, "tags": [1], "flag": true, "none": null, "same": 1.0, "dot.ted": "y"}`,
			`{"id": "b", "amount": "1", "card": null, "tags": [], "bad": 1e400, "same": 1, "once": {"a": {"b": "k"}}}`,
			`{"id": "c", "amount": null, "amount": 2, "same": null, "bad": "` + "\xff" + `", "flag": true}`,
			`{"id": `,
		}[i%4]
	})
	want := `amount: null 300 number 300 string 300
bad: invalid 600
card: null 300
card.type: string 300, constant
dot\.ted: string 300, constant
flag: boolean 600, constant
id: string 900
none: null 300
once.a.b: string 300, constant
same: null 300 number 600, constant
tags: nested 600
of 900, cut false
`
	c := monitor.Default()
	if got := schemaOf(build(t, c, rows)); got != want {
		t.Errorf("the fields are\n%s\nwant\n%s", got, want)
	}
	c.Features = []monitor.Feature{{Name: "amount"}, {Name: "gone", Kind: "numeric"}, {Name: "gone.below", Kind: "text"}}
	ref := build(t, c, rows)
	if got := schemaOf(ref); got != want {
		t.Errorf("with declared features they are\n%s\nwant\n%s", got, want)
	}
	counted, _, err := monitor.CountAt(ref, decode.JSON, rows, "the same")
	if err != nil || schemaOf(counted) != want {
		t.Errorf("counted again they are\n%s%v", schemaOf(counted), err)
	}
}

// Whatever the records, types are counted as encoding/json sees them.
func TestSchemaCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := func(depth int) any { return anyValue(t, depth) }
		want := map[string]map[string]uint64{}
		var lines []string
		for range rapid.IntRange(1, 30).Draw(t, "rows") {
			record := map[string]any{"x": 1.5}
			for _, key := range []string{"a", "b", "c.d", `\`} {
				if rapid.Bool().Draw(t, "there") {
					record[key] = value(0)
				}
			}
			count(want, "", record)
			b, err := json.Marshal(record)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, string(b))
		}
		ref, err := monitor.BuildReference(monitor.Default(), decode.JSON, linesOf(len(lines), func(i int) string { return lines[i] }), "test")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range ref.Fields {
			for kind, n := range f.Types {
				if n != want[f.Name][stats.FieldType(kind).String()] {
					t.Fatalf("%s is %v, want %v", f.Name, f.Types, want[f.Name])
				}
			}
			delete(want, f.Name)
		}
		if len(want) > 0 {
			t.Fatalf("not there: %v", want)
		}
	})
}

func anyValue(t *rapid.T, depth int) any {
	switch n := rapid.IntRange(0, 5).Draw(t, "type"); {
	case n == 0:
		return nil
	case n == 1:
		return rapid.IntRange(0, 1).Draw(t, "number")
	case n == 2:
		return rapid.SampledFrom([]string{"", "1", "x"}).Draw(t, "text")
	case n == 3:
		return true
	case n == 4:
		return []any{1}
	case depth > 2:
		return map[string]any{}
	}
	return map[string]any{"k": anyValue(t, depth+1), ".": anyValue(t, depth+1)}
}

func count(into map[string]map[string]uint64, path string, v any) {
	if object, is := v.(map[string]any); is {
		for key, value := range object {
			key = strings.NewReplacer(`\`, `\\`, ".", `\.`).Replace(key)
			if path != "" {
				key = path + "." + key
			}
			count(into, key, value)
		}
		return
	}
	if into[path] == nil {
		into[path] = map[string]uint64{}
	}
	kind := "nested"
	switch v.(type) {
	case nil:
		kind = "null"
	case int, float64:
		kind = "number"
	case string:
		kind = "string"
	case bool:
		kind = "boolean"
	}
	into[path][kind]++
}

// An object whose keys are values is one field, is watched only where its keys
// are usual ones, and takes no place from the fields that come after it.
func TestOpenObjects(t *testing.T) {
	usual := func(i int) string {
		return fmt.Sprintf(`"amount": %d, "country": %q`, i*7919%1000, []string{"DE", "FR"}[i%2])
	}
	many := func(n int, key func(k int) string) string {
		var pairs []string
		for k := range n {
			pairs = append(pairs, key(k))
		}
		return strings.Join(pairs, ", ")
	}
	for name, test := range map[string]struct {
		row     func(i int) string
		n       int
		fields  string
		watched []string
	}{
		"random keys": {
			func(i int) string {
				late := ""
				if i > 1000 {
					late = `, "late": true`
				}
				return fmt.Sprintf(`{%s, "by": {"total": %d, %s}%s}`, usual(i), i%7, many(3, func(k int) string { return fmt.Sprintf(`"u%d": {"n": %d, "s": "x"}`, 3*i+k, k) }), late)
			}, 3000,
			"amount: number 3000\nby.*: nested 3000\nby.total: number 3000\ncountry: string 3000\nlate: boolean 1999, constant\nof 3000, cut false\n",
			[]string{"amount", "country", "by.total", "late", "_size"},
		},
		"hundreds of random keys a row": {
			func(i int) string {
				return fmt.Sprintf(`{%s, "by": {%s}}`, usual(i), many(400, func(k int) string { return fmt.Sprintf(`"%d.%d": %d`, i, k, k) }))
			}, 200,
			"amount: number 200\nby.*: nested 200\ncountry: string 200\nof 200, cut false\n",
			[]string{"amount", "country", "_size"},
		},
		"the record itself": {
			func(i int) string { return fmt.Sprintf(`{%s, "k%d": 1, "k%d": null}`, usual(i), i, i+1) }, 1500,
			"*: nested 1500\namount: number 1500\ncountry: string 1500\nof 1500, cut false\n",
			[]string{"amount", "country", "_size"},
		},
		"sometimes null": {
			func(i int) string {
				if i%2 == 0 {
					return fmt.Sprintf(`{%s, "by": null}`, usual(i))
				}
				return fmt.Sprintf(`{%s, "by": {"k%d": 1}}`, usual(i), i)
			}, 1500,
			"amount: number 1500\nby.*: null 750 nested 750\ncountry: string 1500\nof 1500, cut false\n",
			[]string{"amount", "country", "_size"},
		},
	} {
		ref := build(t, monitor.Default(), linesOf(test.n, test.row))
		var watched []string
		for _, e := range ref.Layout.Features {
			watched = append(watched, e.Name)
		}
		slices.Sort(watched)
		slices.Sort(test.watched)
		if got := schemaOf(ref); got != test.fields || !slices.Equal(watched, test.watched) {
			t.Errorf("%s: watched are %q, want %q; the fields are\n%s\nwant\n%s", name, watched, test.watched, got, test.fields)
		}
		left := 0
		for _, l := range ref.LeftOut {
			if l.Reason == monitor.OpenObject {
				left++
			}
		}
		if left != 1 {
			t.Errorf("%s: left out %q", name, ref.LeftOut)
		}
		if f := ref.Field("by.never.seen"); f == nil {
			t.Errorf("%s: a new key below the open object is news", name)
		}
		if f := ref.Field("news"); f != nil && f.Name != "" {
			t.Errorf("%s: a new field is %+v", name, f)
		}
	}

	// A wide record is not open: its fields are usual ones.
	wide := build(t, monitor.Default(), linesOf(50, func(int) string {
		return "{" + many(300, func(k int) string { return fmt.Sprintf(`"f%d": %d`, k, k) }) + "}"
	}))
	if len(wide.Fields) != 300 || wide.FieldsCut || wide.Field("news") != nil {
		t.Errorf("a wide record has %d fields", len(wide.Fields))
	}

	// A key that is declared stays.
	c := monitor.Default()
	c.Features = []monitor.Feature{{Name: "by.u7.n", Kind: "numeric"}}
	declared := build(t, c, linesOf(2000, func(i int) string { return fmt.Sprintf(`{"x": 1, "by": {"u%d": {"n": 5, "m": 1}}}`, i) }))
	if got := schemaOf(declared); got != "by.*: nested 2000\nby.u7.m: number 1, constant\nby.u7.n: number 1, constant\nx: number 2000, constant\nof 2000, cut false\n" {
		t.Errorf("with a declared key the fields are\n%s", got)
	}
}

// Beyond so many fields that none can be told from others, it says so.
func TestTooManyFields(t *testing.T) {
	ref := build(t, monitor.Default(), linesOf(40, func(int) string {
		var b strings.Builder
		for k := range 2500 {
			fmt.Fprintf(&b, `, "f%d": %d`, k, k)
		}
		return `{"x": 1` + b.String() + "}"
	}))
	if len(ref.Fields) != 2000 || !ref.FieldsCut {
		t.Errorf("%d fields, cut %v", len(ref.Fields), ref.FieldsCut)
	}
	b, err := ref.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if err := new(stats.Reference).UnmarshalBinary(b); err != nil {
		t.Error(err)
	}
	long := build(t, monitor.Default(), linesOf(40, func(int) string { return `{"x": 1, "` + strings.Repeat("k", 2000) + `": 1, "y": 2}` }))
	if got := schemaOf(long); got != "x: number 40, constant\ny: number 40, constant\nof 40, cut true\n" {
		t.Errorf("with a name that is too long the fields are\n%s", got)
	}
}
