package rules_test

import (
	"strings"
	"testing"

	"driftwatch/rules"
)

// A description has several lines, names statistics of its own, and says nothing at
// the end unless it asks for the state.
func TestDescription(t *testing.T) {
	for _, c := range []struct{ description, firing, ok string }{
		{"{{ .Feature }}: {{ .Stats.mean_shift }}\nask the team", "amount: 3\nask the team", ""},
		{"{{ .State }}", "firing", "ok"},
		{"", "", ""},
		{`{{ slice .Feature 7 }}`, "", ""}, // it fails on this data: amount has six letters, and feature seven
	} {
		e := compile(t, rules.Rule{When: "psi_lo > 1", Features: []string{"amount"}, Description: c.description})
		var got []string
		for i, psi := range []float64{2, 0} {
			for _, change := range e.Step(minute(i), windowAt(minute(i)), []rules.Sample{sample("", "amount", stats{"psi_lo": psi, "mean_shift": 3})}) {
				got = append(got, change.Description)
				if change.Summary == "" {
					t.Error("there is no summary")
				}
			}
		}
		if len(got) != 2 || got[0] != c.firing || got[1] != c.ok {
			t.Errorf("%q: got %q", c.description, got)
		}
	}
}

// What ended for another reason than its own has not recovered, and the rule's
// words are for that.
func TestNoDescriptionOfAnotherEnd(t *testing.T) {
	e := compile(t, rules.Rule{When: "psi_lo > 1", Features: []string{"amount"}, NoData: "ok", Description: "{{ .State }} it is"})
	e.Step(minute(0), windowAt(minute(0)), []rules.Sample{sample("", "amount", stats{"psi_lo": 2})})
	if ended := e.Step(minute(1), windowAt(minute(1)), nil); len(ended) != 1 || ended[0].Reason != rules.ReasonNoData || ended[0].Description != "" {
		t.Errorf("got %+v", ended)
	}
}

// It may be longer than a summary, and is refused where that is too long.
func TestDescriptionIsBounded(t *testing.T) {
	for _, c := range []struct{ description, want string }{
		{strings.Repeat("x\n", 4096), ""},
		{strings.Repeat("x\n", 4097), "description: the description is longer than 8192 bytes"},
		{strings.Repeat("x", 16385), "description: the description has 16385 bytes, more than 16384; put details into the runbook"},
		{"one\n{{ .Stats.psii }}", `description: there is no statistic "psii"; did you mean "psi"?`},
		{"one\n{{ .Row }}", "description:8: the description cannot be rendered at <.Row>; it can use .Monitor .Rule .Severity .Segment .Feature .State .Since .Stats .What: can't evaluate field Row in type rules.summaryData"},
		{"{{ range .Stats }}{{ end }}", "description: range is not allowed in a description; name the statistics, as in .Stats.psi"},
	} {
		declared := []rules.Rule{{Monitor: "other"}, {Name: "r", Monitor: "payments", When: "rows > 1", Description: c.description}}
		_, problems := rules.Compile("payments", declared, features(), nil, known())
		if got := lines(problems); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}
