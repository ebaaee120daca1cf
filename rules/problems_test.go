package rules_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"driftwatch/rules"
)

func lines(problems []rules.Problem) string {
	var b strings.Builder
	for _, p := range problems {
		position := ""
		if p.Column > 0 {
			position = fmt.Sprintf(":%d", p.Column)
		}
		if p.Warning {
			position += ": warning"
		}
		fmt.Fprintf(&b, "%s%s: %s\n", strings.TrimPrefix(p.Path, "rules[1]."), position, p.Message)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func TestBadExpressions(t *testing.T) {
	const operators = "; use + - * /, < <= > >= == !=, && || !"
	const language = " cannot stand here; a rule is made of statistics, limit, numbers, + - * /, comparisons, && || !, parentheses, and share, count, max, delta"
	for _, c := range []struct{ when, want string }{
		{"psii > 0.1", `when:1: there is no statistic "psii"; did you mean "psi"?`},
		{"rows == 0 || zzz > 1", `when:14: there is no statistic "zzz"; ` + "`driftwatch stats` lists all"},
		{"ks > 1", `when:1: there is no statistic "ks"; ` + "`driftwatch stats` lists all"},
		{"psii > 0.1 && mean_shif > 1", "when:1: there is no statistic \"psii\"; did you mean \"psi\"?\nwhen:15: there is no statistic \"mean_shif\"; did you mean \"mean_shift\"?"},
		{"psi", "when:1: psi is a number, and a yes or no is needed here; compare it, as in psi_lo > 0.1"},
		{"psi && rows > 1", "when:1: psi is a number, and a yes or no is needed here; compare it, as in psi_lo > 0.1"},
		{"(psi > 1) > 2", "when:6: psi > 1 is a yes or no, and a number is needed here"},
		{"-(psi > 1) > 2", "when:7: psi > 1 is a yes or no, and a number is needed here"},
		{"!psi > 2", "when:1: !psi is a yes or no, and a number is needed here"},
		{"psi % 2 > 1", "when:5: there is no operator % here" + operators},
		{"psi in 1 > 1", "when:5: there is no operator in here" + operators},
		{"psi > 1 ? true : false", "when:22: psi > 1 ? true : false" + language},
		{"true", "when:1: true" + language},
		{`psi > "1"`, `when:7: "1"` + language},
		{"psi >", "when:5: the expression cannot be read: unexpected token EOF"},
		{"psi > 1 )", `when:9: the expression cannot be read: unexpected token Bracket(")")`},
		{"psi = 1", `when:5: = assigns, which a rule does not do; compare with ==`},
		{"missing_rate > 5%", "when:17: the expression cannot be read: shares are written as numbers, 0.05 for 5 %"},
		{"missing_rate > 5% && rows > 1", "when:19: the expression cannot be read: shares are written as numbers, 0.05 for 5 %"},
		{"psi > 1 & rows > 1", `when:9: the expression cannot be read: unexpected token Operator("&")`},
		{"1 > 0", "when:3: the expression names no statistic, so its answer never changes"},
		{"len(psi) > 1", "when:1: there is no function len; there are share(condition), count(condition), max(number) and delta(statistic, time)"},
		{"sum(psi) > 1", "when:1: there is no function sum; there are share(condition), count(condition), max(number) and delta(statistic, time)"},
		{"a.b() > 1", "when:3: methods cannot be called in a rule"},
		{"share(psi > 1, rows > 1) > 1", "when:1: share takes one argument and has 2"},
		{"count() > 1", "when:1: count takes one argument and has 0"},
		{"share(psi) > 0.5", "when:7: psi is a number, and a yes or no is needed here; compare it, as in psi_lo > 0.1"},
		{"max(psi > 1) > 0.5", "when:9: psi > 1 is a yes or no, and a number is needed here"},
		{"share(psi > 1)", "when:1: share(psi > 1) is a number, and a yes or no is needed here; compare it, as in psi_lo > 0.1"},
		{"share(count(psi > 1) > 1) > 1", "when:7: count cannot stand inside another share, count or max"},
		{"share(psi > 1) > 0.5 && psi_lo > 1", "when:25: psi_lo belongs to one feature, and share, count and max make this rule about all of them; put it inside one"},
		{"psi_lo > limit", "limits: limit is used, and has no value here; write limits: {default: 0.1}"},
		{"rows > limit", "limits: limit is used, and has no value here; write limits: {default: 0.1}"},
	} {
		t.Run(c.when, func(t *testing.T) {
			declared := []rules.Rule{{Monitor: "other"}, {Name: "r", Monitor: "payments", When: c.when, Features: []string{"a*"}}}
			e, problems := rules.Compile("payments", declared, features(), nil, known())
			if got := lines(problems); e != nil || got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

func TestBadRules(t *testing.T) {
	negative := -1
	for _, c := range []struct {
		name string
		rule rules.Rule
		want string
	}{
		{"empty", rules.Rule{}, "name: name is missing; alerts and their ids need one\nmonitor: monitor is missing; name the monitor this rule watches\nwhen: when is missing; write a condition such as psi_lo > 0.1"},
		{"name", rules.Rule{Name: "a/b", Monitor: "m", When: "x"}, `name: name "a/b" has a space, a control character or a /; ids are joined by /, so use - instead`},
		{"choices", rules.Rule{Name: "a", Monitor: "m", When: "x", NoData: "alert", Severity: "high"}, "no_data: \"alert\" is not known; use keep, ok, fire\nseverity: \"high\" is not known; use page, warn, info"},
		{"samples", rules.Rule{Name: "a", Monitor: "m", When: "x", MinSamples: &negative}, "min_samples: -1 is negative; it is a number of rows"},
		{"limit", rules.Rule{Name: "a", Monitor: "m", When: "x", Limits: map[string]float64{"b": math.NaN()}}, "limits.b: NaN is not a number to compare with; leave the rule out to switch it off"},
		{"globs", rules.Rule{Name: "a", Monitor: "m", When: "x", Features: []string{"*", "!"}, Segments: []string{""}}, "features[1]: pattern \"!\" matches nothing; write a name or * for all\nsegments[0]: pattern \"\" matches nothing; write a name or * for all"},
		{"good", rules.Rule{Name: "a", Monitor: "m", When: "x", NoData: "ok", Severity: "page"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := lines(c.rule.Validate("rules[1]")); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

func TestWarningsAndOtherProblems(t *testing.T) {
	limits := map[string]float64{"amount": 1, "amuont": 2}
	for _, c := range []struct {
		name string
		rule rules.Rule
		want string
	}{
		{"kinds", rules.Rule{When: "psi > 1"}, "features: warning: psi is not defined for text features: the rule leaves out note"},
		{"kinds of clear", rules.Rule{When: "missing_rate > 1", Clear: "mean_shift < 1"}, "features: warning: mean_shift is not defined for categorical features: the rule leaves out card.type\nfeatures: warning: mean_shift is not defined for text features: the rule leaves out note"},
		{"no feature", rules.Rule{When: "missing_rate > 1", Features: []string{"amont", "!age"}}, "features[0]: warning: \"amont\" matches no feature of monitor \"payments\"; there are amount, age, card.type, note"},
		{"no segment", rules.Rule{When: "rows > 1", Segments: []string{"country=XX", "-"}}, "segments[0]: warning: \"country=XX\" matches no segment of monitor \"payments\"; there are -, country=DE"},
		{"limits", rules.Rule{When: "missing_rate > limit", Features: []string{"amount"}, Limits: limits}, "limits.amuont: warning: monitor \"payments\" has no feature \"amuont\""},
		{"no limit", rules.Rule{When: "missing_rate > limit", Features: []string{"amount", "age"}, Limits: limits}, "limits: limit is used, and has no value here; write limits: {default: 0.1}\nlimits.amuont: warning: monitor \"payments\" has no feature \"amuont\""},
		{"unused limits", rules.Rule{When: "rows > 1", Limits: map[string]float64{"default": 1}}, "limits: warning: when and clear do not use limit, so the limits do nothing"},
		{"clear", rules.Rule{When: "rows > 1", Clear: "rowz < 1"}, `clear:1: there is no statistic "rowz"; did you mean "rows"?`},
		{"summary statistic", rules.Rule{When: "rows > 1", Summary: "{{.Stats.roww}}"}, `summary: there is no statistic "roww"; did you mean "rows"?`},
		{"summary field", rules.Rule{When: "rows > 1", Summary: "é {{.Row}}"}, "summary:5: the summary cannot be rendered at <.Row>; it can use .Monitor .Rule .Severity .Segment .Feature .State .Since .Stats .What: can't evaluate field Row in type rules.summaryData"},
		{"summary syntax", rules.Rule{When: "rows > 1", Summary: "{{.Row"}, "summary: the summary cannot be read: unclosed action"},
		{"summary loops", rules.Rule{When: "rows > 1", Summary: "{{range .Stats}}{{end}}"}, "summary: range is not allowed in a summary; name the statistics, as in .Stats.psi"},
		{"summary defines", rules.Rule{When: "rows > 1", Summary: `{{define "a"}}{{template "a"}}{{end}}`}, "summary: define and block are not allowed in a summary; write one template"},
		{"summary calls", rules.Rule{When: "rows > 1", Summary: `{{if true}}{{template "summary"}}{{end}}`}, "summary: template is not allowed in a summary; write one template"},
		{"summary length", rules.Rule{When: "rows > 1", Summary: `{{printf "%9999d" 1}}`}, "summary: the summary is longer than 2048 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.rule.Name, c.rule.Monitor = "r", "payments"
			declared := []rules.Rule{{Monitor: "other"}, c.rule}
			e, problems := rules.Compile("payments", declared, features(), []string{"country=DE"}, known())
			if got := lines(problems); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
			if onlyWarnings := !strings.Contains(strings.ReplaceAll(lines(problems)+"\n", ": warning: ", ""), ": "); onlyWarnings && e == nil {
				t.Error("no engine, though there are only warnings")
			}
		})
	}
}

func TestNamesAreUnique(t *testing.T) {
	r := rules.Rule{Name: "r", Monitor: "payments", When: "rows > 1"}
	_, problems := rules.Compile("payments", []rules.Rule{r, r}, features(), nil, known())
	want := `name: the name "r" is used twice for monitor "payments"; alert ids need it to be unique`
	if got := lines(problems); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Before a reference is learnt there are no features, and that is not a mistake.
func TestNoFeaturesYet(t *testing.T) {
	r := rules.Rule{Name: "r", Monitor: "payments", When: "psi > limit", Features: []string{"amount"}, Limits: map[string]float64{"default": 1, "amount": 2}}
	e, problems := rules.Compile("payments", []rules.Rule{r}, nil, nil, known())
	if e == nil || len(problems) > 0 {
		t.Errorf("got %v", problems)
	}
}
