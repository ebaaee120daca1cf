package monitor_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
	"driftwatch/stats"
)

// The changes are those that testdata/schema.py finds by the definitions.
func TestSchemaOracle(t *testing.T) {
	f, err := os.Open("testdata/schema.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	records := bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n"))
	var want struct {
		Reference, Window int
		Windows           []map[string][]string
	}
	expected, err := os.ReadFile("testdata/schema.json")
	if err == nil {
		err = json.Unmarshal(expected, &want)
	}
	if err != nil {
		t.Fatal(err)
	}
	ref := referenceOf(t, records[:want.Reference])
	for i, w := range want.Windows {
		from := want.Reference + i*want.Window
		got, err := monitor.SchemaOf(ref, decode.JSON, records[from:from+want.Window])
		if err != nil {
			t.Fatal(err)
		}
		for name, list := range map[string][]stats.FieldChange{"added": got.Added, "lost": got.Lost, "types": got.Types, "nulls": got.Nulls} {
			names := []string{}
			for _, f := range list {
				names = append(names, f.Name)
			}
			slices.Sort(names)
			if !slices.Equal(names, w[name]) {
				t.Errorf("window %d, %s: %v, want %v", i, name, names, w[name])
			}
		}
	}
}

func referenceOf(t testing.TB, records [][]byte) *stats.Reference {
	t.Helper()
	c := monitor.Default()
	ref, err := monitor.BuildReference(c, decode.JSON, func(yield func(monitor.Row) error) error {
		for _, r := range records {
			if err := yield(monitor.Row{Event: monitor.NoTime, Log: monitor.NoTime, Value: r}); err != nil {
				return err
			}
		}
		return nil
	}, "test")
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// Optional fields, rare ones among them, raise no alarm, whether the reference
// happens to have them or not.
func TestSchemaOfCleanStreamsIsQuiet(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 0))
	record := func() []byte {
		row := map[string]any{"x": r.Float64(), "y": "a"}
		for i, rate := range []float64{0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05} {
			if r.Float64() < rate {
				row[fmt.Sprint("rare", i)] = 1
			}
			if r.Float64() < rate {
				row[fmt.Sprint("null", i)] = nil
			} else {
				row[fmt.Sprint("null", i)] = 1
			}
			if r.Float64() < rate {
				row[fmt.Sprint("type", i)] = "1"
			} else {
				row[fmt.Sprint("type", i)] = 1
			}
		}
		b, err := json.Marshal(row)
		if err != nil {
			panic(err)
		}
		return b
	}
	draw := func(n int) (all [][]byte) {
		for range n {
			all = append(all, record())
		}
		return all
	}
	windows, alarms := 0, 0
	pool := draw(60_000)
	for _, rows := range []int{300, 1000, 5000} {
		for range 12 {
			ref := referenceOf(t, draw(rows))
			for _, n := range []int{100, 250, 1000} {
				for range 40 {
					sample := make([][]byte, n)
					for i := range sample {
						sample[i] = pool[r.IntN(len(pool))]
					}
					got, err := monitor.SchemaOf(ref, decode.JSON, sample)
					if err != nil {
						t.Fatal(err)
					}
					windows++
					if n := len(got.Added) + len(got.Lost) + len(got.Types) + len(got.Nulls); n > 0 {
						alarms++
						t.Logf("of %d rows against %d: %+v", len(sample), rows, got)
					}
				}
			}
		}
	}
	if alarms*10_000 > windows {
		t.Errorf("%d alarms in %d clean windows", alarms, windows)
	}
}
