package store_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"driftwatch/monitor"
	"driftwatch/monitor/store"
)

// crashDir names the state folder for the process that is to be killed.
const crashDir = "DRIFTWATCH_TEST_CRASH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		commitForEver(dir)
	}
	os.Exit(m.Run())
}

// commitForEver goes on from what is committed, with two monitors at once.
func commitForEver(dir string) {
	f, err := store.Open(dir)
	if err != nil {
		panic(err)
	}
	fmt.Println("ready")
	for _, name := range []string{"a", "b"} {
		go func() {
			s := f.Monitor(name)
			c, _, err := s.Load()
			for n := c.Progress.Windows + 1; err == nil; n++ {
				err = s.Commit(nthCommit(name, n))
			}
			panic(err)
		}()
	}
	select {}
}

// nthCommit says n in every part of it. A pane gains a row with each of a
// hundred commits, a third of which have transitions and an incident.
func nthCommit(name string, n uint64) *monitor.Commit {
	c := &monitor.Commit{
		Progress:   monitor.Progress{Windows: n, Totals: monitor.Totals{Rows: n}},
		Reference:  bytes.Repeat([]byte(fmt.Sprintf("%d ", n)), 2_000),
		SampleAdd:  []monitor.SampleRow{{Hash: n, Value: []byte("row")}},
		SampleDrop: []monitor.SampleRow{{Hash: n - 1}},
		Expire:     monitor.NoTime,
	}
	c.Panes = []monitor.PaneValue{{
		Key:   monitor.PaneKey{Layout: "l", Start: int64(n/100) * minute},
		Bytes: []byte(fmt.Sprint(n%100 + 1)),
	}}
	if n%3 == 0 {
		c.Transitions = []monitor.Transition{transition(fmt.Sprintf("%s/%d", name, n), "pending"), transition(fmt.Sprintf("%s/%d", name, n), "firing")}
		c.Incidents = []monitor.Incident{incident(name, n, "slack")}
	}
	return c
}

// TestKill kills a process in the middle of its commits, again and again, and
// finds each time one committed state, in which all parts agree.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	before := map[string]uint64{}
	for kill := range 20 {
		killWhileCommitting(t, dir, time.Duration(20+kill*7%50)*time.Millisecond)
		f, err := store.Open(dir)
		must(t, err)
		transitions, err := f.Transitions(0, math.MaxInt)
		must(t, err)
		for i, tr := range transitions {
			if tr.Number != uint64(i+1) {
				t.Fatalf("transition %d has the number %d", i, tr.Number)
			}
		}
		for _, name := range []string{"a", "b"} {
			n := checkCommitted(t, f, name, transitions)
			if n < before[name] {
				t.Fatalf("monitor %s went back from %d to %d", name, before[name], n)
			}
			before[name] = n
		}
		must(t, f.Close())
	}
	if before["a"] < 20 || before["b"] < 20 {
		t.Errorf("only %v commits in all: too few to be killed in", before)
	}
}

func killWhileCommitting(t *testing.T, dir string, after time.Duration) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), crashDir+"="+dir)
	var stderr strings.Builder
	child.Stderr = &stderr
	out, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		_ = child.Wait()
		t.Fatalf("the process said %q, %v\n%s", line, err, stderr.String())
	}
	time.Sleep(after)
	must(t, child.Process.Kill())
	_, _ = io.Copy(io.Discard, out)
	_ = child.Wait() // killed
	if stderr.Len() > 0 {
		t.Fatal(stderr.String())
	}
}

// checkCommitted compares every part of what is there with the n that the
// progress says.
func checkCommitted(t *testing.T, f *store.File, name string, transitions []monitor.Transition) uint64 {
	t.Helper()
	s := f.Monitor(name)
	c, found, err := s.Load()
	must(t, err)
	n := c.Progress.Windows
	if !found {
		return 0
	}
	same(t, "rows", c.Progress.Totals.Rows, n)
	same(t, "reference", c.Reference, nthCommit(name, n).Reference)

	last := ""
	panes := uint64(0)
	must(t, s.Panes("l", 0, math.MaxInt64, func(_ monitor.PaneKey, b []byte) error {
		panes++
		last = string(b)
		return nil
	}))
	same(t, "panes", panes, n/100+1)
	same(t, "rows of the last pane", last, fmt.Sprint(n%100+1))

	var hashes []uint64
	must(t, s.Sample(func(r monitor.SampleRow) error { hashes = append(hashes, r.Hash); return nil }))
	same(t, "sample", hashes, []uint64{n})

	own := slices.DeleteFunc(slices.Clone(transitions), func(tr monitor.Transition) bool { return !strings.HasPrefix(tr.Alert.ID, name+"/") })
	same(t, "transitions", len(own), 2*(n/3))
	pending, err := f.Pending("slack")
	must(t, err)
	pending = slices.DeleteFunc(pending, func(i monitor.Incident) bool { return i.ID != name })
	if n >= 3 && (len(pending) != 1 || pending[0].Revision != n/3*3) {
		t.Fatalf("after %d commits the incident is %v", n, pending)
	}
	return n
}
