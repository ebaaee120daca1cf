package monitor_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
)

// A shape is the fields of a record, whatever their order, with the last of
// repeated ones.
func TestShape(t *testing.T) {
	for _, c := range []struct {
		record, want string
		known        []string
	}{
		{`{"b": 1, "a": "x", "c": {"e": null, "d": [1]}, "f": true, "g": 1e999, "h": {}}`, "a:s b:0 c.d:a c.e:n f:b g:i", nil},
		{`{"a": 1, "a": "x"}`, "a:s", nil},
		{`{"a.b": 1, "a": {"b": 2}}`, `a.b:0 a\.b:0`, nil},
		{`{"tags": {"x1": 1, "x2": 1, "lang": "de"}, "n": 1}`, "n:0 tags.lang:s", []string{"n", "tags.*", "tags.lang"}},
		{`{"tags": null, "n": {"x": {"y": 1}}}`, "n.x.y:0 tags:n", []string{"tags.*"}},
		{`{"q": 1, "n": 2}`, "n:0", []string{"n", "*"}},
		{`{}`, "", nil},
	} {
		got, whole := monitor.ShapeOf(decode.JSON, []byte(c.record), c.known)
		if strings.Join(got, " ") != c.want || !whole {
			t.Errorf("%s: %v, whole %v", c.record, got, whole)
		}
	}
}

// An object with random keys takes a bounded memory, and says that it was cut.
func TestShapeIsBounded(t *testing.T) {
	keys, long := map[string]int{}, map[string]int{}
	for i := range 10_000 {
		keys[fmt.Sprintf("%06d", i*7919%100_003)] = i
		long[fmt.Sprintf("%0200d", i)] = i
	}
	deep := strings.Repeat(`{"aaaaaaaaaa":`, 100) + "1" + strings.Repeat("}", 100)
	for _, record := range []any{keys, long, map[string]any{strings.Repeat("k", 1000): 1, "a": 1}, json.RawMessage(deep)} {
		b, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		got, whole := monitor.ShapeOf(decode.JSON, b, nil)
		if size := len(strings.Join(got, "")); whole || len(got) > 500 || size > 17<<10 || !slices.IsSorted(got) {
			t.Errorf("%d fields, %d bytes, whole %v", len(got), size, whole)
		}
	}
}
