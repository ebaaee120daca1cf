package store

import (
	"bytes"
	"fmt"
	"math"

	bolt "go.etcd.io/bbolt"

	"driftwatch/monitor"
)

// Panes visits the panes with from <= start < to. No transaction is open
// during a visit, so that it may take its time or commit; panes are read about
// a megabyte at a time, and each is as the last commit before its reading left it.
func (s *monitorStore) Panes(layout string, from, to int64, visit func(monitor.PaneKey, []byte) error) error {
	path := []string{monitorsBucket, s.name, panesBucket, layoutName(layout)}
	return s.file.each(path, appendSigned(nil, from), appendSigned(nil, to), func(k, v []byte) error {
		key, err := parsePaneKey(layout, k)
		if err != nil {
			return wrap("reading", err)
		}
		return visit(key, v)
	})
}

// Sample visits the learning sample by hash, partition and offset.
func (s *monitorStore) Sample(visit func(monitor.SampleRow) error) error {
	return s.file.each([]string{monitorsBucket, s.name, sampleBucket}, []byte{}, nil, func(k, v []byte) error {
		row, err := parseSample(k, v)
		if err != nil {
			return wrap("reading", err)
		}
		return visit(row)
	})
}

// pageBytes is how much is copied in one read transaction: a few milliseconds.
const pageBytes = 1 << 20

type entry struct{ key, value []byte }

// each visits the entries of a bucket with from <= key < to; a nil to is no bound.
func (f *File) each(path []string, from, to []byte, visit func(k, v []byte) error) error {
	for from != nil {
		var page []entry
		err := f.view("reading", func(tx *transaction) error {
			page, from = readPage(find(tx, path...), from, to)
			return nil
		})
		if err != nil {
			return err
		}
		for _, e := range page {
			if err := visit(e.key, e.value); err != nil {
				return err
			}
		}
	}
	return nil
}

// readPage copies entries from b; next is where to go on, nil at the end.
func readPage(b *bucket, from, to []byte) (page []entry, next []byte) {
	if b == nil {
		return nil, nil
	}
	size := 0
	c := b.Cursor()
	for k, v := c.Seek(from); k != nil && (to == nil || bytes.Compare(k, to) < 0); k, v = c.Next() {
		if size >= pageBytes {
			return page, bytes.Clone(k)
		}
		page = append(page, entry{bytes.Clone(k), bytes.Clone(v)})
		size += len(k) + len(v)
	}
	return page, nil
}

func putPanes(own *bucket, c *monitor.Commit) error {
	panes, err := own.CreateBucketIfNotExists([]byte(panesBucket))
	if err != nil {
		return err
	}
	for _, p := range c.Panes {
		layout, err := panes.CreateBucketIfNotExists([]byte(layoutName(p.Key.Layout)))
		if err != nil {
			return err
		}
		layout.FillPercent = 0.9 // keys come in order of time, so pages need no room in the middle
		if err := layout.Put(paneKey(p.Key), p.Bytes); err != nil {
			return fmt.Errorf("the pane of a segment whose name has %d bytes: %w", len(p.Key.Segment), err)
		}
	}
	if c.Expire == monitor.NoTime {
		return nil
	}
	var gone uint64
	err = panes.ForEachBucket(func(name []byte) error {
		count, _, err := removePanes(panes.Bucket(name), c.Expire, math.MaxInt)
		gone += count
		return err
	})
	if err != nil || gone == 0 {
		return err
	}
	return noteExpired(own, c.Expire)
}

// noteExpired keeps the time before which panes of a monitor are gone.
func noteExpired(own *bucket, before int64) error {
	state := own.Bucket([]byte(stateBucket))
	if expiredBefore(state) >= before {
		return nil
	}
	return state.Put([]byte(expiredKey), appendSigned(nil, before))
}

// expiredBefore is NoTime where no pane has gone.
func expiredBefore(state *bucket) int64 {
	if b := state.Get([]byte(expiredKey)); len(b) == 8 {
		return signed(b)
	}
	return monitor.NoTime
}

// removePanes deletes the oldest panes of one layout that start before the
// given time, whole panes with all their segments, until enough bytes are gone.
// The two shared panes stay.
func removePanes(layout *bucket, before int64, enough int) (count uint64, size int, err error) {
	var keys [][]byte // collected first, because a cursor loses its place when what it stands on goes
	c := layout.Cursor()
	for k, v := firstOwn(c); k != nil; k, v = c.Next() {
		start, err := startOf(k)
		if err != nil {
			return 0, 0, err
		}
		another := len(keys) > 0 && !bytes.Equal(k[:paneStart], keys[len(keys)-1][:paneStart])
		if start >= min(before, monitor.Distant) || size >= enough && another {
			break
		}
		size += len(k) + len(v)
		keys = append(keys, k)
	}
	for _, k := range keys {
		if err := layout.Delete(k); err != nil {
			return 0, 0, err
		}
	}
	return uint64(len(keys)), size, nil
}

// firstOwn moves to the first pane that is not the shared one of ancient records.
func firstOwn(c *bolt.Cursor) (key, value []byte) {
	return c.Seek(appendSigned(nil, monitor.Ancient+1))
}
