package store_test

import (
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"driftwatch/monitor"
	"driftwatch/monitor/store"
)

// places are the buckets of a file.
func places() [][]string {
	return [][]string{
		{"file"},
		{"monitors", "a", "state"},
		{"monitors", "a", "reference"},
		{"monitors", "a", "panes", "=l"},
		{"monitors", "a", "sample"},
		{"transitions"},
		{"active"},
		{"incidents"},
		{"ended"},
		{"pending", "slack"},
		{"delivered", "slack"},
		{"cursors"},
	}
}

// FuzzDamage puts an entry that nobody wrote anywhere into a file, in which
// whatever follows is an answer or an error.
func FuzzDamage(f *testing.F) {
	for place := range places() {
		for _, key := range []string{"a", "progress", "alerts", "version", "12345678", "12345678901234567890"} {
			f.Add(place, []byte(key), []byte("{"))
		}
	}
	f.Fuzz(func(t *testing.T, place int, key, value []byte) {
		all := places()
		if place < 0 || place >= len(all) || len(key) == 0 || len(key) > bolt.MaxKeySize {
			return
		}
		dir := t.TempDir()
		prepare(t, dir)
		damage(t, dir, all[place], key, value)
		file, err := store.Config{Dir: dir, MaxBytes: 1}.Open()
		if err != nil {
			return
		}
		defer file.Close()
		useAll(file)
	})
}

func prepare(t *testing.T, dir string) {
	t.Helper()
	f, err := store.Open(dir)
	must(t, err)
	s := f.Monitor("a")
	c := paneCommit(1, 1)
	c.SampleAdd = []monitor.SampleRow{{Hash: 1}}
	must(t, s.Commit(c))
	commit(t, s, []monitor.Transition{transition("a", "firing")}, incident("a", 1, "slack"), over(incident("b", 1, "slack"), 1))
	must(t, f.SetDelivered("slack", "b", monitor.Delivery{Revision: 1}))
	must(t, f.SetCursor("a", 1))
	must(t, f.Close())
}

func damage(t *testing.T, dir string, path []string, key, value []byte) {
	t.Helper()
	db, err := bolt.Open(filepath.Join(dir, "driftwatch.db"), os.FileMode(0o600), nil)
	must(t, err)
	must(t, db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists([]byte(path[0]))
		must(t, err)
		for _, name := range path[1:] {
			b, err = b.CreateBucketIfNotExists([]byte(name))
			must(t, err)
		}
		return b.Put(key, value)
	}))
	must(t, db.Close())
	if store.Verify(dir) == nil {
		t.Error("what nobody wrote is taken for what was written")
	}
	must(t, store.Reseal(dir)) // by a driftwatch that is wrong
}

func TestDamageIsSaid(t *testing.T) {
	pages := func(f *store.File) error {
		return f.Monitor("a").Panes("l", -1<<63, 1<<63-1, func(monitor.PaneKey, []byte) error { return nil })
	}
	sample := func(f *store.File) error {
		return f.Monitor("a").Sample(func(monitor.SampleRow) error { return nil })
	}
	for _, c := range []struct {
		path  []string
		key   string
		use   func(*store.File) error
		wants string
	}{
		{[]string{"monitors", "a", "state"}, "progress", func(f *store.File) error { _, _, err := f.Checkpoint("a"); return err }, `the entry "progress" is damaged: unexpected end of JSON input`},
		{[]string{"monitors", "a", "panes", "=l"}, "12345678", pages, "a pane under a key of 8 bytes is damaged"},
		{[]string{"monitors", "a", "sample"}, "1", sample, "a sampled record of 1 and 1 bytes is damaged"},
		{[]string{"transitions"}, "x", func(f *store.File) error { _, err := f.Transitions(1, 9); return err }, `the entry "x" is damaged: unexpected end of JSON input`},
		{[]string{"cursors"}, "hook", func(f *store.File) error { _, err := f.Cursor("hook"); return err }, "a number of 1 bytes is damaged"},
	} {
		dir := t.TempDir()
		prepare(t, dir)
		damage(t, dir, c.path, []byte(c.key), []byte("{"))
		f, err := store.Open(dir)
		must(t, err)
		if err := c.use(f); err == nil || err.Error() != "reading the state file: "+c.wants {
			t.Errorf("%s: got %v, want %s", c.path, err, c.wants)
		}
		must(t, f.Close())
	}
}

// useAll calls everything; a panic is the failure.
func useAll(f *store.File) {
	s := f.Monitor("a")
	_, _, _ = s.Load()
	_ = s.Panes("l", -1<<63, 1<<63-1, func(monitor.PaneKey, []byte) error { return nil })
	_ = s.Sample(func(monitor.SampleRow) error { return nil })
	_, _ = f.Transitions(0, 100)
	_, _ = f.Alerts(true)
	_, _ = f.Incidents(true)
	_, _ = f.Pending("slack")
	_, _, _ = f.Delivered("slack", "a")
	_, _ = f.Cursor("a")
	late := paneCommit(60, 1)
	late.Expire = 30 * minute
	late.Transitions = []monitor.Transition{transition("a", "ok")}
	late.Incidents = []monitor.Incident{over(incident("a", 2, "slack"), 2)}
	_ = s.Commit(late)
	_ = f.SetDelivered("slack", "a", monitor.Delivery{Revision: 2})
}
