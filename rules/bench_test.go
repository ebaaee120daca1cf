package rules_test

import (
	"fmt"
	"testing"

	"driftwatch/rules"
)

// BenchmarkStep is a large monitor: 201 segments of 50 features under three
// rules of features and one over them, nothing firing.
func BenchmarkStep(b *testing.B) {
	values := stats{"psi_lo": 0.01, "missing_rate": 0, "rows": 5}
	var watched []rules.Feature
	var segments []string
	for i := range 50 {
		watched = append(watched, rules.Feature{Name: fmt.Sprintf("f%d", i), Kind: "numeric"})
	}
	for i := range 200 {
		segments = append(segments, fmt.Sprintf("country=%d", i))
	}
	var samples []rules.Sample
	for _, segment := range append([]string{""}, segments...) {
		samples = append(samples, sample(segment, "", values))
		for _, f := range watched {
			samples = append(samples, sample(segment, f.Name, values))
		}
	}
	all := []string{"*"}
	declared := []rules.Rule{
		{Name: "a", When: "psi_lo > limit", Limits: map[string]float64{"default": 0.1}},
		{Name: "b", When: "missing_rate > 0.1 && rows > 100"},
		{Name: "c", When: "psi_lo > 1 || missing_rate > 0.5"},
		{Name: "d", When: "share(psi_lo > 0.1) > 0.5"},
	}
	for i := range declared {
		declared[i].Monitor, declared[i].Segments = "payments", all
	}
	e, problems := rules.Compile("payments", declared, watched, segments, known())
	if e == nil {
		b.Fatal(problems)
	}
	b.ReportAllocs()
	series := 201 * (3*50 + 1)
	for b.Loop() {
		if changes := e.Step(epoch(), windowAt(epoch()), samples); len(changes) > 0 {
			b.Fatal("it should be quiet")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(series), "ns/series")
}
