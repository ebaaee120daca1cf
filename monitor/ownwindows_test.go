package monitor_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
	"driftwatch/stats"
)

// series are so many rows a second of a value with the autocorrelation given,
// from second to second.
func series(seconds, each int, memory float64) monitor.Rows {
	return func(yield func(monitor.Row) error) error {
		r := rand.New(rand.NewPCG(7, 7))
		level := 0.0
		for s := range seconds {
			level = memory*level + math.Sqrt(1-memory*memory)*r.NormFloat64()
			for range each {
				x := r.NormFloat64()
				if memory > 0 {
					x = level + 0.3*x
				}
				if err := yield(monitor.Row{Event: monitor.NoTime, Log: monitor.NoTime, Value: fmt.Appendf(nil, `{"at": %d, "x": %.4f, "c": "%c"}`, 1764000000+s, x, 'a'+byte(r.IntN(3)))}); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// A reference of rows with times knows how much its own windows vary.
func TestBaselines(t *testing.T) {
	c := monitor.Default()
	build := func(memory float64, field string) *stats.Reference {
		t.Helper()
		c.Timestamp.Field = field
		ref, err := monitor.BuildReference(c, decode.JSON, series(6*3600, 2, memory), "test")
		if err != nil {
			t.Fatal(err)
		}
		return ref
	}
	if b := build(0, "").Baselines; len(b) > 0 {
		t.Errorf("without times there are baselines: %+v", b)
	}
	for memory, bounds := range map[float64][2]float64{0: {0.7, 1.4}, 0.99: {20, math.Inf(1)}} {
		ref := build(memory, "at")
		for i, e := range ref.Layout.Features {
			low, high := bounds[0], bounds[1]
			if e.Name == "c" {
				low, high = 0.7, 1.4 // independent in any case
			}
			b := ref.Baselines[i]
			if b.Window != 300_000 || b.Windows < 70 || b.Windows > 71 || b.Phi < low || b.Phi > high {
				t.Errorf("with memory %v %s has the baseline %+v, want phi in [%v, %v]", memory, e.Name, b, low, high)
			}
		}
	}
}

// A declaration that the profile was not built with is no half of it.
func TestDeclarationsAgreeWithTheProfile(t *testing.T) {
	built := monitor.Default()
	built.Features = []monitor.Feature{
		{Name: "x", MissingValues: []string{"-1", ""}, Coerce: true},
		{Name: "c", Kind: "categorical", Values: []string{"a", "b", "c"}},
	}
	ref, err := monitor.BuildReference(built, decode.JSON, series(1000, 1, 0), "test")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		declared []monitor.Feature
		want     string
	}{
		"nothing":             {nil, ""},
		"the same":            {built.Features, ""},
		"in another order":    {[]monitor.Feature{{Name: "x", MissingValues: []string{"", "-1"}, Coerce: true}}, ""},
		"no missing values":   {[]monitor.Feature{{Name: "x", Coerce: true}}, `"x" is declared with missing_values [], and ["-1" ""] were missing in the reference test`},
		"others":              {[]monitor.Feature{{Name: "x", Coerce: true, MissingValues: []string{"-1", "N/A"}}}, `["-1" "N/A"], and`},
		"not coerced":         {[]monitor.Feature{{Name: "x", MissingValues: []string{"-1", ""}}}, `"x" is declared with coerce: false, and it was true in`},
		"another kind":        {[]monitor.Feature{{Name: "c", Kind: "text"}}, `"c" is declared text and is categorical in`},
		"other values":        {[]monitor.Feature{{Name: "c", Kind: "categorical", Values: []string{"a", "b"}}}, `"c" is declared with other values (2 of them) than the 3 of`},
		"what is not there":   {[]monitor.Feature{{Name: "y"}}, `has no feature "y"`},
		"values not repeated": {[]monitor.Feature{{Name: "c"}}, ""},
	} {
		c := monitor.Default()
		c.Features = test.declared
		_, _, err := monitor.Watched(c, ref)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}
