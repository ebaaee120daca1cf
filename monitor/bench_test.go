package monitor_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
)

// payments are records of about 400 bytes with 10 numbers, 5 categories and a
// boolean, one a millisecond.
func payments(n int) []monitor.Record {
	r := rand.New(rand.NewPCG(7, 7))
	var all []monitor.Record
	for i := range n {
		at := t0.Add(time.Duration(i) * time.Millisecond)
		b, err := json.Marshal(map[string]any{
			"event_time": at.Format("2006-01-02T15:04:05.000Z"), "id": fmt.Sprintf("%016x-%04x", r.Uint64(), i&0xffff),
			"amount": math.Round(math.Exp(4+r.NormFloat64())*100) / 100, "fee": math.Round(r.Float64()*300) / 100, "balance": r.IntN(100000),
			"items": r.IntN(9), "latency_ms": math.Round(1000*r.ExpFloat64()) / 10, "risk": math.Round(r.Float64()*1e4) / 1e4, "age": 18 + r.IntN(70),
			"discount": 0, "distance_km": math.Round(r.ExpFloat64()*1e3) / 100, "retries": r.IntN(3), "is_first": r.IntN(2) == 0,
			"country": []string{"DE", "FR", "IT", "PL", "ES", "NL"}[r.IntN(6)], "currency": []string{"EUR", "PLN", "USD"}[r.IntN(3)],
			"channel": []string{"web", "app", "pos"}[r.IntN(3)], "merchant_category": fmt.Sprintf("%04d", 5000+r.IntN(80)),
			"card": map[string]any{"type": []string{"debit", "credit"}[r.IntN(2)], "network": "visa"},
		})
		if err != nil {
			panic(err)
		}
		all = append(all, monitor.Record{Offset: int64(i), Time: at.UnixMilli(), Value: b})
	}
	return all
}

var benchSegments = [][][]string{nil, {{"country"}}, {{"country"}, {"country", "channel"}}}

const benchBlock = 2000

// newObserver is warm: it has the memory of the steady state.
func newObserver(t testing.TB, records []monitor.Record, segments [][]string) func([]monitor.Record) error {
	t.Helper()
	c := config()
	c.Timestamp, c.Segments = monitor.Timestamp{Field: "event_time"}, segments
	return newObserverOf(t, records, c)
}

func newObserverOf(t testing.TB, records []monitor.Record, c monitor.Config) func([]monitor.Record) error {
	t.Helper()
	ref, err := monitor.BuildReference(c, decode.JSON, func(yield func(monitor.Row) error) error {
		for _, r := range records {
			if err := yield(monitor.Row{Event: r.Time, Log: r.Time, Value: r.Value}); err != nil {
				return err
			}
		}
		return nil
	}, "bench")
	if err != nil {
		t.Fatal(err)
	}
	observe, err := monitor.Observer(c, ref, decode.JSON)
	if err != nil {
		t.Fatal(err)
	}
	if err := observe(records[:benchBlock]); err != nil {
		t.Fatal(err)
	}
	return observe
}

// In the steady state nothing is allocated for a record, nor for a block.
func TestObserveDoesNotAllocate(t *testing.T) {
	records := payments(3 * benchBlock)
	for _, segments := range benchSegments {
		observe := newObserver(t, records, segments)
		n := 0
		allocs := testing.AllocsPerRun(20, func() {
			at := n % 3 * benchBlock
			n++
			if err := observe(records[at : at+benchBlock]); err != nil {
				t.Fatal(err)
			}
		})
		if allocs > 0 {
			t.Errorf("segments %v: %v allocations for %d records, want none", segments, allocs, benchBlock)
		}
	}
}

func BenchmarkObserve(b *testing.B) {
	records := payments(20000)
	for _, segments := range benchSegments {
		b.Run(fmt.Sprintf("sets=%d", len(segments)), func(b *testing.B) {
			const block = benchBlock
			observe := newObserver(b, records, segments)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				at := n % (len(records) / block) * block
				if err := observe(records[at : at+block]); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*block), "ns/record")
		})
	}
}

// What is asked of the records costs so much more a record.
func BenchmarkConstraints(b *testing.B) {
	records := payments(20000)
	plain := config()
	plain.Timestamp = monitor.Timestamp{Field: "event_time"}
	checks := plain
	checks.Checks = map[string]string{
		"positive": `amount >= 0 && currency != ""`, "cheap": "fee < amount", "known": `channel in ["web", "app", "pos"]`,
	}
	for _, c := range []struct {
		name   string
		config monitor.Config
	}{{"none", plain}, {"three checks", checks}} {
		b.Run(c.name, func(b *testing.B) {
			observe := newObserverOf(b, records, c.config)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				at := n % (len(records) / benchBlock) * benchBlock
				if err := observe(records[at : at+benchBlock]); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*benchBlock), "ns/record")
		})
	}
}
