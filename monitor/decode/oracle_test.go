package decode_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
)

// tester is what testing.T, testing.F and rapid.T have in common here.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// object is what encoding/json makes of a record, level by level: raw values
// keep what it would repair, which is text that is not UTF-8.
type object map[string]json.RawMessage

// parse is nil if encoding/json says that the record is not a JSON object.
func parse(record []byte) object {
	var o object
	if json.Unmarshal(record, &o) != nil {
		return nil
	}
	return o // nil for null, too
}

// at is the value at the end of a path of keys.
func (o object) at(keys []string) monitor.Value {
	raw, ok := o[keys[0]]
	switch {
	case !ok:
		return monitor.Value{}
	case len(keys) == 1:
		return value(raw)
	}
	return parse(raw).at(keys[1:])
}

func value(raw []byte) monitor.Value {
	switch raw[0] {
	case '{', '[':
		return monitor.Value{Type: monitor.Nested}
	case 'n':
		return monitor.Value{Type: monitor.Null}
	case 't':
		return monitor.Value{Type: monitor.Bool, Num: 1}
	case 'f':
		return monitor.Value{Type: monitor.Bool}
	case '"':
		if !utf8.Valid(raw) {
			return monitor.Value{Type: monitor.Invalid}
		}
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			panic(err)
		}
		return monitor.Value{Type: monitor.String, Text: []byte(s)}
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return monitor.Value{Type: monitor.Invalid}
	}
	integer := !strings.ContainsAny(string(raw), ".eE")
	return monitor.Value{Type: monitor.Number, Integer: integer, Num: f, Text: raw}
}

// flatten visits the object's fields as Walk is to do.
func (o object) flatten(prefix string, visit func(path string, v monitor.Value)) {
	escape := strings.NewReplacer(".", `\.`, `\`, `\\`)
	for key, raw := range o {
		path := prefix + escape.Replace(key)
		if raw[0] == '{' {
			parse(raw).flatten(path+".", visit)
			continue
		}
		visit(path, value(raw))
	}
}

// show makes values comparable, down to the bits of the number.
func show(v monitor.Value) string {
	return fmt.Sprintf("type %d, integer %t, number %g (%016x), text %q", v.Type, v.Integer, v.Num, math.Float64bits(v.Num), v.Text)
}

// field is a field's name and the keys it stands for.
type field struct {
	name string
	keys []string
}

func named(fields []field) []string {
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	return names
}

func newJSON(t tester, fields ...string) monitor.Decoder {
	t.Helper()
	d, err := decode.JSON(fields)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// checkDecode compares d, made for the fields, with the oracle.
func checkDecode(t tester, d monitor.Decoder, fields []field, record []byte) {
	t.Helper()
	row := make([]monitor.Value, len(fields))
	for i := range row { // what an earlier record left
		row[i] = monitor.Value{Type: monitor.Number, Integer: true, Num: 7, Text: []byte("7")}
	}
	err := d.Decode(record, row)
	want := parse(record)
	if want == nil {
		if !errors.Is(err, monitor.ErrMalformed) {
			t.Fatalf("%.200q: error %v, want malformed", record, err)
		}
		return
	}
	if err != nil {
		t.Fatalf("%.200q: %v", record, err)
	}
	for i, f := range fields {
		if got, want := show(row[i]), show(want.at(f.keys)); got != want {
			t.Fatalf("%.200q, field %q:\n got %s\nwant %s", record, f.name, got, want)
		}
	}
}

// checkWalk compares the last visit of every path with the oracle.
func checkWalk(t tester, d monitor.Decoder, record []byte) (visits int) {
	t.Helper()
	last := map[string]string{}
	err := d.Walk(record, func(path []byte, v monitor.Value) {
		visits++
		last[string([]rune(string(path)))] = show(v) // keys repaired as encoding/json does
	})
	want := parse(record)
	if (err == nil) != (want != nil) {
		t.Fatalf("%.200q: error %v, want malformed %t", record, err, want == nil)
	}
	want.flatten("", func(path string, v monitor.Value) {
		if got, want := last[path], show(v); got != want {
			t.Fatalf("%.200q, path %q:\n got %s\nwant %s", record, path, got, want)
		}
	})
	return visits
}
