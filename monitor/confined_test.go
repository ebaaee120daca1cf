package monitor_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"driftwatch/monitor"
	"driftwatch/rules"
	"driftwatch/stats"
)

// confinement draws windows of 6 partitions with 3 versions in them, of which the
// records for which bad says so have a fault, with a probability.
type confinement struct {
	name  string
	when  string
	rates []float64 // of the fault, in the rows that are bad
	bad   func(partition, version int) bool
	want  string // of what is named; "": nothing may be
	least float64
	fault func(*rand.Rand) string
}

func (c confinement) run(t *testing.T, ref *stats.Reference, r *rand.Rand, rate float64) (fired, named, wrong int) {
	parts := make([][]monitor.Record, 6)
	per := 40 + r.IntN(300)
	for p := range parts {
		for i := range per {
			version := r.IntN(3)
			row := row(r)
			if c.bad(p, version) && r.Float64() < rate {
				row = c.fault(r)
			}
			parts[p] = append(parts[p], monitor.Record{
				Offset: int64(i), Time: t0.UnixMilli() + int64(i), Headers: fmt.Appendf(nil, "v=%d\n", version), Value: []byte(row),
			})
		}
	}
	cfg := config()
	cfg.Timestamp, cfg.Headers = monitor.Timestamp{}, []string{"v"}
	few := 1
	d := deps(t, cfg, nil, rules.Rule{Name: "r", Monitor: "m", When: c.when, Features: []string{"kind", "x"}, MinSamples: &few})
	fires, err := monitor.FiresOn(d, ref, parts, fakeHeader)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range fires {
		fired++
		for _, p := range a.Only {
			if named++; p.Words() != c.want {
				wrong++
			}
		}
	}
	return fired, named, wrong
}

func row(r *rand.Rand) string {
	return fmt.Sprintf(`{"x": %.4f, "kind": "%c"}`, r.NormFloat64(), "aabc"[r.IntN(4)])
}

// Nobody is blamed wrongly more often than once in a thousand alerts, least of
// all where a fault is in all rows at just the rate that the rule asks for. What
// is clearly in one place is named.
func TestConfinedIsNeverWrong(t *testing.T) {
	seed := rand.New(rand.NewPCG(21, 0))
	var records [][]byte
	for range 5000 {
		records = append(records, []byte(row(seed)))
	}
	ref := referenceOf(t, records)
	null := func(r *rand.Rand) string { return fmt.Sprintf(`{"x": %.4f, "kind": null}`, r.NormFloat64()) }
	text := func(*rand.Rand) string { return `{"x": "1", "kind": "a"}` }
	shift := func(r *rand.Rand) string { return fmt.Sprintf(`{"x": %.4f, "kind": "a"}`, 2+r.NormFloat64()) }
	everywhere := func(int, int) bool { return true }
	one := func(p, _ int) bool { return p == 3 }
	two := func(p, _ int) bool { return p == 3 || p == 4 }
	version := func(_, v int) bool { return v == 1 }
	const runs = 100
	fired, wrong := 0, 0
	for _, c := range []confinement{
		{"null everywhere", "null_rate > 0.02", []float64{0.01, 0.02, 0.03, 0.05, 0.2, 1}, everywhere, "", 0, null},
		{"shift everywhere", "psi_lo > 0.1", []float64{0.2, 0.3, 0.4, 1}, everywhere, "", 0, shift},
		{"text everywhere", "schema_type_changed > 0", []float64{0.01, 0.02, 0.05, 1}, everywhere, "", 0, text},
		{"null in two", "null_rate > 0.02", []float64{0.05, 0.1, 0.2, 1}, two, "", 0, null},
		{"text in two", "schema_type_changed > 0", []float64{0.05, 0.2, 1}, two, "", 0, text},
		{"null in 2 % of one", "null_rate > 0.002", []float64{0.02}, one, "partition 3", 0, null},
		{"null in 2 % of one, seldom", "null_rate > 0.01", []float64{0.02, 0.05}, one, "partition 3", 0, null},
		{"null in one", "null_rate > 0.02", []float64{0.5, 1}, one, "partition 3", 0.9, null},
		{"shift in one", "psi_lo > 0.05", []float64{1}, one, "partition 3", 0.9, shift},
		{"text in one", "schema_type_changed > 0", []float64{0.5, 1}, one, "partition 3", 0.5, text},
		{"null in a version", "null_rate > 0.02", []float64{0.3, 1}, version, "header v=1", 0.9, null},
		{"two features", "count(psi_lo > 0.1) > 1", []float64{1}, version, "header v=1", 0.9, shift},
	} {
		for n, rate := range c.rates {
			f, named, w := 0, 0, 0
			for i := range runs {
				fi, na, wr := c.run(t, ref, rand.New(rand.NewPCG(uint64(n), uint64(i))), rate)
				f, named, w = f+fi, named+na, w+wr
			}
			t.Logf("%s, %g: %d alerts in %d windows, %d named, %d wrongly", c.name, rate, f, runs, named, w)
			if float64(named) < c.least*float64(f) {
				t.Errorf("%s, %g: %d of %d alerts name it", c.name, rate, named, f)
			}
			fired, wrong = fired+f, wrong+w
		}
	}
	t.Logf("%d wrong of %d", wrong, fired)
	if wrong*1000 > fired {
		t.Errorf("%d of %d alerts are blamed wrongly", wrong, fired)
	}
}
