package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The data of examples/payments are the demo's payments, so that they can be
// made again: go test ./cmd/driftwatch -run TestExampleData -update
func TestExampleData(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file       string
		seed       uint64
		begin, end time.Time
		every      time.Duration
		faults     faultTimes
	}{
		{
			file: "reference.jsonl", seed: 1, every: 1200 * time.Millisecond,
			begin: time.Date(2026, 10, 1, 10, 0, 0, 0, time.UTC),
			end:   time.Date(2026, 10, 1, 11, 0, 0, 0, time.UTC),
		},
		{
			// A bad release at 10:20 is rolled back at 10:38.
			file: "day.jsonl", seed: 2, every: 600 * time.Millisecond,
			begin:  time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC),
			end:    time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC),
			faults: faultTimes{first: 20 * time.Minute, length: 18 * time.Minute},
		},
	} {
		var want bytes.Buffer
		lines := json.NewEncoder(&want)
		for i := uint64(0); ; i++ {
			elapsed := time.Duration(i) * c.every
			at := c.begin.Add(elapsed)
			if !at.Before(c.end) {
				break
			}
			if err := lines.Encode(newPayment(c.seed, i, at, c.faults.active(elapsed))); err != nil {
				t.Fatal(err)
			}
		}
		file := filepath.Join("..", "..", "examples", "payments", c.file)
		if *update {
			if err := os.WriteFile(file, want.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s is not what the generator makes; if it was changed on purpose, run with -update", c.file)
		}
	}
}
