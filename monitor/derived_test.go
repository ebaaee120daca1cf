package monitor_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
	"driftwatch/stats"
)

// Derived features against what they are of, counted here.
func TestDerivedFeatures(t *testing.T) {
	c := monitor.Default()
	c.Timestamp.Field = "at"
	c.Features = []monitor.Feature{
		{Name: "name", Kind: "text", Length: &monitor.Length{}},
		{Name: "_size", Kind: "numeric"},
		{Name: "_event_delay", Kind: "numeric"},
	}
	const n = 2000
	var size, length, delay [n]float64
	rows := func(yield func(monitor.Row) error) error {
		for i := range n {
			name := strings.Repeat("é", i%17)
			record := fmt.Sprintf(`{"at": %d, "name": %q}`, 1_760_000_000_000+i, name)
			late := int64(i * 37 % 5000)
			size[i], length[i], delay[i] = float64(len(record)), float64(utf8.RuneCountInString(name)), float64(late)/1000
			if err := yield(monitor.Row{Event: monitor.NoTime, Log: int64(1_760_000_000_000+i) + late, Value: []byte(record)}); err != nil {
				return err
			}
		}
		return nil
	}
	ref, err := monitor.BuildReference(c, decode.JSON, rows, "test")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][n]float64{"_size": size, "_length.name": length, "_event_delay": delay}
	for i, e := range ref.Layout.Features {
		values, ok := want[e.Name]
		if !ok {
			continue
		}
		delete(want, e.Name)
		p := ref.Layout.Profile(ref.Counts[0], i)
		var sum float64
		for _, x := range values {
			sum += x
		}
		if p.Values() != n || math.Abs(p.Mean()-sum/n) > 1e-4 {
			t.Errorf("%s has %d values of mean %g, want %d of %g", e.Name, p.Values(), p.Mean(), n, sum/n)
		}
		for _, cut := range []int{0, len(e.Cuts) / 2, len(e.Cuts) - 1} {
			var below uint64
			for _, x := range values {
				if x <= e.Cuts[cut] {
					below++
				}
			}
			var counted uint64
			for _, k := range p.Cells[stats.NoValues : stats.NoValues+cut+1] {
				counted += k
			}
			if counted != below {
				t.Errorf("%s: %d values up to %g, want %d", e.Name, counted, e.Cuts[cut], below)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("not watched: %v", len(want))
	}
}

// Without a field of the event time there is no delay, and without a time of the
// log there is none to know.
func TestDelayNeedsTwoTimes(t *testing.T) {
	for name, field := range map[string]string{"no field": "", "no log time": "at"} {
		c := monitor.Default()
		c.Timestamp.Field = field
		ref, err := monitor.BuildReference(c, decode.JSON, linesOf(200, func(i int) string {
			return fmt.Sprintf(`{"at": "2026-11-01T00:%02d:%02dZ", "x": %d.5}`, i/60, i%60, i*7%100)
		}), "test")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range ref.Layout.Features {
			if e.Name == "_event_delay" {
				t.Errorf("%s: it is watched", name)
			}
		}
	}
}

// A field may begin with _, unless its name is what alerts or derived features are
// called by.
func TestReservedNamesAreNotWatched(t *testing.T) {
	ref, err := monitor.BuildReference(monitor.Default(), decode.JSON, linesOf(200, func(i int) string {
		x := i * 7 % 100
		return fmt.Sprintf(`{"_x": %d.5, "_partition": %d.5, "_header": {"a": %d.5}, "_size": %d.5}`, x, x, x, x)
	}), "test")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range ref.Layout.Features {
		names = append(names, e.Name)
	}
	if !slices.Equal(names, []string{"_x", "_size"}) { // _size is that of the record
		t.Errorf("watched are %q", names)
	}
}
