package monitor_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// order is a record before it is written, with where it comes from.
type order struct {
	partition int
	version   string // header app_version
	r         *rand.Rand
	row       map[string]any
}

// orders are the logs of partitions, one record each a step, with a fault in
// those from after on.
func orders(seed uint64, partitions, n int, step, after time.Duration, fault func(*order)) [][]monitor.Record {
	r := rand.New(rand.NewPCG(seed, 3))
	parts := make([][]monitor.Record, partitions)
	for i := range n {
		for p := range parts {
			at := t0.Add(time.Duration(i) * step)
			o := &order{partition: p, version: []string{"1.40", "1.41", "1.42"}[r.IntN(3)], r: r, row: map[string]any{
				"ts": at.UnixMilli(), "amount": 100 * r.Float64(), "kind": []string{"a", "b", "c"}[r.IntN(3)],
				"card": map[string]any{"type": []string{"debit", "credit"}[r.IntN(2)], "last4": r.IntN(9999)},
				"tags": map[string]any{fmt.Sprintf("t%05d", r.IntN(50_000)): 1},
			}}
			if r.IntN(20) == 0 {
				o.row["coupon"] = "X"
			}
			if at.Sub(t0) >= after && fault != nil {
				fault(o)
			}
			b, err := json.Marshal(o.row)
			if err != nil {
				panic(err)
			}
			parts[p] = append(parts[p], monitor.Record{Offset: int64(i), Time: at.UnixMilli(), Value: b, Headers: []byte("app_version=" + o.version + "\n")})
		}
	}
	return parts
}

var schemaRule = rules.Rule{Name: "schema", Monitor: "m", When: "schema_type_changed > 0 || schema_added > 0 || schema_lost > 0 || schema_null_changed > 0 || schema_constant > 0"}

// ordersBacktest gives the alerts that fire over orders with a fault from 25 m on,
// and the logs.
func ordersBacktest(t testing.TB, seed uint64, partitions int, fault func(*order), rs ...rules.Rule) ([]monitor.Alert, [][]monitor.Record) {
	t.Helper()
	parts := orders(seed, partitions, 32*60*4, 250*time.Millisecond, 25*time.Minute, fault)
	c := config()
	c.Headers = []string{"app_version", "host"}
	d := deps(t, c, &logSource{parts: parts, cut: func() int { return 1 + rand.IntN(700) }}, rs...)
	lines, _ := backtest(t, d)
	var fires []monitor.Alert
	for _, l := range lines {
		var a monitor.Alert
		if err := json.Unmarshal([]byte(l), &a); err != nil {
			t.Fatal(err)
		}
		if a.State == "firing" {
			fires = append(fires, a)
		}
	}
	return fires, parts
}

// Each kind of change is one alert that says what changed, where and since when,
// and shows rows that have it.
func TestSchemaChanges(t *testing.T) {
	text := func(o *order) { o.row["amount"] = fmt.Sprint(o.row["amount"]) }
	for _, c := range []struct {
		name  string
		fault func(*order)
		want  string // prefix of the summary
		only  string
		shows string // in the examples
	}{
		{"none", nil, "", "", ""},
		{"type", text, "`amount`: number → string in ", "", `"amount":"`},
		{"type in a partition", func(o *order) {
			if o.partition == 2 {
				text(o)
			}
		}, "`amount`: number → string in ", "partition 2", `"amount":"`},
		{"type in a version", func(o *order) {
			if o.version == "1.42" {
				text(o)
			}
		}, "`amount`: number → string in ", "header app_version=1.42", `"amount":"`},
		{"object for a scalar", func(o *order) { o.row["amount"] = map[string]any{"value": 1, "currency": "EUR"} }, "`amount`: number → object or array in ", "", `"amount":{`},
		{"scalar for an object", func(o *order) { o.row["card"] = "debit" }, "`card`: object or array → string in ", "", `"card":"`},
		{"new object", func(o *order) { o.row["pro`mo\n"] = map[string]any{"code": "x", "more": map[string]any{"a": 1}} }, "`pro'mo%0A`: new, in ", "", "pro`mo"},
		{"new random keys", func(o *order) {
			keys := map[string]any{}
			for range 30 {
				keys[fmt.Sprint(o.r.Uint64())] = 1
			}
			o.row["ids"] = keys
		}, "`ids`: new, in ", "", `"ids":`},
		{"lost", func(o *order) { delete(o.row, "coupon") }, "`coupon`: gone, was in 5", "", ""},
		{"null", func(o *order) {
			if o.r.IntN(10) == 0 {
				o.row["kind"] = nil
			}
		}, "`kind`: null in ", "", `"kind":null`},
		{"constant", func(o *order) { o.row["kind"] = "b" }, "`kind`: always the same value", "", ""},
		{"several", func(o *order) {
			text(o)
			o.row["a"], o.row["b"], o.row["c"] = 1, 2, 3
		}, "`amount`: number → string in ", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			fires, parts := ordersBacktest(t, 1, 4, c.fault, schemaRule)
			if c.want == "" {
				if len(fires) > 0 {
					t.Errorf("%+v", fires)
				}
				return
			}
			if len(fires) != 1 {
				t.Fatalf("%d alerts, want 1: %+v", len(fires), fires)
			}
			a := fires[0]
			if !strings.HasPrefix(a.Summary, c.want) || strings.Contains(a.Summary, "only") != (c.only != "") || !strings.HasSuffix(a.Summary, c.only) {
				t.Errorf("summary %q", a.Summary)
			}
			if want := t0.Add(25 * time.Minute); !a.Since.Equal(want) && c.shows != "" {
				t.Errorf("since %v, want %v", a.Since, want)
			}
			if len(a.Only) != len(strings.Fields(c.only))/2 || len(a.Only) > 0 && a.Only[0].Words() != c.only {
				t.Errorf("only %v", a.Only)
			}
			for _, e := range a.Examples {
				if r := parts[e.Partition][e.Offset]; !strings.Contains(string(r.Value), c.shows) {
					t.Errorf("%s does not show it", r.Value)
				}
			}
			if c.name == "several" && !strings.HasSuffix(a.Summary, " and 1 more") {
				t.Errorf("summary %q", a.Summary)
			}
		})
	}
}

// An alert of a feature says what it is confined to, if to anything.
func TestConfinedFeatures(t *testing.T) {
	missing := rules.Rule{Name: "missing", Monitor: "m", When: "missing_rate > 0.05", Features: []string{"kind"}}
	drift := rules.Rule{Name: "drift", Monitor: "m", When: "psi_lo > 0.1 && rows > 100", Features: []string{"amount"}}
	many := rules.Rule{Name: "many", Monitor: "m", When: "share(psi_lo > 0.1) > 0.4", Features: []string{"kind", "amount"}}
	null := func(o *order) { o.row["kind"] = nil }
	shift := func(o *order) { o.row["amount"] = 1000 * o.r.Float64() }
	in := func(partitions ...int) func(func(*order)) func(*order) {
		return func(f func(*order)) func(*order) {
			return func(o *order) {
				if slices.Contains(partitions, o.partition) {
					f(o)
				}
			}
		}
	}
	all, one, two := in(0, 1, 2, 3), in(3), in(1, 3)
	for _, c := range []struct {
		name  string
		rule  rules.Rule
		fault func(*order)
		want  string
	}{
		{"everywhere", missing, all(null), "[]"},
		{"in one", missing, one(null), "[{_partition 3}]"},
		{"in two", missing, two(null), "[]"},
		{"shift everywhere", drift, all(shift), "[]"},
		{"shift in one", drift, one(shift), "[{_partition 3}]"},
		{"shift of a version", drift, func(o *order) {
			if o.version == "1.40" {
				shift(o)
			}
		}, "[{_header.app_version 1.40}]"},
		{"features of one", many, one(func(o *order) { shift(o); null(o) }), "[{_partition 3}]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			fires, _ := ordersBacktest(t, 2, 4, c.fault, c.rule)
			if len(fires) != 1 || fmt.Sprint(fires[0].Only) != c.want {
				t.Fatalf("%+v", fires)
			}
			if strings.Contains(fires[0].Summary, "only") != (c.want != "[]") {
				t.Errorf("summary %q", fires[0].Summary)
			}
		})
	}
}
