package store

import (
	"driftwatch/monitor"
)

// makeRoom deletes the oldest panes, of whichever monitor, until what the file
// holds and what c adds fit into the bound. bbolt never shrinks a file, it
// reuses free pages: so what is held is the size less the free pages, as of the
// last commit, and the file grows to about the bound and stays there.
//
// INVARIANT: panes of the windows that are open or still to come stay, since
// the stream subtracts them when they leave a window. A bound too small for
// these is exceeded: counting goes on before keeping house.
func (f *File) makeRoom(tx *transaction, c *monitor.Commit) (expired uint64, err error) {
	bound := f.maxBytes.Load()
	if bound == 0 {
		return 0, nil
	}
	excess := f.used(tx) + commitBytes(c) - bound
	if excess <= 0 {
		return 0, nil
	}
	all, err := shelves(tx)
	for err == nil && excess > 0 {
		var oldest *shelf
		if oldest, err = oldestOf(all); oldest == nil {
			break
		}
		count, size, err := oldest.removeFirst()
		if err != nil {
			return 0, err
		}
		expired += count
		excess -= int64(size)
	}
	return expired, err
}

func (f *File) used(tx *transaction) int64 {
	stats := f.db.Stats()
	return tx.Size() - int64(stats.FreePageN+stats.PendingPageN)*int64(f.db.Info().PageSize)
}

// commitBytes is at most what c adds: much of it may replace what was there.
func commitBytes(c *monitor.Commit) int64 {
	size := len(c.Reference)
	for _, p := range c.Panes {
		size += len(p.Key.Segment) + len(p.Bytes)
	}
	for _, s := range c.Sketches {
		size += paneStart + len(s.Bytes)
	}
	for _, r := range c.SampleAdd {
		size += sampleLen + len(r.Value)
	}
	return int64(size)
}

// A shelf is one layout's panes of one monitor; those before a time may go.
type shelf struct {
	own    *bucket
	layout *bucket
	before int64
}

// removeFirst deletes the oldest pane.
func (s *shelf) removeFirst() (count uint64, size int, err error) {
	k, _ := firstOwn(s.layout.Cursor())
	start, err := startOf(k)
	if err != nil {
		return 0, 0, err
	}
	if count, size, err = removePanes(s.layout, s.before, 1); err != nil {
		return 0, 0, err
	}
	return count, size, noteExpired(s.own, start+1)
}

func shelves(tx *transaction) (all []shelf, err error) {
	monitors := find(tx, monitorsBucket)
	err = monitors.ForEachBucket(func(name []byte) error {
		var p monitor.Progress
		own := monitors.Bucket(name)
		found, err := get(own.Bucket([]byte(stateBucket)), []byte(progressKey), &p)
		panes := own.Bucket([]byte(panesBucket))
		if err != nil || !found || panes == nil || p.Closed == monitor.NoTime {
			return err
		}
		return panes.ForEachBucket(func(layout []byte) error {
			all = append(all, shelf{own, panes.Bucket(layout), p.Closed - p.Keep})
			return nil
		})
	})
	return all, err
}

// oldestOf is the shelf with the oldest pane that may go, nil if none may.
func oldestOf(shelves []shelf) (oldest *shelf, err error) {
	first := monitor.Distant
	for i, s := range shelves {
		k, _ := firstOwn(s.layout.Cursor())
		if k == nil {
			continue
		}
		start, err := startOf(k)
		if err != nil {
			return nil, err
		}
		if start < min(first, s.before) {
			oldest, first = &shelves[i], start
		}
	}
	return oldest, nil
}
