package store

import (
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// Verify says what is damaged in the file of a folder that nobody uses.
func Verify(dir string) error { return check(filepath.Join(dir, fileName)) }

// Reseal makes whatever is in the file what was written.
func Reseal(dir string) error {
	db, err := bolt.Open(filepath.Join(dir, fileName), 0o600, &bolt.Options{NoFreelistSync: true})
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Update(func(tx *bolt.Tx) error {
		file := tx.Bucket([]byte(fileBucket))
		if err := file.Delete([]byte(sumKey)); err != nil {
			return err
		}
		var sum uint64
		if err := tx.ForEach(func(name []byte, b *bolt.Bucket) error {
			of, err := sumOf(b, seedOf(rootSeed, name))
			sum += of
			return err
		}); err != nil {
			return err
		}
		return file.Put([]byte(sumKey), number(sum))
	})
}
