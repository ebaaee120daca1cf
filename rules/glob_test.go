package rules_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"driftwatch/rules"
)

// A pattern is the regular expression with .* for * and . for ?.
func TestGlobsAgreeWithRegularExpressions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[ab.é\\\[=]{1,8}`).Draw(t, "name")
		patterns := rapid.SliceOfN(rapid.StringMatching(`!?[ab.é\\\[=*?]{1,8}`), 1, 3).Draw(t, "patterns")
		in, plain := false, false
		out := false
		for _, pattern := range patterns {
			bare := strings.TrimPrefix(pattern, "!")
			quoted := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(bare))
			matched := regexp.MustCompile(`^` + quoted + `$`).MatchString(name)
			if bare != pattern {
				out = out || matched
				continue
			}
			plain = true
			in = in || matched
		}
		want := (in || !plain) && !out
		e, problems := rules.Compile("m", []rules.Rule{{Name: "r", Monitor: "m", When: "rows > 1", Segments: patterns}}, nil, []string{name}, known())
		if e == nil {
			t.Fatal(problems)
		}
		if got := e.Wants(name); got != want {
			t.Fatalf("%q matches %q: %v, want %v", patterns, name, got, want)
		}
	})
}
