package main

import (
	"bufio"
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"
)

// epoch is the event time of the first record.
var epoch = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// shape is what records look like. All of them have an id, an event time, 10 numbers
// and 5 categories that are watched, and text that is not, up to the size.
type shape struct {
	Size     int // bytes, about
	More     int // further numbers that are watched; below 0: fields that are not
	Segments int // values of the field "region"; 0: it is not there
	Panes    int // of a window
	Rate     int // records a millisecond of event time
	Commits  int // milliseconds between them: what was counted shows when it is committed
	Busy     int // rows of a window that a rule fires above
}

// usual are the records that the figures are about.
var usual = shape{Size: 400, Panes: 5, Rate: 1, Commits: 200}

func (s shape) features() []string {
	names := []string{
		"amount", "fee", "balance", "latency_ms", "risk_score", "distance_km", "items", "age", "retries", "attempts",
		"country", "currency", "channel", "merchant_category", "card_type",
	}
	for i := range s.More {
		names = append(names, fmt.Sprintf("f%03d", i))
	}
	return names[:len(names)+min(0, s.More)]
}

const (
	distinct = 20_000 // records are made; then they come again, with other times
	layout   = "2006-01-02T15:04:05.000Z"
)

// records makes records one after the other.
type records struct {
	pool [][]byte
	at   int // where the event time begins
	text [64]byte
	next int
	rate int
}

func newRecords(s shape) *records {
	random := rand.New(rand.NewPCG(7, 7))
	pick := func(values ...string) string { return values[random.IntN(len(values))] }
	r := &records{rate: s.Rate}
	for range distinct {
		if s.Size <= 100 { // room for two numbers
			b := fmt.Appendf(nil, `{"event_time":"%s","amount":%.2f,"fee":%.2f}`, layout, 20+60*random.ExpFloat64(), 3*random.Float64())
			r.at, r.pool = len(`{"event_time":"`), append(r.pool, b)
			continue
		}
		b := fmt.Appendf(nil, `{"id":"pay_%016x","event_time":"`, random.Uint64())
		r.at = len(b)
		b = fmt.Appendf(b, `%s","amount":%.2f,"fee":%.2f,"balance":%.2f,"latency_ms":%.1f,"risk_score":%.4f,"distance_km":%.3f,"items":%d,"age":%d,"retries":%d,"attempts":%d`,
			layout, 20+60*random.ExpFloat64(), 3*random.Float64(), 5000+2000*random.NormFloat64(), 100*random.ExpFloat64(), random.Float64(), 30*random.ExpFloat64(),
			1+random.IntN(9), 18+random.IntN(70), random.IntN(3), random.IntN(20))
		b = fmt.Appendf(b, `,"country":%q,"currency":%q,"channel":%q,"merchant_category":"%04d","card_type":%q`,
			pick("DE", "FR", "IT", "PL", "ES", "NL"), pick("EUR", "PLN", "USD"), pick("web", "app", "pos"), 5000+random.IntN(80), pick("debit", "credit", "prepaid"))
		if s.Segments > 0 {
			b = fmt.Appendf(b, `,"region":"r%04d"`, random.IntN(s.Segments))
		}
		for i := range s.More {
			b = fmt.Appendf(b, `,"f%03d":%.3f`, i, random.NormFloat64())
		}
		b = append(b, `,"user_agent":"`...)
		for rest := s.Size - len(b) - 2; rest > 0; rest = s.Size - len(b) - 2 {
			words := pick("Mozilla/5.0 ", "(X11; Linux x86_64) ", "AppleWebKit/537.36 ", "Chrome/142.0 ", "Safari/537.36 ", "Version/18.1 ", "Mobile/15E148 ")
			b = append(b, words[:min(len(words), rest)]...)
		}
		r.pool = append(r.pool, append(b, `"}`...))
	}
	return r
}

// record gives the next one and its event time. It is valid until it comes again.
func (r *records) record() ([]byte, time.Time) {
	at := epoch.Add(time.Duration(r.next/r.rate) * time.Millisecond)
	return r.recordAt(at), at
}

// recordAt is that with an event time of one's own.
func (r *records) recordAt(at time.Time) []byte {
	b := r.pool[r.next%len(r.pool)]
	copy(b[r.at:], at.AppendFormat(r.text[:0], layout))
	r.next++
	return b
}

// writeLines writes n records to a file.
func writeLines(path string, s shape, n int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w, r := bufio.NewWriterSize(f, 1<<20), newRecords(s)
	for range n {
		b, _ := r.record()
		_, _ = w.Write(b) // Flush tells
		_ = w.WriteByte('\n')
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// config watches the records of a topic.
func (s shape) config(brokers, topic string) string {
	segments := ""
	if s.Segments > 0 {
		segments = fmt.Sprintf("\n    segments: [region]\n    max_segments: %d", max(200, s.Segments))
	}
	return fmt.Sprintf(`kafka: {brokers: [%q]}
state: {dir: state, checkpoint_interval: %dms}
http: {listen: "127.0.0.1:0"}
receivers: [{name: terminal, stdout: {}}]
routes: {page: [terminal], warn: [terminal]}
monitors:
  - name: payments
    topic: %s
    timestamp: event_time
    window: {size: %dm, every: 1m, lateness: 10s}
    reference: {profile: reference.profile}%s
    features: [%s]
rules:
  - {name: drift, monitor: payments, segments: ["*"], when: psi_lo > 0.1}
  - {name: missing, monitor: payments, segments: ["*"], when: missing_rate > 0.2}
  - {name: shape, monitor: payments, segments: ["*"], when: ks > 0.2 && ks_p < 0.001}
  - {name: busy, monitor: payments, when: rows > %d}
`, brokers, s.Commits, topic, s.Panes, segments, strings.Join(s.features(), ", "), cmp.Or(s.Busy, 1<<40))
}
