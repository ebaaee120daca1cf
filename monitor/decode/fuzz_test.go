package decode_test

import "testing"

// FuzzDecode compares with encoding/json, after another record has left its
// traces in the decoder.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(payment), []byte(payment))
	for i, r := range records {
		f.Add([]byte(records[(i+7)%len(records)]), []byte(r))
	}
	f.Fuzz(func(t *testing.T, before, record []byte) {
		d := newJSON(t, named(fields)...)
		checkDecode(t, d, fields, before)
		checkDecode(t, d, fields, record)
	})
}

func FuzzWalk(f *testing.F) {
	f.Add([]byte(payment))
	for _, r := range records {
		f.Add([]byte(r))
	}
	d := newJSON(f)
	f.Fuzz(func(t *testing.T, record []byte) {
		checkWalk(t, d, record)
	})
}
