package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"driftwatch/monitor"
)

// ErrInUse is a state folder that another process uses.
var ErrInUse = errors.New("another driftwatch process uses the folder of state.dir")

// Declared reads what the state of each monitor was made under, by its name,
// without changing anything. There is none where there is no state file yet.
// The error is ErrInUse while driftwatch runs on the folder.
func (c Config) Declared() (map[string]*monitor.Declared, error) {
	name := filepath.Join(c.Dir, fileName)
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	db, err := bolt.Open(name, 0o600, &bolt.Options{Timeout: lockTimeout, ReadOnly: true})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, ErrInUse
	}
	if err != nil {
		return nil, fmt.Errorf("the state file cannot be opened: %w", plain(err))
	}
	defer db.Close()
	f := &File{db: db}
	all := map[string]*monitor.Declared{}
	err = f.view("reading", func(tx *bolt.Tx) error {
		monitors := find(tx, monitorsBucket)
		if monitors == nil {
			return nil
		}
		return monitors.ForEachBucket(func(name []byte) error {
			var d *monitor.Declared
			_, err := get(find(tx, monitorsBucket, string(name), referenceBucket), []byte(declaredKey), &d)
			all[string(name)] = d
			return err
		})
	})
	return all, err
}
