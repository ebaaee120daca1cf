// Package store keeps the state of all monitors in one file. Each commit of a
// monitor is one transaction, synced to the disk before Commit returns: after a
// crash the whole of it is there or nothing. Receivers keep what they have
// delivered in transactions of their own.
//
// Everything here may be used from any goroutine. Readers see committed state
// only and hold no transaction while they call back, since a long reader would
// keep the file growing.
package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"driftwatch/monitor"
)

// lockTimeout is how long Open waits for another process to let go of the
// file: enough for one that is being restarted, short enough for a person.
const lockTimeout = time.Second

const fileName = "driftwatch.db"

// File is an open state file.
type File struct {
	db       *bolt.DB
	maxBytes atomic.Int64 // 0: no bound
	expired  atomic.Uint64

	controls    atomic.Pointer[monitor.Controls] // as the last transaction left them
	controlling sync.Mutex                       // one change of the controls at a time

	mu          sync.Mutex // protects subscribers
	subscribers map[chan struct{}]struct{}
}

// Open opens or creates the state file in dir, without a bound on its size. It
// fails if another process has it open, or if it is not a state file of this
// version.
func Open(dir string) (*File, error) { return Config{Dir: dir}.Open() }

// Open is Open on c.Dir with the bound c.MaxBytes.
func (c Config) Open() (*File, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("the folder of state.dir cannot be made: %w; name another one", plain(err))
	}
	name := filepath.Join(c.Dir, fileName)
	if err := begin(name); err != nil {
		return nil, fmt.Errorf("the state file cannot be made: %w; check state.dir and its permissions", plain(err))
	}
	if err := check(name); err != nil {
		return nil, err
	}
	db, err := open(name, false)
	if err != nil {
		return nil, err
	}
	f := &File{db: db, subscribers: map[chan struct{}]struct{}{}}
	f.Bound(int64(c.MaxBytes))
	var controls *monitor.Controls
	if err := f.view("reading", func(tx *transaction) (err error) {
		controls, err = readControls(tx)
		return err
	}); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	f.controls.Store(controls)
	return f, nil
}

// open opens a file that is there and is not being used.
func open(name string, readOnly bool) (*bolt.DB, error) {
	db, err := bolt.Open(name, 0o600, &bolt.Options{
		Timeout:  lockTimeout,
		ReadOnly: readOnly,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			return os.OpenFile(name, flag&^os.O_CREATE, mode)
		},
		FreelistType: bolt.FreelistMapType, // the array is slow for a large file with many free pages
		// A list that is wrong would give away pages that are used. What is free is
		// what nothing leads to.
		NoFreelistSync: true,
	})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("%w; stop it, or give this one a folder of its own", ErrInUse)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrVersionMismatch), errors.Is(err, bolterrors.ErrChecksum):
		return nil, damaged(err)
	case err != nil:
		return nil, fmt.Errorf("the state file cannot be opened: %w; check state.dir and its permissions", plain(err))
	}
	return db, nil
}

// ErrDamaged is a state file that is not as it was written.
var ErrDamaged = errors.New("the file in the folder of state.dir is no state file, or is damaged")

func damaged(why error) error {
	return fmt.Errorf("%w (%w); restore it, or move it away to begin anew: then the topics are read again, as far back as start says and the broker has them, and silences and acknowledgements are gone", ErrDamaged, why)
}

// begin makes the file if there is none. It gets its name when it is whole, so that
// one that is empty or cut off is never taken for a new one.
func begin(name string) error {
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(name), fileName+".new*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	if err := temporary.Close(); err != nil {
		return err
	}
	db, err := bolt.Open(temporary.Name(), 0o600, &bolt.Options{NoFreelistSync: true})
	if err != nil {
		return err
	}
	err = (&File{db: db}).update("beginning", func(tx *transaction) error {
		b, err := tx.CreateBucketIfNotExists([]byte(fileBucket))
		if err == nil {
			err = b.boltBucket.Put([]byte(sumKey), number(0))
		}
		if err == nil {
			err = b.Put([]byte(versionKey), []byte(version))
		}
		return err
	})
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	switch err := os.Link(temporary.Name(), name); {
	case errors.Is(err, fs.ErrExist): // another process was faster
	case err != nil: // a file system without links
		if err := os.Rename(temporary.Name(), name); err != nil {
			return err
		}
	}
	folder, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer folder.Close()
	_ = folder.Sync() // so that the name lasts; not every system can
	return nil
}

// smallest is what the two heads take of a file at least.
const smallest = 8 << 10

// check says whether the file may be used, while nobody does. The version comes
// first: another one may add up otherwise.
func check(name string) error {
	if info, err := os.Stat(name); err == nil && info.Size() < smallest {
		return damaged(fmt.Errorf("it has %d bytes", info.Size()))
	}
	db, err := open(name, true)
	if err != nil {
		return err
	}
	defer db.Close() // nothing was written
	file, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("the state file cannot be read: %w", plain(err))
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("the state file cannot be read: %w", plain(err))
	}
	if found, err := verify(file, info.Size()); err != nil {
		if found != version && found != "" {
			return fmt.Errorf("the state file of state.dir cannot be used: its format is %q and this driftwatch reads %q; use the driftwatch that wrote it, or another state.dir", found, version)
		}
		return damaged(plain(err))
	}
	return nil
}

// Bound sets the bound on what the file holds, from the next commit on; 0 is none.
func (f *File) Bound(bytes int64) { f.maxBytes.Store(bytes) }

// Close waits for transactions to end and lets go of the file.
func (f *File) Close() error { return plain(f.db.Close()) }

// Monitor is the Store of the monitor called name.
func (f *File) Monitor(name string) monitor.Store { return &monitorStore{file: f, name: name} }

// Checkpoint is the committed state of a monitor; found is false where there is none.
func (f *File) Checkpoint(name string) (c monitor.Checkpoint, found bool, err error) {
	return f.Monitor(name).Load()
}

// Monitors are the names of all that have a state here.
func (f *File) Monitors() (names []string, err error) {
	err = f.view("reading", func(tx *transaction) error {
		monitors := find(tx, monitorsBucket)
		if monitors == nil {
			return nil
		}
		return monitors.ForEachBucket(func(name []byte) error {
			names = append(names, string(name))
			return nil
		})
	})
	return names, err
}

// Expired counts the pane entries (one per segment) that went for the bound on
// the size since the file was opened, not those that went by age.
func (f *File) Expired() uint64 { return f.expired.Load() }

// Subscribe gives a channel on which there is something to receive after a
// commit, of any monitor, that has transitions or incidents. Several commits
// may be one signal. The caller calls the returned function when done.
func (f *File) Subscribe() (changed <-chan struct{}, cancel func()) {
	c := make(chan struct{}, 1)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.subscribers[c] = struct{}{}
	return c, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.subscribers, c)
	}
}

func (f *File) signal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.subscribers {
		select {
		case c <- struct{}{}:
		default: // the last signal is still to be seen
		}
	}
}

// view and update run fn in a transaction; trying says what for, in an error.
func (f *File) view(trying string, fn func(*transaction) error) error {
	return wrap(trying, f.db.View(func(tx *bolt.Tx) error { return fn(&transaction{Tx: tx}) }))
}

func (f *File) update(trying string, fn func(*transaction) error) error {
	return wrap(trying, f.db.Update(func(tx *bolt.Tx) error {
		t := &transaction{Tx: tx}
		if err := fn(t); err != nil {
			return err
		}
		return t.seal()
	}))
}

func wrap(trying string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s the state file: %w", trying, plain(err))
}

// plain takes the path out of an error, since it will be logged.
func plain(err error) error {
	if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
		return fmt.Errorf("%s: %w", pathError.Op, pathError.Err)
	}
	return err
}
