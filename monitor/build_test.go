package monitor_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
	"driftwatch/stats"
)

// linesOf are n records made by f.
func linesOf(n int, f func(i int) string) monitor.Rows {
	return func(yield func(monitor.Row) error) error {
		for i := range n {
			if err := yield(monitor.Row{Event: monitor.NoTime, Log: monitor.NoTime, Value: []byte(f(i))}); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestDefaultFeatures(t *testing.T) {
	c := monitor.Default()
	c.Timestamp.Field, c.Key = "event_time", "id"
	rows := linesOf(2000, func(i int) string {
		return fmt.Sprintf(`{"event_time": "2026-11-01T00:%02d:%02dZ", "id": "k%d", "amount": %d.5, "age": %d, "seq": %d, "user": %d, "uuid": "u-%d",
"country": %q, "flag": %v, "note": "free text %d", "created": "2026-10-%02d", "sent_ms": %d, "tags": [1], "none": null, "card": {"type": "x", "empty": {}}, "mixed": %s}`,
			i/60%60, i%60, i, i*7919%1000, 18+i%60, i, (i*7919)%100003, i, []string{"DE", "FR"}[i%2], i%3 == 0, i, 1+i%28, 1760000000000+int64(i*7919%100000), []string{"1", `"a"`, "2"}[i%3])
	})
	ref, err := monitor.BuildReference(c, decode.JSON, rows, "test")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]stats.Kind{
		"amount": stats.Numeric, "age": stats.Numeric, "country": stats.Categorical, "flag": stats.Boolean,
		"note": stats.Text, "card.type": stats.Categorical, "mixed": stats.Numeric, "_size": stats.Numeric,
	}
	for i, e := range ref.Layout.Features {
		if want[e.Name] != e.Kind {
			t.Errorf("%s is watched as %s, want %q", e.Name, e.Kind, want[e.Name])
		}
		delete(want, e.Name)
		if n := ref.Layout.Profile(ref.Counts[0], i).Rows(); n != 2000 {
			t.Errorf("%s has %d rows, want 2000", e.Name, n)
		}
	}
	if len(want) > 0 {
		t.Errorf("not watched: %v", want)
	}
	left := map[string]string{}
	for _, l := range ref.LeftOut {
		left[l.Name] = l.Reason
	}
	for name, reason := range map[string]string{
		"event_time": "the timestamp", "id": "the key", "seq": "never falls", "user": "identifier", "uuid": "identifier", "created": "a timestamp",
		"sent_ms": "timestamp", "tags": "array", "none": "never has a value",
	} {
		if !strings.Contains(left[name], reason) {
			t.Errorf("%s is left out because %q, want %q", name, left[name], reason)
		}
		delete(left, name)
	}
	if len(left) > 0 {
		t.Errorf("also left out: %v", left)
	}
}

// Times in whatever form are no features, and what only looks a little like one
// is.
func TestTimesAreNotWatched(t *testing.T) {
	at := func(i int) time.Time { return time.Unix(1764000000+int64(i*7919%4000000), 0).UTC() }
	for name, test := range map[string]struct {
		value func(i int) string
		time  bool
	}{
		"seconds":              {func(i int) string { return fmt.Sprint(at(i).Unix()) }, true},
		"seconds and parts":    {func(i int) string { return fmt.Sprintf("%d.25", at(i).Unix()) }, true},
		"milliseconds":         {func(i int) string { return fmt.Sprint(at(i).UnixMilli()) }, true},
		"nanoseconds":          {func(i int) string { return fmt.Sprint(at(i).UnixNano()) }, true},
		"seconds as text":      {func(i int) string { return fmt.Sprintf("%q", fmt.Sprint(at(i).Unix())) }, true},
		"milliseconds as text": {func(i int) string { return fmt.Sprintf("%q", fmt.Sprint(at(i).UnixMilli())) }, true},
		"RFC 3339":             {func(i int) string { return at(i).Format(`"2006-01-02T15:04:05Z"`) }, true},
		"minutes":              {func(i int) string { return at(i).Format(`"2006-01-02T15:04"`) }, true},
		"slashes":              {func(i int) string { return at(i).Format(`"02/01/2006 15:04"`) }, true},
		"American":             {func(i int) string { return at(i).Format(`"1/2/2006 3:04:05 PM"`) }, true},
		"German":               {func(i int) string { return at(i).Format(`"02.01.2006"`) }, true},
		"a header's":           {func(i int) string { return at(i).Format(`"Mon, 02 Jan 2006 15:04:05 GMT"`) }, true},
		"compact":              {func(i int) string { return at(i).Format(`"20060102T150405Z"`) }, true},
		"ten digits":           {func(i int) string { return fmt.Sprint(1000000000 + i%700*4000000) }, false},
		"merchants":            {func(i int) string { return fmt.Sprintf("%q", fmt.Sprint(1000000000+i%60*50000000)) }, false},
		"versions":             {func(i int) string { return fmt.Sprintf(`"2.%d.%d"`, i%7, i%3) }, false},
		"addresses":            {func(i int) string { return fmt.Sprintf(`"10.1.%d.20"`, i%9) }, false},
		"amounts":              {func(i int) string { return fmt.Sprintf("%d.5", i*7919%1000) }, false},
	} {
		ref, err := monitor.BuildReference(monitor.Default(), decode.JSON, linesOf(2000, func(i int) string {
			return fmt.Sprintf(`{"field": %s, "other": %d}`, test.value(i), i%5)
		}), "test")
		if err != nil {
			t.Fatal(err)
		}
		reason := ""
		for _, l := range ref.LeftOut {
			reason += l.Name + " " + l.Reason
		}
		if is := strings.HasPrefix(reason, "field a timestamp"); is != test.time || !test.time && reason != "" {
			t.Errorf("%s (%s): left out %q, a time: %v", name, test.value(5), reason, test.time)
		}
	}
}

func TestDeclaredFeatures(t *testing.T) {
	c := monitor.Default()
	c.Features = []monitor.Feature{
		{Name: "age", MissingValues: []string{"-1", ""}},
		{Name: "code", Kind: "categorical"},
		{Name: "kind", Kind: "categorical", Values: []string{"a", "b"}, MissingValues: []string{"N/A"}},
		{Name: "price", Coerce: true, Kind: "numeric"},
		{Name: `dotted\.key`},
	}
	rows := linesOf(1000, func(i int) string {
		return []string{
			`{"age": 30, "code": 7, "kind": "a", "price": "1.5", "dotted.key": 1, "other": 1}`,
			`{"age": -1, "code": 8.0, "kind": "N/A", "price": 2, "dotted.key": 2}`,
			`{"age": "", "code": null, "kind": "c", "price": "x", "dotted.key": "y"}`,
			`{"age": 1e400, "kind": "b` + "\xff" + `", "price": {}, "dotted.key": true, "code": "7"}`,
		}[i%4]
	})
	ref, err := monitor.BuildReference(c, decode.JSON, rows, "test")
	if err != nil {
		t.Fatal(err)
	}
	cell := func(feature, label string) uint64 {
		for i, e := range ref.Layout.Features {
			if e.Name != feature {
				continue
			}
			p := ref.Layout.Profile(ref.Counts[0], i)
			switch label {
			case "absent":
				return p.Cells[stats.Absent]
			case "null":
				return p.Cells[stats.Null]
			case "empty":
				return p.Cells[stats.Empty]
			case "type":
				return p.Cells[stats.WrongType]
			case "invalid":
				return p.Cells[stats.Invalid]
			case "sentinel":
				return p.Cells[stats.Sentinel]
			case "values":
				return p.Values()
			case "missing":
				return p.Missing()
			}
			return p.Cells[e.Category([]byte(label))]
		}
		t.Fatalf("no feature %s", feature)
		return 0
	}
	for _, test := range []struct {
		feature, label string
		want           uint64
	}{
		{"age", "sentinel", 250},
		{"age", "empty", 250},
		{"age", "invalid", 250},
		{"age", "values", 250},
		{"age", "missing", 500},
		{"code", "7", 500},
		{"code", "8", 250},
		{"code", "null", 250},
		{"kind", "a", 250},
		{"kind", "sentinel", 250},
		{"kind", "unseen", 250},
		{"kind", "invalid", 250},
		{"price", "values", 500},
		{"price", "type", 500},
		{`dotted\.key`, "values", 500},
		{`dotted\.key`, "type", 500},
	} {
		if got := cell(test.feature, test.label); got != test.want {
			t.Errorf("%s %s: %d, want %d", test.feature, test.label, got, test.want)
		}
	}
}

func TestBuildReferenceSaysWhatIsWrong(t *testing.T) {
	c := monitor.Default()
	for name, test := range map[string]struct {
		line     string
		features []monitor.Feature
		want     string
	}{
		"malformed": {`{`, nil, "it has no usable record (3 were read, 3 malformed): the first looks like JSON that ends early, after byte 1; "},
		"nothing":   {`{"a": []}`, nil, "none of the 1 fields is worth watching (the last reason: a: an array or an object without fields); declare features"},
		"absent":    {`{"a": 1}`, []monitor.Feature{{Name: "b"}}, `the feature "b" never has a value in 3 records, so its kind cannot be inferred; declare its kind, or leave it out`},
	} {
		t.Run(name, func(t *testing.T) {
			c.Features = test.features
			_, err := monitor.BuildReference(c, decode.JSON, linesOf(3, func(int) string { return test.line }), "x.jsonl")
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}
