package kafka

import (
	"bytes"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"

	"driftwatch/monitor"
)

// Headers are what franz-go wrote, of several of a name the last that is not null.
func TestHeaders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := map[string][]byte{}
		record := kmsg.Record{Key: []byte("k"), Value: []byte("v")}
		for range rapid.IntRange(0, 5).Draw(t, "n") {
			h := kmsg.Header{Key: rapid.SampledFrom([]string{"a", "b", "", "é"}).Draw(t, "key"), Value: drawBytes(t, "value")}
			record.Headers = append(record.Headers, h)
			if h.Value != nil {
				want[h.Key] = h.Value
			}
		}
		raw := encodeBatch(kmsg.RecordBatch{NumRecords: 1, Records: encodeRecords([]kmsg.Record{record})})
		b, _, err := nextBatch(raw)
		if err != nil {
			t.Fatal(err)
		}
		records := b.records(nil, 0, nil)
		if len(records) != 1 || records[0].Corrupt > 0 {
			t.Fatalf("%d records, not one that can be read", len(records))
		}
		for _, name := range []string{"a", "b", "", "é", "none"} {
			value, found := header(&records[0], name)
			if _, is := want[name]; found != is || !bytes.Equal(value, want[name]) {
				t.Errorf("%q: %q, %v, want %q, %v", name, value, found, want[name], is)
			}
		}
	})
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte("\x02\x02a\x02b"), "a")
	f.Fuzz(func(_ *testing.T, b []byte, name string) { header(&monitor.Record{Headers: b}, name) })
}
