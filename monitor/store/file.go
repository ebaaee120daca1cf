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
	db, err := bolt.Open(filepath.Join(c.Dir, fileName), 0o600, &bolt.Options{
		Timeout:      lockTimeout,
		FreelistType: bolt.FreelistMapType, // the array is slow for a large file with many free pages
	})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("%w; stop it, or give this one a folder of its own", ErrInUse)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrVersionMismatch), errors.Is(err, bolterrors.ErrChecksum):
		return nil, fmt.Errorf("the file in the folder of state.dir is no state file, or is damaged (%w); restore it, or move it away to begin anew", err)
	case err != nil:
		return nil, fmt.Errorf("the state file cannot be opened: %w; check state.dir and its permissions", plain(err))
	}
	f := &File{db: db, subscribers: map[chan struct{}]struct{}{}}
	f.Bound(int64(c.MaxBytes))
	if err := f.db.Update(prepare); err != nil {
		return nil, errors.Join(fmt.Errorf("the state file of state.dir cannot be used: %w", plain(err)), db.Close())
	}
	var controls *monitor.Controls
	if err := f.view("reading", func(tx *bolt.Tx) (err error) {
		controls, err = readControls(tx)
		return err
	}); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	f.controls.Store(controls)
	return f, nil
}

// prepare writes the version into a new file and checks that of an old one.
func prepare(tx *bolt.Tx) error {
	b, err := ensure(tx, fileBucket)
	if err != nil {
		return err
	}
	switch found := b.Get([]byte(versionKey)); {
	case found == nil:
		return b.Put([]byte(versionKey), []byte(version))
	case string(found) != version:
		return fmt.Errorf("its format is %q and this driftwatch reads %q; use the driftwatch that wrote it, or another state.dir", found, version)
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
	err = f.view("reading", func(tx *bolt.Tx) error {
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
func (f *File) view(trying string, fn func(*bolt.Tx) error) error {
	return wrap(trying, f.db.View(fn))
}

func (f *File) update(trying string, fn func(*bolt.Tx) error) error {
	return wrap(trying, f.db.Update(fn))
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
