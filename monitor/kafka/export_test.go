package kafka

import (
	"context"

	"driftwatch/monitor"
)

// PlainBatch is a batch of n uncompressed records "value 0" and on, as it
// comes from a broker, for tests that play one.
func PlainBatch(first int64, n int) []byte { return plainBatch(first, n, 0, text) }

// Converse plays a SCRAM conversation with a given nonce and returns what the
// client sends.
func Converse(mechanism, user, password, nonce string, server ...string) ([]string, error) {
	s, err := newScram(mechanism, user, password)
	if err != nil {
		return nil, err
	}
	machine, first, err := s.start(nonce)
	out := []string{string(first)}
	for done := false; err == nil && !done && len(server) > 0; server = server[1:] {
		var next []byte
		if done, next, err = machine.Next(context.Background(), []byte(server[0])); err == nil && !done {
			out = append(out, string(next))
		}
	}
	return out, err
}

// RecordsOf are a block's records, and the number of those that are corrupt.
func RecordsOf(b *monitor.Block, scratch *monitor.Scratch) (records []monitor.Record, corrupt int) {
	all, _ := b.Records(nil, scratch)
	for _, r := range all {
		corrupt += int(r.Corrupt)
		if r.Corrupt == 0 {
			records = append(records, r)
		}
	}
	return records, corrupt
}
