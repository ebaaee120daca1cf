package monitor_test

import (
	"fmt"
	"slices"
	"testing"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
	"driftwatch/stats"
)

func surveyed(i int) (int64, string) {
	sparse, note := "", ""
	if i%4 == 0 {
		sparse = fmt.Sprintf(`,"sparse":%d`, i%7)
	}
	if i%10 == 0 {
		note = `,"nullable":null`
	}
	return int64(1.7e12) + int64(1000*i), fmt.Sprintf(`{"id":"x%d","amount":%d.5,"counter":%d.25,"kind":"k%d","week":"w%d","ip":"10.1.0.%d","code":%d%s%s}`,
		i, i*i%997, i/3, i%3, i/1000, i%100, 200+100*(i%4), sparse, note)
}

func TestSurvey(t *testing.T) {
	const n = 5000
	s, err := monitor.TakeSample(t.Context(), logOf(1, n, surveyed), nil)
	if err != nil {
		t.Fatal(err)
	}
	survey, err := monitor.SurveySample(s, decode.JSON, monitor.Timestamp{}, monitor.NoTime, monitor.NoTime)
	if err != nil {
		t.Fatal(err)
	}
	if survey.Rows != n || survey.Malformed != 0 {
		t.Errorf("%d rows, %d malformed", survey.Rows, survey.Malformed)
	}
	field := map[string]monitor.SurveyedField{}
	for _, f := range survey.Fields {
		field[f.Name] = f
	}
	if f := field["id"]; f.LeftOut == "" || f.Distinct != n {
		t.Errorf("id: %+v", f)
	}
	if f := field["amount"]; f.Kind != stats.Numeric || f.Least != 0.5 || f.Greatest > 996.5 || f.Integers || f.Trend || f.Present != n {
		t.Errorf("amount: %+v", f)
	}
	if f := field["counter"]; !f.Trend {
		t.Errorf("counter: %+v", f)
	}
	if f := field["kind"]; f.Kind != stats.Categorical || len(f.Values) != 3 || f.Churn != 0 || f.Values[0].Rows != 1667 || len(f.Formats) != 0 {
		t.Errorf("kind: %+v", f)
	}
	if f := field["week"]; f.Churn < 0.6 || f.Churn > 0.7 { // its last third begins within the fourth thousand
		t.Errorf("week: %+v", f)
	}
	if f := field["ip"]; !slices.Equal(f.Formats, []string{"ipv4"}) {
		t.Errorf("ip: %+v", f)
	}
	if f := field["code"]; !f.Integers || f.Distinct != 4 || f.Greatest != 500 {
		t.Errorf("code: %+v", f)
	}
	if f := field["sparse"]; f.Present != n/4 || f.Nulls != 0 {
		t.Errorf("sparse: %+v", f)
	}
	if f := field["nullable"]; f.Nulls != n/10 || f.LeftOut != "never has a value" {
		t.Errorf("nullable: %+v", f)
	}
}

// A reference whose cuts come from a sample counts all rows; where the sample is
// all of them it is the one that is built without.
func TestBuildFromSample(t *testing.T) {
	const n = 9000
	cfg := monitor.Default()
	cfg.Segments = [][]string{{"kind"}}
	src := logOf(1, n, surveyed)
	s, err := monitor.TakeSample(t.Context(), src, nil)
	if err != nil {
		t.Fatal(err)
	}
	from, to := int64(1.7e12), int64(1.7e12)+1000*n
	rows, err := monitor.ReadRange(t.Context(), cfg, decode.JSON, src, from, to)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := s.Rows(decode.JSON, monitor.Timestamp{}, from, to)
	if err != nil {
		t.Fatal(err)
	}
	want, err := monitor.BuildReference(cfg, decode.JSON, rows, "x")
	if err != nil {
		t.Fatal(err)
	}
	want.From, want.To = from, to
	got, err := monitor.BuildFromSample(cfg, decode.JSON, whole, rows, "x", from, to)
	if err != nil || got.Hash() != want.Hash() {
		t.Errorf("with all rows as the sample the reference is another one; %v", err)
	}
	part, err := s.Rows(decode.JSON, monitor.Timestamp{}, from, from+1000*n/3)
	if err != nil {
		t.Fatal(err)
	}
	got, err = monitor.BuildFromSample(cfg, decode.JSON, part, rows, "x", from, to)
	if err != nil || got.Counts[0].Rows != n || got.Counts[1].Rows != want.Counts[1].Rows {
		t.Fatalf("of %d rows %d were counted, %v", n, got.Counts[0].Rows, err)
	}
	if got.Volume.Rows != n {
		t.Errorf("the volume is %d rows, want %d", got.Volume.Rows, n)
	}
}
