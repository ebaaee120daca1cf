package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"driftwatch/monitor/store"
)

const fileName = "driftwatch.db"

// dump is all that bbolt finds in the file of a folder.
func dump(t *testing.T, dir string) string {
	t.Helper()
	db, err := bolt.Open(filepath.Join(dir, fileName), 0o600, &bolt.Options{ReadOnly: true})
	must(t, err)
	defer db.Close()
	var b strings.Builder
	var bucket func(of *bolt.Bucket) error
	bucket = func(of *bolt.Bucket) error {
		fmt.Fprintf(&b, "{%d\n", of.Sequence())
		err := of.ForEach(func(k, v []byte) error {
			fmt.Fprintf(&b, "%q %q\n", k, v)
			if v == nil {
				return bucket(of.Bucket(k))
			}
			return nil
		})
		b.WriteString("}\n")
		return err
	}
	must(t, db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, of *bolt.Bucket) error {
			fmt.Fprintf(&b, "%q\n", name)
			return bucket(of)
		})
	}))
	return b.String()
}

// filled is a folder with a state file that has pages of every kind, and what the
// last two transactions left in it.
func filled(t *testing.T) (dir string, before, after string) {
	t.Helper()
	dir = t.TempDir()
	prepare(t, dir)
	f, err := store.Open(dir)
	must(t, err)
	s := f.Monitor("a")
	c := paneCommit(2, 1)
	for i := range int64(40) { // more than a page
		p := paneCommit(3+i, 1).Panes[0]
		p.Bytes = []byte(strings.Repeat(fmt.Sprint(i), 100))
		c.Panes = append(c.Panes, p)
	}
	c.Reference = []byte(strings.Repeat("reference ", 1000)) // more than a page by itself
	must(t, s.Commit(c))
	must(t, f.SetCursor("hook", 1))
	must(t, f.Close())
	before = dump(t, dir)
	f, err = store.Open(dir)
	must(t, err)
	must(t, f.SetCursor("hook", 2))
	must(t, f.Close())
	return dir, before, dump(t, dir)
}

// Whichever byte of the file is wrong, either the file is refused, with a sentence
// that says what to do, or nothing has changed that anybody reads. Where the byte is
// of the newest head, the file is as the transaction before left it: that is what
// replays from the topic.
func TestEveryDamagedByteIsFound(t *testing.T) {
	dir, before, after := filled(t)
	if before == after {
		t.Fatal("the last transaction changed nothing")
	}
	name := filepath.Join(dir, fileName)
	whole, err := os.ReadFile(name)
	must(t, err)
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	must(t, err)
	defer file.Close()
	random := rand.New(rand.NewPCG(1, 1))
	all := os.Getenv("DRIFTWATCH_BYTES") == "all" // to look at what each leaves takes long
	found, harmless, back := 0, 0, 0
	for at := range whole {
		_, err := file.WriteAt([]byte{whole[at] ^ byte(1+random.IntN(255))}, int64(at))
		must(t, err)
		switch err := store.Verify(dir); {
		case err != nil:
			found++
			refused := errors.Is(err, store.ErrDamaged) && strings.Contains(err.Error(), "restore it, or move it away to begin anew")
			if !refused && !strings.Contains(err.Error(), "its format is") {
				t.Fatalf("byte %d: %v", at, err)
			}
		case all || at%256 < 16 || random.IntN(20) == 0:
			switch dump(t, dir) {
			case after:
				harmless++
			case before:
				back++
			default:
				t.Fatalf("byte %d is wrong and the file is taken for what it is not", at)
			}
			if random.IntN(50) > 0 {
				break
			}
			f, err := store.Open(dir) // that it can be written to, too
			if err != nil {
				t.Fatalf("byte %d: %v", at, err)
			}
			useAll(f)
			must(t, f.Close())
			must(t, store.Verify(dir))
			must(t, os.WriteFile(name, whole, 0o600))
		}
		_, err = file.WriteAt(whole[at:at+1], int64(at))
		must(t, err)
	}
	if found < len(whole)/10 || harmless == 0 || back == 0 {
		t.Errorf("of %d bytes %d are found, %d are of no use, %d of the head", len(whole), found, harmless, back)
	}
	must(t, store.Verify(dir))
}

// A file that is cut off anywhere is refused, an empty one too.
func TestTruncatedFilesAreFound(t *testing.T) {
	dir, _, _ := filled(t)
	name := filepath.Join(dir, fileName)
	whole, err := os.ReadFile(name)
	must(t, err)
	used := len(whole)
	for used > 0 && whole[used-1] == 0 {
		used--
	}
	for length := 0; length < used; length += 509 {
		must(t, os.WriteFile(name, whole[:length], 0o600))
		if f, err := store.Open(dir); !errors.Is(err, store.ErrDamaged) {
			t.Errorf("%d bytes of %d: %v", length, len(whole), err)
			if err == nil {
				must(t, f.Close())
			}
		}
	}
}

// A transaction writes pages that nobody uses, in any order, then, when these are on
// the disk, one of the two heads. Wherever that is cut off, in the middle of a sector
// too, the file is as the transaction before or the whole one left it.
func TestTornTransactions(t *testing.T) {
	dir, _, _ := filled(t)
	name := filepath.Join(dir, fileName)
	old, err := os.ReadFile(name)
	must(t, err)
	before := dump(t, dir)
	f, err := store.Open(dir)
	must(t, err)
	c := paneCommit(90, 7)
	c.Reference = []byte(strings.Repeat("another ", 900))
	must(t, f.Monitor("a").Commit(c))
	must(t, f.Close())
	changed, err := os.ReadFile(name)
	must(t, err)
	after := dump(t, dir)

	heads := 2 * os.Getpagesize()
	random := rand.New(rand.NewPCG(2, 2))
	outcomes := map[string]int{}
	for range 400 {
		torn := append([]byte(nil), changed...)
		copy(torn, old)
		complete := random.IntN(2) == 0
		const sector = 512
		for at := heads; at < len(torn); at += sector {
			if end := min(at+sector, len(torn)); complete || random.IntN(2) == 0 {
				copy(torn[at:end], changed[at:end])
			}
		}
		if complete { // the pages are on the disk: the head is being written
			n := random.IntN(heads + 1)
			copy(torn[:n], changed[:n])
		}
		must(t, os.WriteFile(name, torn, 0o600))
		f, err := store.Open(dir)
		if err != nil {
			t.Fatalf("refused: %v", err)
		}
		must(t, f.Close())
		switch dump(t, dir) {
		case before:
			outcomes["before"]++
		case after:
			outcomes["after"]++
		default:
			t.Fatal("it is neither as before the transaction nor as after it")
		}
	}
	if outcomes["before"] < 100 || outcomes["after"] < 50 {
		t.Errorf("%v", outcomes)
	}
}
