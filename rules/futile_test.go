package rules_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"driftwatch/rules"
)

// bounded are statistics with ranges.
func bounded() []rules.Statistic {
	return []rules.Statistic{
		{Name: "rate", Rowwise: true, Max: 1},
		{Name: "other", Rowwise: true, Max: 1},
		{Name: "size", Rowwise: true, Max: math.Inf(1)},
		{Name: "shift", Rowwise: true, Min: math.Inf(-1), Max: math.Inf(1)},
		{Name: "unbounded", Rowwise: true},
		{Name: "check_rate.a", Stream: true, Rowwise: true, Max: 1},
		{Name: "rows", Stream: true, Rowwise: true, Max: math.Inf(1)},
	}
}

func TestFutile(t *testing.T) {
	for _, c := range []struct {
		rule rules.Rule
		want string
	}{
		{rules.Rule{When: "rate > 0.5"}, ""},
		{rules.Rule{When: "rate >= 1"}, ""},
		{rules.Rule{When: "size > 1e9 || shift < -5 || unbounded > 7"}, ""},
		{rules.Rule{When: "rate > 1"}, "when:6: rate > 1 is never true: rate is 0 to 1, so the rule never fires"},
		{rules.Rule{When: "5 < rate"}, "when:3: 5 < rate is never true: rate is 0 to 1, so the rule never fires"},
		{rules.Rule{When: "size < 0"}, "when:6: size < 0 is never true: size is 0 or more, so the rule never fires"},
		{rules.Rule{When: "rate == 5"}, "when:6: rate == 5 is never true: rate is 0 to 1, so the rule never fires"},
		{rules.Rule{When: "check_rate.a > 2"}, "when:14: check_rate.a > 2 is never true: check_rate.a is 0 to 1, so the rule never fires"},
		{rules.Rule{When: "shift > 1 && shift < 0.5"}, "when:11: shift > 1 and shift < 0.5 are never true at once, so the rule never fires"},
		{rules.Rule{When: "shift > 1 && shift <= 1"}, "when:11: shift > 1 and shift <= 1 are never true at once, so the rule never fires"},
		{rules.Rule{When: "shift >= 1 && shift <= 1"}, ""},
		{rules.Rule{When: "1 < shift < 0.5"}, "when:11: 1 < shift and shift < 0.5 are never true at once, so the rule never fires"},
		{rules.Rule{When: "size > 5 && (rate > 0.5 && rate < 0.2)"}, "when:25: rate > 0.5 and rate < 0.2 are never true at once, so the rule never fires"},
		{rules.Rule{When: "(rate > 0.5 || size > 9) && rate < 0.2 && size < 3"}, "when:40: (rate > 0.5 || size > 9) && rate < 0.2 and size < 3 are never true at once, so the rule never fires"},
		{rules.Rule{When: "(rate > 0.5 || size > 9) && rate < 0.2 && size < 10"}, ""},
		{rules.Rule{When: "!(rate <= 1)"}, "when:1: !(rate <= 1) is never true, so the rule never fires"},
		{rules.Rule{When: "rate != 1 && !(rate < 1)"}, ""}, // it is not seen: an interval has no holes
		{rules.Rule{When: "rate > 2 || size < -1"}, "when:6: rate > 2 is never true: rate is 0 to 1, so the rule never fires"},
		{rules.Rule{When: "size > 5 || rate > 2"}, "when:18: warning: rate > 2 is never true: rate is 0 to 1, so this part of the rule does nothing"},
		{rules.Rule{When: "size > 5 && (rate > 0.5 || rate > 2)"}, "when:33: warning: rate > 2 is never true: rate is 0 to 1, so this part of the rule does nothing"},
		{rules.Rule{When: "rate - other > 1"}, "when:14: rate - other > 1 is never true, so the rule never fires"},
		{rules.Rule{When: "2 * rate + 1 >= 3"}, ""},
		{rules.Rule{When: "2 * rate + 1 > 3"}, "when:14: 2 * rate + 1 > 3 is never true, so the rule never fires"},
		{rules.Rule{When: "-rate / 4 < -0.25"}, "when:11: -rate / 4 < -0.25 is never true, so the rule never fires"},
		{rules.Rule{When: "rate / size > 100 || size * rate > 100"}, ""},
		{rules.Rule{When: "delta(rate, 1h) > 1"}, "when:17: delta(rate, 1h) > 1 is never true: delta(rate, 1h) is -1 to 1, so the rule never fires"},
		{rules.Rule{When: "delta(size, 1h) < -5 && delta(size, 2h) > 5"}, ""},
		{rules.Rule{When: "delta(size, 1h) < -5 && delta(size, 1h) > 5"}, "when:22: delta(size, 1h) < -5 and delta(size, 1h) > 5 are never true at once, so the rule never fires"},
		{rules.Rule{When: "share(rate > 0.1) > 1"}, "when:19: share(rate > 0.1) > 1 is never true: share(rate > 0.1) is 0 to 1, so the rule never fires"},
		{rules.Rule{When: "share(rate > 1) > 0"}, "when:17: share(rate > 1) > 0 is never true: share(rate > 1) is 0, so the rule never fires"},
		{rules.Rule{When: "share(rate >= 0) < 1"}, "when:18: share(rate >= 0) < 1 is never true: share(rate >= 0) is 1, so the rule never fires"},
		{rules.Rule{When: "count(rate > 0.1) > 4"}, "when:19: count(rate > 0.1) > 4 is never true: count(rate > 0.1) is 0 to 4, so the rule never fires"},
		{rules.Rule{When: "count(rate > 0.1) >= 4"}, ""},
		{rules.Rule{When: "max(rate) > 1"}, "when:11: max(rate) > 1 is never true: max(rate) is 0 to 1, so the rule never fires"},
		{rules.Rule{When: "rate >= 0"}, "when:6: warning: it is true whatever the numbers are, so the rule fires all the time"},
		{rules.Rule{When: "rate > 0.5 || rate < 0.6"}, "when:12: warning: it is true whatever the numbers are, so the rule fires all the time"},
		{rules.Rule{When: "rate > 0.5", Clear: "rate < 0"}, "clear:6: warning: rate < 0 is never true: rate is 0 to 1, so it ends no alert"},
		{rules.Rule{When: "rate > limit", Limits: map[string]float64{"default": 0.1, "amount": 10}}, "limits.amount: warning: with a limit of 10 when can never be true, so the rule never fires for amount"},
		{rules.Rule{When: "rate > limit", Limits: map[string]float64{"default": 10, "amount": 0.1}}, "limits.default: warning: with a limit of 10 when can never be true, so the rule never fires for features without one of their own"},
		{rules.Rule{When: "rate > limit", Limits: map[string]float64{"default": 10}}, "when:6: rate > limit is never true: rate is 0 to 1, so the rule never fires"},
		{rules.Rule{When: "rows > limit", Limits: map[string]float64{"default": 10}}, ""},
	} {
		t.Run(c.rule.When, func(t *testing.T) {
			c.rule.Name, c.rule.Monitor = "r", "payments"
			e, problems := rules.Compile("payments", []rules.Rule{{Monitor: "other"}, c.rule}, features(), nil, bounded())
			if e == nil {
				t.Fatal(problems)
			}
			if got := lines(e.Futile()); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// Before the features are known, count has no bound.
func TestFutileWithoutFeatures(t *testing.T) {
	r := rules.Rule{Name: "r", Monitor: "payments", When: "count(rate > 0.1) > 400"}
	e, _ := rules.Compile("payments", []rules.Rule{r}, nil, nil, bounded())
	if got := e.Futile(); len(got) > 0 {
		t.Errorf("got %v", got)
	}
}

// A rule is said never to fire where no numbers make it fire, tried one by one, and
// only there; likewise that it always does.
func TestFutileAgainstAllNumbers(t *testing.T) {
	constants := []float64{-1, 0, 0.25, 0.5, 1, 2}
	grid := map[string][]float64{ // the constants, and a number between each two, in the ranges
		"rate":  {0, 0.1, 0.25, 0.3, 0.5, 0.7, 1},
		"size":  {0, 0.1, 0.25, 0.3, 0.5, 0.7, 1, 1.5, 2, 3},
		"shift": {-2, -1, -0.5, 0, 0.1, 0.25, 0.3, 0.5, 0.7, 1, 1.5, 2, 3},
	}
	var expression func(t *rapid.T, depth int) string
	expression = func(t *rapid.T, depth int) string {
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0, 1:
			if depth > 0 {
				operator := rapid.SampledFrom([]string{"&&", "||"}).Draw(t, "operator")
				return "(" + expression(t, depth-1) + " " + operator + " " + expression(t, depth-1) + ")"
			}
		case 2:
			if depth > 0 {
				return "!(" + expression(t, depth-1) + ")"
			}
		}
		sides := []string{rapid.SampledFrom([]string{"rate", "size", "shift"}).Draw(t, "name"), fmt.Sprint(rapid.SampledFrom(constants).Draw(t, "constant"))}
		if rapid.Bool().Draw(t, "turned") {
			sides[0], sides[1] = sides[1], sides[0]
		}
		return strings.Join(sides, rapid.SampledFrom([]string{" < ", " <= ", " > ", " >= "}).Draw(t, "comparison"))
	}
	rapid.Check(t, func(t *rapid.T) {
		when := expression(t, 3)
		r := rules.Rule{Name: "r", Monitor: "payments", When: when, Features: []string{"amount"}}
		e, problems := rules.Compile("payments", []rules.Rule{r}, features(), nil, bounded())
		if e == nil {
			t.Fatal(problems)
		}
		fires, rests := false, false
		for _, rate := range grid["rate"] {
			for _, size := range grid["size"] {
				for _, shift := range grid["shift"] {
					v := e.Judge([]rules.Sample{sample("", "amount", stats{"rate": rate, "size": size, "shift": shift})})
					fires, rests = fires || v[0].Holds, rests || !v[0].Holds
				}
			}
		}
		never, always := false, false
		for _, p := range e.Futile() {
			never = never || !p.Warning
			always = always || strings.HasSuffix(p.Message, "fires all the time")
		}
		if never == fires || always == rests {
			t.Fatalf("%s: it is said never to fire: %t, always: %t; and it fires: %t, and does not: %t", when, never, always, fires, rests)
		}
	})
}

// However many ways there are, looking through them ends.
func TestFutileIsBounded(t *testing.T) {
	parts := make([]string, 60)
	for i := range parts {
		parts[i] = fmt.Sprintf("(rate > 0.%02d || size < %d)", i, i+1)
	}
	r := rules.Rule{Name: "r", Monitor: "payments", When: strings.Join(parts[:30], " && ")}
	e, problems := rules.Compile("payments", []rules.Rule{r}, features(), nil, bounded())
	if e == nil {
		t.Fatal(problems)
	}
	if got := e.Futile(); len(got) > 0 {
		t.Errorf("got %v", got)
	}
}
