//go:build !race

// The race detector empties the pools of the codecs' libraries at random, so
// allocations can be counted only without it.

package kafka

import (
	"testing"

	"driftwatch/monitor"
)

// Once a worker's memory has grown to its work, decoding a block allocates
// nothing: neither for its records nor for its batches.
func TestRecordsDoNotAllocate(t *testing.T) {
	for codec := range 5 {
		t.Run(codecNames[codec], func(t *testing.T) {
			log := append(plainBatch(0, 500, codec, text), plainBatch(500, 500, codec, text)...)
			var block monitor.Block
			c := cutter{end: 1000, limit: 1 << 20, emit: func(b monitor.Block) error { block = b; return nil }}
			if _, err := c.walk(log, nil, false); err != nil {
				t.Fatal(err)
			}
			var buf []monitor.Record
			scratch := &monitor.Scratch{}
			allocations := testing.AllocsPerRun(50, func() { buf, _ = block.Records(buf[:0], scratch) })
			if len(buf) != 1000 || allocations > 0 {
				t.Errorf("%v allocations for %d records", allocations, len(buf))
			}
		})
	}
}
