package monitor_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"driftwatch/monitor"
)

func TestTrending(t *testing.T) {
	content, err := os.ReadFile("testdata/trend.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		XS  []float64
		Rho float64
	}
	if err := json.Unmarshal(content, &cases); err != nil {
		t.Fatal(err)
	}
	trends := 0
	for _, c := range cases {
		want := math.Abs(c.Rho) > 0.8
		if got := monitor.Trending(append([]float64{math.NaN()}, c.XS...)); got != want {
			t.Errorf("rank correlation %v: trending is %t", c.Rho, got)
		}
		if want {
			trends++
		}
	}
	if trends < 30 || trends > len(cases)-30 {
		t.Errorf("%d of %d are trends: that tries one side only", trends, len(cases))
	}
	for name, xs := range map[string][]float64{"none": nil, "too few": {1, 2, 3, 4, 5, 6, 7}, "constant": make([]float64, 20)} {
		if monitor.Trending(xs) {
			t.Errorf("%s is a trend", name)
		}
	}
}
