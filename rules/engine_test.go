package rules_test

import (
	"maps"
	"math"
	"slices"
	"testing"

	"driftwatch/rules"
)

// firing names the series whose alerts fire, by segment/feature.
func firing(changes []rules.Transition) []string {
	var names []string
	for _, c := range changes {
		if c.State == rules.Firing {
			names = append(names, c.Series.Segment+"/"+c.Series.Feature)
		}
	}
	return names
}

func everywhere(values stats) []rules.Sample {
	var samples []rules.Sample
	for _, segment := range []string{"", "country=DE", "country=FR"} {
		samples = append(samples, sample(segment, "", values))
		for _, f := range features() {
			samples = append(samples, sample(segment, f.Name, values))
		}
	}
	return samples
}

func TestWhichSeries(t *testing.T) {
	for _, c := range []struct {
		name     string
		rule     rules.Rule
		want     []string
		segments []string // those that Wants says yes to
	}{
		{"defaults: all features, overall", rules.Rule{When: "missing_rate == 1"}, []string{"/amount", "/age", "/card.type", "/note"}, []string{""}},
		{"globs", rules.Rule{When: "missing_rate == 1", Features: []string{"a*", "?ard.type", "!*nt"}}, []string{"/age", "/card.type"}, []string{""}},
		{"exclusions only", rules.Rule{When: "missing_rate == 1", Features: []string{"!a*"}}, []string{"/card.type", "/note"}, []string{""}},
		{"kinds", rules.Rule{When: "missing_rate == 1 || mean_shift > 9"}, []string{"/amount", "/age"}, []string{""}},
		{"a stream's", rules.Rule{When: "rows == 1"}, []string{"/"}, []string{""}},
		{"a stream's in a feature's rule", rules.Rule{When: "missing_rate == 1 && rows == 1", Features: []string{"card.type"}}, []string{"/card.type"}, []string{""}},
		{"an aggregate's", rules.Rule{When: "share(missing_rate == 1) == 1"}, []string{"/"}, []string{""}},
		{"all segments", rules.Rule{When: "rows == 1", Segments: []string{"*"}}, []string{"/", "country=DE/", "country=FR/"}, []string{"", "country=DE", "country=FR"}},
		{"all but overall", rules.Rule{When: "rows == 1", Segments: []string{"*", "!-"}}, []string{"country=DE/", "country=FR/"}, []string{"country=DE", "country=FR"}},
		{"one segment", rules.Rule{When: "mean_shift == 1", Segments: []string{"country=F?"}}, []string{"country=FR/amount", "country=FR/age"}, []string{"country=FR"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := compile(t, c.rule)
			samples := everywhere(stats{"missing_rate": 1, "mean_shift": 1, "rows": 1})
			slices.Reverse(samples)
			if got := firing(e.Step(epoch(), windowAt(epoch()), samples)); !slices.Equal(got, c.want) {
				t.Errorf("fires for %q, want %q", got, c.want)
			}
			for _, segment := range []string{"", "country=DE", "country=FR", "country=XX"} {
				if got, want := e.Wants(segment), slices.Contains(c.segments, segment); got != want {
					t.Errorf("Wants(%q) is %v, want %v", segment, got, want)
				}
			}
		})
	}
}

func TestMinSamples(t *testing.T) {
	zero := 0
	for _, c := range []struct {
		name      string
		rule      rules.Rule
		rows, ref uint64
		want      int
	}{
		{"enough", rules.Rule{When: "psi_lo > 1"}, 500, 1000, 1},
		{"too few rows", rules.Rule{When: "psi_lo > 1"}, 499, 1000, 0},
		{"too few in the reference", rules.Rule{When: "psi_lo > 1"}, 500, 999, 0},
		{"rows count at any number", rules.Rule{When: "missing_rate > 1 && rows > 1"}, 0, 0, 1},
		{"a stream's at any number", rules.Rule{When: "record_rate > 1"}, 0, 0, 1},
		{"off", rules.Rule{When: "psi_lo > 1", MinSamples: &zero, MinReferenceSamples: &zero}, 1, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.rule.Features = []string{"amount"}
			thin := sample("", "amount", stats{"psi_lo": 2, "missing_rate": 2})
			thin.Rows, thin.ReferenceRows = c.rows, c.ref
			stream := sample("", "", stats{"rows": 2, "record_rate": 2})
			stream.Rows, stream.ReferenceRows = c.rows, c.ref
			changes := compile(t, c.rule).Step(epoch(), windowAt(epoch()), []rules.Sample{thin, stream})
			if len(changes) != c.want {
				t.Errorf("%d transitions, want %d", len(changes), c.want)
			}
		})
	}
}

func TestAggregates(t *testing.T) {
	const nan = "nan"
	for _, c := range []struct {
		when   string
		limits map[string]float64
		values []string // of amount, age, card.type; mean_shift is for the first two
		want   map[string]float64
		fires  bool
	}{
		{"share(psi_lo > 1) > 0.5", nil, []string{"2", "2", "0"}, map[string]float64{"share(psi_lo > 1)": 2.0 / 3}, true},
		{"share(psi_lo > 1) > 0.5", nil, []string{"2", "0", nan}, nil, false},
		{"share(psi_lo > 1) >= 0.5", nil, []string{"2", "0", nan}, map[string]float64{"share(psi_lo > 1)": 0.5}, true},
		{"share(psi_lo > 1) > 0.5", nil, []string{"2", nan, nan}, nil, false},
		{"share(psi_lo > 1) < 0.5", nil, []string{"2", nan, nan}, nil, false},
		{"share(mean_shift > 1) == 1", nil, []string{"2", nan, nan}, map[string]float64{"share(mean_shift > 1)": 1}, true},
		{"count(psi_lo > limit) == 2", map[string]float64{"default": 1, "amount": 3}, []string{"2", "2", "2"}, map[string]float64{"count(psi_lo > limit)": 2}, true},
		{"count(psi_lo > 1) == 0", nil, []string{nan, nan, nan}, nil, false},
		{"max(psi_lo) == 3 && rows > 5", nil, []string{"1", "3", nan}, map[string]float64{"max(psi_lo)": 3, "rows": 9}, true},
		{"max(psi_lo - 1) > limit", map[string]float64{"default": 2}, []string{"1", "3", "4"}, map[string]float64{"max(psi_lo - 1)": 3}, true},
	} {
		t.Run(c.when, func(t *testing.T) {
			e := compile(t, rules.Rule{When: c.when, Limits: c.limits, Segments: []string{"country=DE"}})
			samples := []rules.Sample{sample("country=DE", "", stats{"rows": 9})}
			for i, value := range c.values {
				samples = append(samples, sample("country=DE", features()[i].Name, stats{"psi_lo": number(t, value), "mean_shift": number(t, value)}))
			}
			changes := e.Step(epoch(), windowAt(epoch()), samples)
			if fires := len(changes) == 1; fires != c.fires {
				t.Fatalf("fires: %v, want %v", fires, c.fires)
			}
			if c.fires && !maps.Equal(changes[0].Stats, c.want) {
				t.Errorf("stats %v, want %v", changes[0].Stats, c.want)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	e := compile(t, rules.Rule{When: "psi_lo > limit", Features: []string{"amount", "age"}, Limits: map[string]float64{"default": 0.1, "amount": 0.2}})
	values := stats{"psi_lo": 0.15}
	got := firing(e.Step(epoch(), windowAt(epoch()), []rules.Sample{sample("", "amount", values), sample("", "age", values)}))
	if !slices.Equal(got, []string{"/age"}) {
		t.Errorf("fires for %q, want only age", got)
	}
}

// since is the earliest pane whose own counts make when true, whatever
// min_samples says; the window's start where none does.
func TestSince(t *testing.T) {
	start := windowAt(epoch()).Start
	at := func(i int) rules.PaneSample { return pane(start.Add(minuteOf(i)), stats{}) }
	for _, c := range []struct {
		name, when    string
		feature, rows []float64 // psi_lo of amount and rows of the stream, by pane
		want          int
	}{
		{"a feature", "psi_lo > 1", []float64{0, 0, 2, 0, 2}, nil, 2},
		{"no pane by itself", "psi_lo > 1", []float64{0, 0, 1, 0, 0}, nil, 0},
		{"unknown panes", "psi_lo > 1", []float64{math.NaN(), 2, 2, 2, 2}, nil, 1},
		{"no panes", "psi_lo > 1", nil, nil, 0},
		{"the stream", "rows == 7", nil, []float64{1, 1, 1, 7, 7}, 3},
		{"rows of a feature's rule", "psi_lo > 1 && rows == 7", []float64{0, 2, 2, 2, 2}, []float64{1, 1, 2, 1, 2}, 1},
		{"an aggregate", "max(psi_lo) > 1", []float64{0, 0, 0, 0, 2}, nil, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			panes := func(name string, values []float64) func() []rules.PaneSample {
				return func() []rules.PaneSample {
					var all []rules.PaneSample
					for i, v := range values {
						p := at(i)
						p.Stat = stats{name: v}.stat
						all = append(all, p)
					}
					return all
				}
			}
			amount, stream := sample("", "amount", stats{"psi_lo": 2}), sample("", "", stats{"rows": 7})
			amount.Panes, stream.Panes = panes("psi_lo", c.feature), panes("rows", c.rows)
			e := compile(t, rules.Rule{When: c.when, Features: []string{"amount"}})
			changes := e.Step(epoch(), windowAt(epoch()), []rules.Sample{amount, stream})
			if want := start.Add(minuteOf(c.want)); len(changes) != 1 || !changes[0].Since.Equal(want) {
				t.Errorf("got %ssince should be %s", describe(changes), want.Format("15:04"))
			}
		})
	}
}

func TestStatistics(t *testing.T) {
	e := compile(t,
		rules.Rule{When: "psi > 0.2", Clear: "psi < 0.1 || rows == 0"},
		rules.Rule{When: "max(mean_shift) > 1", Summary: `{{index .Stats "max(mean_shift)"}} {{with .Stats}}{{$.Stats.record_rate}}{{end}}`},
	)
	want := []string{"mean_shift", "psi", "psi_noise", "record_rate", "rows"}
	if got := e.Statistics(); !slices.Equal(got, want) {
		t.Errorf("needs %q, want %q", got, want)
	}
}

func TestSummaries(t *testing.T) {
	for _, c := range []struct{ name, summary, want string }{
		{"default", "", "amount of payments, country=DE: psi_lo > limit && rows > 1 (psi_lo 0.281, rows 30000, limit 0.2)"},
		{
			"own", `{{.Rule}} {{.Severity}} {{.Monitor}} {{.Segment}} {{.Feature}} {{printf "%.2f" .Stats.psi}} {{.Since.Format "15:04"}}`,
			"drift page payments country=DE amount 0.31 10:00",
		},
		{"shares", `{{percent .Stats.psi_lo}}, {{percent 0.0123}}, {{percent 1.0}}, {{percent 0.0996}}, {{percent 0.0}}, {{percent 0.0004}}, {{percent -0.0001}}`, "28 %, 1.2 %, 100 %, 10 %, 0 %, under 0.1 %, 0 %"},
		{"other statistics are undefined", `{{.Stats.mean_shift}}`, "NaN"},
		{
			"one that fails falls back", `{{if gt .Stats.psi_lo 0.9}}fine{{else}}{{slice "a" 9}}{{end}}`,
			"amount of payments, country=DE: psi_lo > limit && rows > 1 (psi_lo 0.281, rows 30000, limit 0.2)",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := compile(t, rules.Rule{
				Name: "drift", When: "psi_lo > limit && rows > 1", Limits: map[string]float64{"default": 0.2},
				Features: []string{"amount"}, Segments: []string{"country=DE"}, Severity: "page", Summary: c.summary,
			})
			changes := e.Step(epoch(), windowAt(epoch()), []rules.Sample{
				sample("country=DE", "", stats{"rows": 30000}),
				sample("country=DE", "amount", stats{"psi_lo": 0.2812, "psi": 0.31}),
			})
			if len(changes) != 1 || changes[0].Summary != c.want {
				t.Errorf("got %q, want %q", changes[0].Summary, c.want)
			}
		})
	}
}

// An alert that ends does not say again that it has drifted.
func TestSummariesAtTheEnd(t *testing.T) {
	for _, c := range []struct{ name, summary, value, want string }{
		{"words for what fires", `{{ .Feature }} drifted: PSI {{ printf "%.2f" .Stats.psi_lo }}`, "0", "amount of payments: no longer psi_lo > 1 (psi_lo 0)"},
		{"words for both", `{{ .Feature }} {{ if eq .State "ok" }}is back{{ else }}drifted{{ end }}`, "0", "amount is back"},
		{"not recovered", `{{ .Feature }} {{ if eq .State "ok" }}is back{{ else }}drifted{{ end }}`, "?", "amount of payments: ended, no data"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := compile(t, rules.Rule{When: "psi_lo > 1", NoData: "ok", Features: []string{"amount"}, Summary: c.summary})
			e.Step(minute(0), windowAt(minute(0)), lifeSamples(t, "2"))
			changes := e.Step(minute(1), windowAt(minute(1)), lifeSamples(t, c.value))
			if len(changes) != 1 || changes[0].Summary != c.want {
				t.Errorf("got %q, want %q", changes[0].Summary, c.want)
			}
		})
	}
}

// What is carried is the rule's own, with the defaults filled in.
func TestTransitionCarriesTheRule(t *testing.T) {
	e := compile(t, rules.Rule{Name: "stopped", When: "rows == 0", Runbook: "https://example.org/r", Receivers: []string{"pager"}, Labels: map[string]string{"team": "ml"}})
	changes := e.Step(minute(1), windowAt(epoch()), []rules.Sample{sample("", "", stats{"rows": 0})})
	if len(changes) != 1 || !changes[0].Time.Equal(minute(1)) {
		t.Fatalf("got %swant one transition at the time of the step", describe(changes))
	}
	r := changes[0].Rule
	if r.Severity != "warn" || r.NoData != "keep" || *r.MinSamples != 500 || r.Runbook == "" || r.Receivers[0] != "pager" || r.Labels["team"] != "ml" {
		t.Errorf("the rule is %+v", r)
	}
	if want := "payments/stopped/-/-/2026-11-23T10:05:00Z"; changes[0].ID != want {
		t.Errorf("id %q, want %q", changes[0].ID, want)
	}
}

func TestCheckWindowSize(t *testing.T) {
	e := compile(t, rules.Rule{When: "rows > 1"}, rules.Rule{When: "rows > 1", For: minutes(4)}, rules.Rule{When: "rows > 1", For: minutes(5)})
	got := e.Check(rules.Sizes{Window: minuteOf(5)})
	if len(got) != 1 || got[0].Path != "rules[1].for" || !got[0].Warning {
		t.Errorf("got %+v, want one warning about rules[1].for", got)
	}
}
