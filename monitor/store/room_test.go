package store_test

import (
	"bytes"
	"fmt"
	"testing"

	"driftwatch/monitor"
	"driftwatch/monitor/store"
)

const minute = int64(60_000)

// paneCommit writes n segments of the pane that starts at minute m, of about
// 10 kB each; windows are five minutes.
func paneCommit(m int64, segments int) *monitor.Commit {
	c := &monitor.Commit{
		Progress: monitor.Progress{Epoch: monitor.Epoch{Every: minute, Size: 5 * minute, Keep: 5 * minute, Closed: m * minute}},
		Expire:   monitor.NoTime,
	}
	for s := range segments {
		c.Panes = append(c.Panes, monitor.PaneValue{
			Key:   monitor.PaneKey{Layout: "l", Start: m * minute, Segment: fmt.Sprint(s)},
			Bytes: bytes.Repeat([]byte{byte(m)}, 10_000),
		})
	}
	return c
}

func starts(t *testing.T, s monitor.Store) map[int64]int {
	t.Helper()
	found := map[int64]int{}
	must(t, s.Panes("l", -1<<63, 1<<62, func(k monitor.PaneKey, _ []byte) error {
		found[k.Start]++
		return nil
	}))
	return found
}

func TestMaxBytes(t *testing.T) {
	const bound = 4 << 20
	f, err := store.Config{Dir: t.TempDir(), MaxBytes: bound}.Open()
	must(t, err)
	defer f.Close()
	a, b := f.Monitor("a"), f.Monitor("b")
	shared := paneCommit(0, 1)
	shared.Panes[0].Key.Start = monitor.Ancient
	must(t, a.Commit(shared))
	const panes, segments = 200, 10
	for m := range int64(panes) {
		must(t, a.Commit(paneCommit(m, segments)))
		if m%2 == 0 {
			must(t, b.Commit(paneCommit(m, segments)))
		}
	}
	inA, inB := starts(t, a), starts(t, b)
	if inA[monitor.Ancient] != 1 {
		t.Error("the shared pane is gone")
	}
	held := 0
	for _, in := range []map[int64]int{inA, inB} {
		for start, n := range in {
			held += n
			if start != monitor.Ancient && n != segments {
				t.Errorf("the pane at %d has %d segments left of %d", start, n, segments)
			}
		}
	}
	if size := held * 10_000; size > bound || size < bound/2 {
		t.Errorf("%d bytes of panes are held under a bound of %d", size, bound)
	}
	if written := 1 + (panes+panes/2)*segments; f.Expired() != uint64(written-held) {
		t.Errorf("%d panes were written, %d are held, %d are counted as expired", written, held, f.Expired())
	}
	// The oldest went first: what is left of each is its newest, back to the same time.
	for m := int64(panes - 1); m >= 0; m-- {
		kept := inA[m*minute] > 0
		if m%2 == 0 && kept != (inB[m*minute] > 0) {
			t.Errorf("minute %d: kept %v in a, %v in b", m, kept, !kept)
		}
		if m < panes-1 && kept && inA[(m+1)*minute] == 0 {
			t.Errorf("minute %d is kept and the one after it is not", m)
		}
	}
}

// What a window still has to subtract stays, whatever the bound says.
func TestMaxBytesSparesWindows(t *testing.T) {
	f, err := store.Config{Dir: t.TempDir(), MaxBytes: 1}.Open()
	must(t, err)
	defer f.Close()
	s := f.Monitor("a")
	for m := range int64(50) {
		must(t, s.Commit(paneCommit(m, 1)))
	}
	if in := starts(t, s); len(in) != 6 || in[44*minute] != 1 || in[49*minute] != 1 {
		t.Errorf("held: %v, want the minutes 44 to 49", in)
	}
}

// A visit may commit, and a scan goes on over many reads.
func TestVisitsHoldNoTransaction(t *testing.T) {
	f := open(t)
	s := f.Monitor("a")
	for m := range int64(30) {
		must(t, s.Commit(paneCommit(m, 10)))
	}
	visits := 0
	must(t, s.Panes("l", 0, 30*minute, func(monitor.PaneKey, []byte) error {
		visits++
		if visits%10 > 0 {
			return nil
		}
		return s.Commit(paneCommit(100+int64(visits), 50)) // grows the file, which waits for readers
	}))
	if visits != 300 {
		t.Errorf("%d visits, want 300", visits)
	}
}
