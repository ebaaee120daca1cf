package rules_test

import (
	"testing"

	"driftwatch/rules"
)

// Whatever the template, loading and rendering it does not panic, and what it
// writes is short.
func FuzzSummary(f *testing.F) {
	for _, seed := range []string{
		`{{ .Feature }} drifted: PSI {{ printf "%.2f" .Stats.psi }}`, `{{index .Stats "rows"}}`, `{{with $x := .Stats}}{{$x.rows}}{{end}}`,
		`{{if .Segment}}{{.Since.Unix}}{{else}}{{len .Stats}}{{end}}`, `{{define "a"}}{{end}}`, `{{template "summary" .}}`, `{{range 9}}{{end}}`,
		`{{(.Stats).psi}}`, `{{- /* */ -}}`, "{{.Stats.psi\n}}", `{{call .Since.String}}`, `{{html .Rule | printf "%99999s"}}`, "{{", "\xff{{.X}}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, summary string) {
		declared := []rules.Rule{{Name: "r", Monitor: "payments", When: "rows > 1", Summary: summary, Description: summary}}
		e, problems := rules.Compile("payments", declared, features(), nil, known())
		if e == nil {
			if len(problems) == 0 || problems[0].Column > len([]rune(summary))+1 {
				t.Fatalf("%q: %+v", summary, problems)
			}
			return
		}
		changes := e.Step(epoch(), windowAt(epoch()), []rules.Sample{sample("", "", stats{"rows": 2})})
		if len(changes) != 1 || len(changes[0].Summary) > 2048 {
			t.Fatalf("%q: %+v", summary, changes)
		}
	})
}
