package store

import (
	"encoding/binary"
	"fmt"

	"github.com/cespare/xxhash/v2"
	bolt "go.etcd.io/bbolt"
)

// bbolt writes atomically and checks nothing of what it reads but its two heads. So
// the file holds the sum of the hashes of all its entries, which each transaction
// brings up to date, and which verify adds up anew before a file is used.

// transaction is one of bbolt, with what it changes of the sum.
type transaction struct {
	*bolt.Tx
	change uint64
}

// bucket is one of bbolt, whose changes are in the sum. The hash of an entry is of
// the names of the buckets around it, too.
type bucket struct {
	*boltBucket
	tx   *transaction
	seed uint64
}

type boltBucket = bolt.Bucket

const rootSeed = 0

// seedOf is the seed of the bucket called name in one with the seed around.
func seedOf(around uint64, name []byte) uint64 { return hashOf(around, name, nil) + 1 }

// hashOf is the hash of an entry; those of a bucket itself and of its sequence have
// no key.
func hashOf(seed uint64, key, value []byte) uint64 {
	var head [16]byte
	binary.LittleEndian.PutUint64(head[:], seed)
	binary.LittleEndian.PutUint64(head[8:], uint64(len(key)))
	var d xxhash.Digest
	d.Reset()
	_, _ = d.Write(head[:]) // never fails
	_, _ = d.Write(key)
	_, _ = d.Write(value)
	return d.Sum64()
}

func hashOfSequence(seed, n uint64) uint64 {
	if n == 0 {
		return 0
	}
	return hashOf(seed, nil, binary.LittleEndian.AppendUint64(nil, n))
}

// Bucket is the bucket at the top called name, nil where there is none.
func (tx *transaction) Bucket(name []byte) *bucket {
	return tx.bucket(tx.Tx.Bucket(name), rootSeed, name)
}

func (tx *transaction) bucket(b *bolt.Bucket, around uint64, name []byte) *bucket {
	if b == nil {
		return nil
	}
	return &bucket{b, tx, seedOf(around, name)}
}

// CreateBucketIfNotExists is the bucket at the top called name.
func (tx *transaction) CreateBucketIfNotExists(name []byte) (*bucket, error) {
	created := tx.Tx.Bucket(name) == nil
	b, err := tx.Tx.CreateBucketIfNotExists(name)
	return tx.created(tx.bucket(b, rootSeed, name), created), err
}

func (tx *transaction) created(b *bucket, created bool) *bucket {
	if created && b != nil {
		tx.change += hashOf(b.seed, nil, nil)
	}
	return b
}

// Bucket is the bucket in b called name, nil where there is none.
func (b *bucket) Bucket(name []byte) *bucket {
	return b.tx.bucket(b.boltBucket.Bucket(name), b.seed, name)
}

// CreateBucketIfNotExists is the bucket in b called name.
func (b *bucket) CreateBucketIfNotExists(name []byte) (*bucket, error) {
	created := b.boltBucket.Bucket(name) == nil
	in, err := b.boltBucket.CreateBucketIfNotExists(name)
	return b.tx.created(b.tx.bucket(in, b.seed, name), created), err
}

// Put sets an entry.
func (b *bucket) Put(key, value []byte) error {
	b.forget(key)
	b.tx.change += hashOf(b.seed, key, value)
	return b.boltBucket.Put(key, value)
}

// Delete removes an entry, if it is there.
func (b *bucket) Delete(key []byte) error {
	b.forget(key)
	return b.boltBucket.Delete(key)
}

func (b *bucket) forget(key []byte) {
	if old := b.Get(key); old != nil {
		b.tx.change -= hashOf(b.seed, key, old)
	}
}

// NextSequence is the next of the bucket's numbers.
func (b *bucket) NextSequence() (uint64, error) {
	n, err := b.boltBucket.NextSequence()
	b.tx.change += hashOfSequence(b.seed, n) - hashOfSequence(b.seed, n-1)
	return n, err
}

// DeleteBucket removes the bucket in b called name with all that is in it.
func (b *bucket) DeleteBucket(name []byte) error {
	sum, err := sumOf(b.boltBucket.Bucket(name), seedOf(b.seed, name))
	if err != nil {
		return err
	}
	b.tx.change -= sum
	return b.boltBucket.DeleteBucket(name)
}

func sumOf(b *bolt.Bucket, seed uint64) (sum uint64, err error) {
	sum = hashOf(seed, nil, nil) + hashOfSequence(seed, b.Sequence())
	err = b.ForEach(func(key, value []byte) error {
		if value != nil {
			sum += hashOf(seed, key, value)
			return nil
		}
		in, err := sumOf(b.Bucket(key), seedOf(seed, key))
		sum += in
		return err
	})
	return sum, err
}

// seal writes the sum as the transaction leaves it.
func (tx *transaction) seal() error {
	if tx.change == 0 {
		return nil
	}
	b := tx.Tx.Bucket([]byte(fileBucket))
	sum, err := parseNumber(b.Get([]byte(sumKey)))
	if err != nil {
		return fmt.Errorf("its sum: %w", err)
	}
	return b.Put([]byte(sumKey), number(sum+tx.change))
}
