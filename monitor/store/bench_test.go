package store_test

import (
	"bytes"
	"fmt"
	"testing"

	"driftwatch/monitor"
	"driftwatch/monitor/store"
)

// BenchmarkCommit commits the open panes of a monitor with 20 features again
// and again, as a stream does each second: overall only, and with 200 segments.
func BenchmarkCommit(b *testing.B) {
	for _, segments := range []int{1, 200, 1_800} {
		b.Run(fmt.Sprintf("segments=%d", segments), func(b *testing.B) {
			f, err := store.Open(b.TempDir())
			must(b, err)
			defer f.Close()
			s := f.Monitor("payments")
			c := paneCommit(0, segments)
			size := 0
			for i := range c.Panes {
				c.Panes[i].Bytes = bytes.Repeat([]byte{7}, 20*200)
				size += len(c.Panes[i].Bytes)
			}
			b.SetBytes(int64(size))
			for n := 0; b.Loop(); n++ {
				for i := range c.Panes {
					c.Panes[i].Key.Start = int64(n/60) * minute
				}
				must(b, s.Commit(c))
			}
		})
	}
}

// BenchmarkPanes reads a day of overall panes.
func BenchmarkPanes(b *testing.B) {
	f, err := store.Open(b.TempDir())
	must(b, err)
	defer f.Close()
	s := f.Monitor("payments")
	c := &monitor.Commit{Expire: monitor.NoTime}
	for m := range int64(1_440) {
		c.Panes = append(c.Panes, monitor.PaneValue{Key: monitor.PaneKey{Layout: "l", Start: m * minute}, Bytes: make([]byte, 20*200)})
	}
	must(b, s.Commit(c))
	for b.Loop() {
		must(b, s.Panes("l", 0, 1_440*minute, func(monitor.PaneKey, []byte) error { return nil }))
	}
}
