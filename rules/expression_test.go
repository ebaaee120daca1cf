package rules_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"driftwatch/rules"
)

// judge finds the truth of a condition through alerts alone: it fires if true,
// its negation fires if false, neither if unknown.
func judge(t tester, when string, samples ...rules.Sample) string {
	t.Helper()
	fires := func(when string) bool {
		e := compile(t, rules.Rule{When: when, Features: []string{"amount"}})
		return len(e.Step(epoch(), windowAt(epoch()), samples)) > 0
	}
	holds, fails := fires(when), fires("!("+when+")")
	switch {
	case holds && fails:
		t.Fatalf("%s is both true and false", when)
	case holds:
		return "true"
	case fails:
		return "false"
	}
	return "unknown"
}

func TestConditions(t *testing.T) {
	values := stats{"psi_lo": 2, "mean_shift": -1, "missing_rate": 0, "psi": 0.3, "psi_noise": 0.25}
	for _, c := range []struct{ when, want string }{
		{"psi_lo > 1", "true"},
		{"psi_lo > 2", "false"},
		{"psi_lo >= 2", "true"},
		{"psi_lo <= 1.5", "false"},
		{"psi_lo < 1e3", "true"},
		{"psi_lo == 2", "true"},
		{"psi_lo != 2", "false"},
		{"not (psi_lo > 1) or psi_lo > 1 and mean_shift < 0", "true"},
		{"1 < psi_lo < 3", "true"},
		{"psi_lo * 3 - 1 + +1 == 6", "true"},
		{"-mean_shift / psi_lo == 0.5", "true"},
		{"psi_lo / missing_rate > 1", "unknown"},
		{"missing_rate / missing_rate > 1", "unknown"},
		{"record_rate > 1", "unknown"},
		{"record_rate + 1 == record_rate + 1", "unknown"},
		{"record_rate != 1", "unknown"},
		{"record_rate > 1 && psi_lo > 9", "false"},
		{"record_rate > 1 && psi_lo > 1", "unknown"},
		{"record_rate > 1 || psi_lo > 9", "unknown"},
		{"psi_lo > 1 || record_rate > 1", "true"},

		// psi against a bound that its noise reaches is unknown, in any spelling.
		{"psi > 0.2", "unknown"},
		{"psi >= 0.2", "unknown"},
		{"0.2 < psi", "unknown"},
		{"0.2 <= psi", "unknown"},
		{"psi > 0.25", "true"},
		{"psi > 0.4", "false"},
		{"psi < 0.2", "false"},
		{"psi > 0.1 + 0.1", "true"},
		{"psi * 1 > 0.2", "true"},
	} {
		if got := judge(t, c.when, sample("", "amount", values)); got != c.want {
			t.Errorf("%s is %s, want %s", c.when, got, c.want)
		}
	}
}

// In a formula that names each variable once, three-valued logic answers
// exactly when all ways to fill in the unknowns agree. So two-valued logic over
// all of them is an oracle.
func TestThreeValuedLogic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"psi_lo", "mean_shift", "missing_rate", "rows", "record_rate"}
		variables := names[:rapid.IntRange(1, len(names)).Draw(t, "variables")]
		text, eval := drawFormula(t, variables)
		values := stats{}
		for _, name := range variables {
			values[name] = rapid.SampledFrom([]float64{0, 1, math.NaN()}).Draw(t, name)
		}
		want := agree(variables, values, eval)
		got := judge(t, text, sample("", "amount", values), sample("", "", values))
		if got != want {
			t.Fatalf("%s on %v is %s, want %s", text, values, got, want)
		}
	})
}

// drawFormula draws a formula over all the names, each used once, as text and
// as plain Go.
func drawFormula(t *rapid.T, names []string) (string, func(stats) bool) {
	if rapid.Bool().Draw(t, "not") {
		text, eval := drawPositive(t, names)
		return "!(" + text + ")", func(s stats) bool { return !eval(s) }
	}
	return drawPositive(t, names)
}

func drawPositive(t *rapid.T, names []string) (string, func(stats) bool) {
	if len(names) == 1 {
		return names[0] + " > 0.5", func(s stats) bool { return s[names[0]] > 0.5 }
	}
	cut := rapid.IntRange(1, len(names)-1).Draw(t, "cut")
	leftText, left := drawFormula(t, names[:cut])
	rightText, right := drawFormula(t, names[cut:])
	if rapid.Bool().Draw(t, "and") {
		return "(" + leftText + " && " + rightText + ")", func(s stats) bool { return left(s) && right(s) }
	}
	return "(" + leftText + " || " + rightText + ")", func(s stats) bool { return left(s) || right(s) }
}

func agree(names []string, values stats, eval func(stats) bool) string {
	answers := map[bool]bool{}
	for bits := range 1 << len(names) {
		filled := stats{}
		for i, name := range names {
			filled[name] = values[name]
			if math.IsNaN(values[name]) {
				filled[name] = float64(bits >> i & 1)
			}
		}
		answers[eval(filled)] = true
	}
	if len(answers) == 2 {
		return "unknown"
	}
	return fmt.Sprint(answers[true])
}

// Whatever the text, compiling and running it does not panic, and an engine
// that compiled names only known statistics.
func FuzzExpression(f *testing.F) {
	for _, seed := range []string{
		"psi_lo > limit", "share(psi > 0.1) > .5 && !(rows == 0)", "max(psi", "count(count(rows))", "a ?? b", "psi_lo > 1 ? 2 : 3",
		"let x = 1; x", "if rows > 1 { 2 } else { 3 }", "rows.psi?.[1:2]", "((((", "rows | max() > 1", "::count(rows, # > 1)", "1..2", "rows not in [1]", "#", "-!+rows",
		"'\\u{1}'", "0x", "b'\\x'", "{a: 1}", "psi_lo > 1 // no", "99999999999999999999", "rows > 1e999", "\xff", "é > 1", "all(rows, {.a})",
	} {
		f.Add(seed)
	}
	names := map[string]bool{}
	for _, st := range known() {
		names[st.Name] = true
	}
	f.Fuzz(func(t *testing.T, when string) {
		declared := []rules.Rule{{Name: "r", Monitor: "payments", When: when, Limits: map[string]float64{"default": 1}}}
		e, problems := rules.Compile("payments", declared, features(), nil, known())
		if e == nil {
			for _, p := range problems {
				if p.Message == "" || p.Column < 0 || p.Column > len([]rune(when))+1 {
					t.Fatalf("%q: bad problem %+v", when, p)
				}
			}
			return
		}
		e.Futile()
		for _, name := range e.Statistics() {
			if !names[name] {
				t.Fatalf("%q needs %q, which is not known", when, name)
			}
		}
		e.Step(epoch(), windowAt(epoch()), []rules.Sample{sample("", "", stats{"rows": 1}), sample("", "amount", stats{"psi_lo": 1, "rows": 1})})
	})
}

func TestLongAndDeepExpressions(t *testing.T) {
	for _, c := range []struct{ name, when, want string }{
		{"deep", strings.Repeat("(", 2000) + "rows" + strings.Repeat(")", 2000) + " > 1", ""},
		{"too long", strings.Repeat(" ", 5000), "the expression has 5000 bytes, more than 4096; split the rule"},
		{"too many", "rows > 1" + strings.Repeat(" && rows > 1", 100), "the expression has more than 256 parts; split it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, problems := rules.Compile("payments", []rules.Rule{{Name: "r", Monitor: "payments", When: c.when}}, features(), nil, known())
			got := ""
			if len(problems) > 0 {
				got = problems[0].Message
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
