package stats_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"driftwatch/stats"
)

func rowsOf(n uint64) [6]uint64 { return [6]uint64{stats.NumberField: n} }

// A path is known by itself, or because it is below an object that is open.
func TestFieldOfAPath(t *testing.T) {
	r := stats.Reference{FieldRows: 9, Fields: []stats.Field{
		{Name: "tags.known", Types: rowsOf(5)},
		{Name: "tags", Open: true, Types: rowsOf(9)},
		{Name: `a\.b.c`, Open: true, Types: rowsOf(1)},
		{Name: "plain.x", Types: rowsOf(2)},
	}}
	stats.SortFields(r.Fields)
	paths := map[string]string{
		"tags.known": "tags.known", "tags": "tags.*", "tags.9f": "tags.*", "tags.known.deeper": "tags.*", "tagsy": "",
		`a\.b.c.d`: `a\.b.c.*`, "a.b.c.d": "", `a\.b.x`: "", "plain": "", "plain.x": "plain.x", "plain.y": "", "": "",
	}
	for path, want := range paths {
		got := ""
		if f := r.Field(path); f != nil {
			got = f.Pattern()
		}
		if got != want {
			t.Errorf("%q is %q, want %q", path, got, want)
		}
	}
	r.Fields = append(r.Fields, stats.Field{Open: true})
	stats.SortFields(r.Fields)
	for path, want := range paths {
		if want == "" {
			want = "*"
		}
		if f := r.Field(path); f == nil || f.Pattern() != want {
			t.Errorf("%q is %+v, want %s, as the record itself is open", path, f, want)
		}
	}
}

func TestFieldType(t *testing.T) {
	for _, test := range []struct {
		types [6]uint64
		want  stats.FieldType
	}{
		{[6]uint64{}, stats.NullField},
		{[6]uint64{9}, stats.NullField},
		{[6]uint64{9, 0, 1}, stats.StringField},
		{[6]uint64{9, 2, 2}, stats.NumberField},
		{[6]uint64{0, 1, 2, 3, 4, 5}, stats.InvalidField},
	} {
		if f := (&stats.Field{Types: test.types}); f.Type() != test.want {
			t.Errorf("%v is %s, want %s", test.types, f.Type(), test.want)
		}
	}
}

func TestLastKey(t *testing.T) {
	for path, want := range map[string]int{"": -1, "a": -1, ".": 0, "a.b.c": 3, `a\.b`: -1, `a\\.b`: 3, `a\\\.b`: -1, `a.b\.c`: 1, `\.`: -1} {
		if got := stats.LastKey(path); got != want {
			t.Errorf("the last key of %q is after %d, want %d", path, got, want)
		}
	}
}

func TestFieldsOfFilesAreChecked(t *testing.T) {
	for want, fields := range map[string][]stats.Field{
		`the field "a" stands in more than all 9 rows`: {{Name: "a", Types: [6]uint64{5, 5}}},
		`the field "b" stands in more than all 9 rows`: {{Name: "b", Types: [6]uint64{1 << 63, 1 << 63}}},
		`the field "a" is not in order`:                {{Name: "b"}, {Name: "a"}},
		`the field "c" is not in order`:                {{Name: "c"}, {Name: "c"}},
	} {
		l := fuzzLayout()
		r := stats.Reference{Layout: l, Singletons: make([]uint64, 3), Counts: []*stats.Counts{l.NewCounts()}, Fields: fields, FieldRows: 9}
		b, err := r.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if err := new(stats.Reference).UnmarshalBinary(b); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// Names of fields that few rows have may be keys of a map, such as a person's.
func TestRedactFields(t *testing.T) {
	l := fuzzLayout()
	r := stats.Reference{
		Source: "x", Layout: l, Singletons: make([]uint64, 3), Counts: []*stats.Counts{l.NewCounts()}, FieldRows: 1000,
		Fields: []stats.Field{
			{Name: "by.jane", Types: rowsOf(19)},
			{Name: "by.joe", Types: rowsOf(20)},
			{Name: "to", Types: rowsOf(900)},
		},
		LeftOut: []stats.LeftOut{{Name: "by.jane", Reason: "x"}, {Name: "to", Reason: "x"}, {Name: "unknown", Reason: "x"}},
	}
	before := fmt.Sprintf("%+v", r)
	got := r.Redact()
	var names []string
	for _, f := range got.Fields {
		names = append(names, f.Name)
	}
	for _, l := range got.LeftOut {
		names = append(names, l.Name)
	}
	if !slices.Equal(names, []string{"by.joe", "to", "to", "unknown"}) || !got.FieldsCut {
		t.Errorf("%q are left, cut off %v", names, got.FieldsCut)
	}
	if fmt.Sprintf("%+v", r) != before {
		t.Error("Redact has changed what it was called on")
	}
}
