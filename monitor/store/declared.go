package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

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
	if err := check(name); err != nil {
		return nil, err
	}
	db, err := open(name, true)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	f := &File{db: db}
	all := map[string]*monitor.Declared{}
	err = f.view("reading", func(tx *transaction) error {
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
