package rules_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"driftwatch/rules"
)

func drawRules(t *rapid.T) []rules.Rule {
	conditions := [][2]string{ // when, clear
		{"psi_lo > 1", ""},
		{"psi_lo > limit", "missing_rate == 0"},
		{"psi_lo > limit", "rows > 1"},
		{"rows == 0", ""},
		{"rows == 0", "record_rate > 1"},
		{"max(psi_lo) > 1", ""},
		{"count(psi_lo > limit) > 0", "share(missing_rate == 0) > 0.4"},
	}
	length := func(name string) rules.Duration {
		return minutes(rapid.SampledFrom([]int{0, 0, 1, 3, 7}).Draw(t, name))
	}
	var declared []rules.Rule
	for range rapid.IntRange(1, 3).Draw(t, "rules") {
		condition := rapid.SampledFrom(conditions).Draw(t, "condition")
		declared = append(declared, rules.Rule{
			When: condition[0], Clear: condition[1],
			Limits: map[string]float64{"default": 1}, Features: []string{"a*"},
			For: length("for"), KeepFiringFor: length("keep_firing_for"), StaleAfter: length("stale_after") + minutes(1),
			NoData: rapid.SampledFrom([]string{"keep", "keep", "ok", "fire"}).Draw(t, "no_data"),
		})
	}
	return declared
}

// drawSamples draws one window's samples.
func drawSamples(t *rapid.T) []rules.Sample {
	var samples []rules.Sample
	for _, feature := range []string{"", "amount", "age"} {
		if rapid.IntRange(0, 3).Draw(t, "absent "+feature) == 0 {
			continue
		}
		v := stats{}
		for _, name := range []string{"psi_lo", "rows", "record_rate", "missing_rate"} {
			v[name] = rapid.SampledFrom([]float64{0, 2, 2, math.NaN()}).Draw(t, feature+" "+name)
		}
		samples = append(samples, sample("", feature, v))
	}
	return samples
}

// A run of equal windows gives the same transitions, and leaves the same
// alerts, stepped one by one or only where Next says that something can change.
func TestNextSkipsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		declared := drawRules(t)
		each, jump := compile(t, declared...), compile(t, declared...)
		now, all, skipped := 0, "", ""
		for range rapid.IntRange(1, 6).Draw(t, "runs") {
			samples := drawSamples(t)
			length := rapid.SampledFrom([]int{1, 2, 5, 20}).Draw(t, "length")
			due := time.Time{}
			for i := range length {
				at := minute(now + i)
				all += describe(each.Step(at, windowAt(at), samples))
				if at.Before(due) {
					continue
				}
				skipped += describe(jump.Step(at, windowAt(at), samples))
				var ok bool
				if due, ok = jump.Next(); !ok {
					due = minute(1_000_000)
				} else if !due.After(at) {
					t.Fatalf("after the step at %s, Next is %s", at, due)
				}
			}
			now += length
			if all != skipped {
				t.Fatalf("one by one:\n%swith Next:\n%s", all, skipped)
			}
			if a, b := export(t, each), export(t, jump); a != b {
				t.Fatalf("one by one:\n%s\nwith Next:\n%s", a, b)
			}
		}
	})
}

func export(t tester, e *rules.Engine) string {
	t.Helper()
	b, err := json.Marshal(e.Export())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A restart at any step, through JSON, changes nothing that follows.
func TestRestartChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		declared := drawRules(t)
		whole, parts := compile(t, declared...), compile(t, declared...)
		for i := range rapid.IntRange(1, 30).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "restart") {
				var saved []rules.Saved
				if err := json.Unmarshal([]byte(export(t, parts)), &saved); err != nil {
					t.Fatal(err)
				}
				parts = compile(t, declared...)
				if ended := parts.Restore(minute(i), saved); len(ended) > 0 {
					t.Fatalf("Restore ended %s", describe(ended))
				}
			}
			samples := drawSamples(t)
			a := describe(whole.Step(minute(i), windowAt(minute(i)), samples))
			b := describe(parts.Step(minute(i), windowAt(minute(i)), samples))
			if a != b {
				t.Fatalf("without a restart:\n%swith one:\n%s", a, b)
			}
			w, wok := whole.Next()
			p, pok := parts.Next()
			if wok != pok || !w.Equal(p) {
				t.Fatalf("Next is %v %v without a restart, %v %v with one", w, wok, p, pok)
			}
		}
	})
}

// An alert is kept while its rule asks the same, and ended by name otherwise.
func TestRestoreUnderOtherRules(t *testing.T) {
	before := rules.Rule{Name: "drift", When: "psi_lo > limit", For: minutes(0), Features: []string{"amount"}, Limits: map[string]float64{"default": 1}, Severity: "page", Receivers: []string{"pager"}}
	with := func(change func(*rules.Rule)) rules.Rule {
		r := before
		change(&r)
		return r
	}
	for _, c := range []struct {
		name   string
		after  rules.Rule
		reason string // "" is kept
	}{
		{"nothing", before, ""},
		{"summary and severity", with(func(r *rules.Rule) { r.Summary, r.Severity = "x", "info" }), ""},
		{"who is told, when, and in which words", with(func(r *rules.Rule) {
			r.Active, r.Description, r.Receivers = active(t, "mon", "08:00-20:00", "Europe/Berlin"), "{{ .Stats.psi }}\nx", []string{"other"}
		}), ""},
		{"windows", with(func(r *rules.Rule) { r.Windows = []rules.Duration{minutes(5), hours(1)} }), rules.ReasonRuleChanged},
		{"another feature too", with(func(r *rules.Rule) { r.Features = []string{"a*"} }), ""},
		{"when", with(func(r *rules.Rule) { r.When = "psi_lo > limit + 1" }), rules.ReasonRuleChanged},
		{"clear", with(func(r *rules.Rule) { r.Clear = "psi_lo < 1" }), rules.ReasonRuleChanged},
		{"limits", with(func(r *rules.Rule) { r.Limits = map[string]float64{"default": 2} }), ""},
		{"for", with(func(r *rules.Rule) { r.For = minutes(1) }), rules.ReasonRuleChanged},
		{"gone", with(func(r *rules.Rule) { r.Name = "other" }), rules.ReasonRuleChanged},
		{"feature", with(func(r *rules.Rule) { r.Features = []string{"age"} }), rules.ReasonNotWatched},
	} {
		t.Run(c.name, func(t *testing.T) {
			old := compile(t, before)
			old.Step(epoch(), windowAt(epoch()), []rules.Sample{sample("", "amount", stats{"psi_lo": 2})})
			e := compile(t, c.after)
			ended := e.Restore(minute(1), old.Export())
			if c.reason == "" {
				if len(ended) > 0 || len(e.Export()) != 1 {
					t.Fatalf("not kept: %s", describe(ended))
				}
				return
			}
			want := `10:06 payments/drift/-/amount/2026-11-23T10:05:00Z firing=>ok "` + c.reason + "\" since 10:00\n"
			if got := describe(ended); got != want || len(e.Export()) > 0 {
				t.Fatalf("got %swant %s", got, want)
			}
			if r := ended[0].Rule; r.Name != "drift" || r.Severity != "page" || r.Receivers[0] != "pager" {
				t.Errorf("it cannot be routed: %+v", r)
			}
		})
	}
}
