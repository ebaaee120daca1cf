package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"driftwatch/monitor"
	"driftwatch/monitor/store"
	"driftwatch/rules"
)

func TestFileAndFolderAreForTheirOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "state")
	f, err := store.Open(dir)
	must(t, err)
	defer f.Close()
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "driftwatch.db"): 0o600} {
		info, err := os.Stat(path)
		must(t, err)
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o, want %o", filepath.Base(path), info.Mode().Perm(), want)
		}
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	taken := t.TempDir()
	f, err := store.Open(taken)
	must(t, err)
	defer f.Close()

	garbage := t.TempDir()
	must(t, os.WriteFile(filepath.Join(garbage, "driftwatch.db"), []byte(strings.Repeat("no state file", 2_000)), 0o600))

	later := t.TempDir()
	db, err := bolt.Open(filepath.Join(later, "driftwatch.db"), 0o600, nil)
	must(t, err)
	must(t, db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucket([]byte("file"))
		must(t, err)
		return b.Put([]byte("version"), []byte("99"))
	}))
	must(t, db.Close())

	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))

	for _, c := range []struct{ dir, want string }{
		{taken, "another driftwatch process uses the folder of state.dir; stop it, or give this one a folder of its own"},
		{garbage, "the file in the folder of state.dir is no state file, or is damaged (invalid database); restore it, or move it away to begin anew: then the topics are read again, as far back as start says and the broker has them, and silences and acknowledgements are gone"},
		{later, `the state file of state.dir cannot be used: its format is "99" and this driftwatch reads "4"; use the driftwatch that wrote it, or another state.dir`},
		{file, "the folder of state.dir cannot be made: mkdir: not a directory; name another one"},
	} {
		f, err := store.Open(c.dir)
		if err == nil {
			f.Close()
			t.Errorf("want %q", c.want)
		} else if err.Error() != c.want {
			t.Errorf("\n got %q\nwant %q", err, c.want)
		}
	}
}

func TestAClosedFileIsAnError(t *testing.T) {
	f, err := store.Open(t.TempDir())
	must(t, err)
	must(t, f.Close())
	err = f.Monitor("payments").Commit(&monitor.Commit{})
	if err == nil || err.Error() != "committing to the state file: database not open" {
		t.Errorf("got %v", err)
	}
}

func TestValidate(t *testing.T) {
	if problems := store.Default().Validate("state"); problems != nil {
		t.Errorf("the defaults: %v", problems)
	}
	var got []string
	for _, p := range (store.Config{Retention: rules.Duration(1), MaxBytes: 1}).Validate("state") {
		got = append(got, p.Path)
	}
	if want := "[state.dir state.retention state.max_bytes state.checkpoint_interval]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
