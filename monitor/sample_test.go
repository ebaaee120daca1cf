package monitor_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
)

// firstOf takes the first records of one reading.
type firstOf struct {
	records []monitor.Record
	stop    context.CancelFunc
}

func (s *firstOf) Block(_ context.Context, b monitor.Block) error {
	records, _ := b.Records(nil, &monitor.Scratch{})
	s.records = append(s.records, records...)
	s.stop()
	return context.Canceled
}
func (s *firstOf) Heartbeat(monitor.Heartbeat) {}
func (s *firstOf) Held(int32) bool             { return false }

// Reading begins at any line, whether or not the file's marks are known.
func TestLinesFromAnyLine(t *testing.T) {
	const n = 12_000
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "{\"i\":%d,\"pad\":%q}\n", i, strings.Repeat("x", i%97))
	}
	file := filepath.Join(t.TempDir(), "x.jsonl")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, marked := range []bool{false, true} {
		l, err := monitor.OpenLines(file)
		if err != nil {
			t.Fatal(err)
		}
		if marked {
			top, err := l.Topology(t.Context())
			if err != nil || top.Partitions[0].End != n {
				t.Fatalf("%v, %v", top, err)
			}
		}
		for from := int64(0); from < n; from += 97 {
			ctx, stop := context.WithCancel(t.Context())
			sink := &firstOf{stop: stop}
			if err := l.Run(ctx, monitor.Topology{}, map[int32]int64{0: from}, sink); err == nil && len(sink.records) == 0 {
				t.Fatalf("nothing is read from line %d on", from)
			}
			stop()
			if r := sink.records[0]; r.Offset != from || !strings.HasPrefix(string(r.Value), fmt.Sprintf(`{"i":%d,`, from)) {
				t.Errorf("from line %d on, marked %t, the first one is %d: %.20s", from, marked, r.Offset, r.Value)
			}
		}
	}
}

// cutOff is a file that loses its end between two looks.
type cutOff struct {
	*monitor.Lines
	file string
}

func (c cutOff) Run(ctx context.Context, t monitor.Topology, from map[int32]int64, sink monitor.Sink) error {
	if err := os.Truncate(c.file, 100); err != nil {
		return err
	}
	return c.Lines.Run(ctx, t, from, sink)
}

// What was cut off after the lines were counted is an error, and no end.
func TestLinesCutOff(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.jsonl")
	if err := os.WriteFile(file, []byte(strings.Repeat("{}\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := monitor.OpenLines(file)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = monitor.Backtest(t.Context(), deps(t, config(), cutOff{l, file}), monitor.BacktestOptions{From: monitor.NoTime, To: monitor.NoTime})
	if err == nil || !strings.Contains(err.Error(), "cannot read the input on") {
		t.Errorf("error %v", err)
	}
}

// logOf is a topic of records that make gives, dealt to partitions.
func logOf(partitions, n int, record func(i int) (time int64, value string)) *logSource {
	src := &logSource{parts: make([][]monitor.Record, partitions), cut: func() int { return 700 }}
	for i := range n {
		p := i % partitions
		at, value := record(i)
		src.parts[p] = append(src.parts[p], monitor.Record{Offset: int64(len(src.parts[p])), Time: at, Value: []byte(value)})
	}
	return src
}

// The sample of a long topic is bounded, reaches from its first records to its
// last and is the same each time; that of a short one is all of it.
func TestTakeSample(t *testing.T) {
	for _, n := range []int{3, 5_000, 600_000} {
		src := logOf(3, n, func(i int) (int64, string) { return int64(1e12 + 1000*i), fmt.Sprintf(`{"i":%d}`, i) })
		said := 0
		s, err := monitor.TakeSample(t.Context(), src, func(records int) { said = records })
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		rows, err := s.Rows(decode.JSON, monitor.Timestamp{}, monitor.NoTime, monitor.NoTime)
		if err == nil {
			err = rows(func(r monitor.Row) error {
				at, value := r.Event, r.Value
				seen[string(value)] = true
				if want := fmt.Sprintf(`{"i":%d}`, (at-1e12)/1000); want != string(value) {
					t.Fatalf("%s has the time of %s", value, want)
				}
				return nil
			})
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(seen) != s.Len() || s.Len() != said || s.Len() != min(n, s.Len()) || s.Len() < min(n, 190_000) || s.Len() > 200_000 {
			t.Errorf("of %d records the sample has %d, of them %d distinct; %d were told", n, s.Len(), len(seen), said)
		}
		if !seen[`{"i":0}`] || !seen[fmt.Sprintf(`{"i":%d}`, n-1)] {
			t.Errorf("of %d records the sample lacks the first or the last", n)
		}
		if s.Retained() != int64(n) {
			t.Errorf("%d records are retained, want %d", s.Retained(), n)
		}
	}
}

func TestTakeSampleOfNothing(t *testing.T) {
	s, err := monitor.TakeSample(t.Context(), logOf(2, 0, nil), nil)
	if err != nil || s.Len() != 0 || s.Retained() != 0 {
		t.Errorf("%d of %d records, %v", s.Len(), s.Retained(), err)
	}
}
