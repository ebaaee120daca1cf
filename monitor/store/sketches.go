package store

import (
	"bytes"
	"fmt"

	"driftwatch/monitor"
)

// Sketches visits the sketches of the present layout with from <= start < to, as
// Panes visits panes.
func (s *monitorStore) Sketches(from, to int64, visit func(start int64, b []byte) error) error {
	var p monitor.Progress
	err := s.file.view("reading", func(tx *transaction) error {
		_, err := get(find(tx, monitorsBucket, s.name, stateBucket), []byte(progressKey), &p)
		return err
	})
	if err != nil {
		return err
	}
	path := []string{monitorsBucket, s.name, sketchesBucket, layoutName(p.Layout)}
	return s.file.each(path, appendSigned(nil, from), appendSigned(nil, to), func(k, v []byte) error {
		if len(k) != paneStart {
			return wrap("reading", fmt.Errorf("a sketch under a key of %d bytes is damaged", len(k)))
		}
		return visit(signed(k), v)
	})
}

// putSketches keeps those of the present layout only: no window has others.
func putSketches(own *bucket, c *monitor.Commit) error {
	all, err := own.CreateBucketIfNotExists([]byte(sketchesBucket))
	if err != nil {
		return err
	}
	name := []byte(layoutName(c.Progress.Layout))
	var others [][]byte
	err = all.ForEachBucket(func(other []byte) error {
		if !bytes.Equal(other, name) {
			others = append(others, bytes.Clone(other))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, other := range others {
		if err := all.DeleteBucket(other); err != nil {
			return err
		}
	}
	layout, err := all.CreateBucketIfNotExists(name)
	if err != nil {
		return err
	}
	for _, s := range c.Sketches {
		if err := layout.Put(appendSigned(nil, s.Start), s.Bytes); err != nil {
			return err
		}
	}
	return expireSketches(layout, c.ExpireSketches)
}

func expireSketches(layout *bucket, before int64) error {
	if before == monitor.NoTime {
		return nil
	}
	var gone [][]byte // collected first, as for panes
	c := layout.Cursor()
	for k, _ := c.First(); len(k) == paneStart && signed(k) < before; k, _ = c.Next() {
		gone = append(gone, k)
	}
	for _, k := range gone {
		if err := layout.Delete(k); err != nil {
			return err
		}
	}
	return nil
}
