package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"driftwatch/monitor"
)

// How long what people have said is kept: silences that are over for as long as
// somebody may ask for them, markers for as long as incidents may name them.
const (
	keptSilences = 7 * 24 * time.Hour
	keptMarkers  = 7 * 24 * time.Hour
	maxControls  = 10_000 // silences, or markers: more are a program gone wild
)

// Controls are what people have told, as of the last change. The same pointer is
// given until there is another one.
func (f *File) Controls() *monitor.Controls { return f.controls.Load() }

// AddSilence keeps a silence, with a new ID and its times to the millisecond.
// Silences that ended long ago are forgotten.
func (f *File) AddSilence(s monitor.Silence, now time.Time) (monitor.Silence, error) {
	err := f.control("silencing in", silencesBucket, func(b *bucket) error {
		if err := forget(b, func(v []byte) (bool, error) {
			var old monitor.Silence
			err := json.Unmarshal(v, &old)
			return now.Sub(old.End.Time) > keptSilences, err
		}); err != nil {
			return err
		}
		id, err := b.NextSequence()
		if err != nil {
			return err
		}
		s.ID, s.Start, s.End = strconv.FormatUint(id, 10), milliseconds(s.Start), milliseconds(s.End)
		return put(b, []byte(s.ID), s)
	})
	return s, err
}

// EndSilence ends a silence at a time; found is false where there is none of that
// ID, or it is over already.
func (f *File) EndSilence(id string, at time.Time) (found bool, err error) {
	err = f.control("ending a silence in", silencesBucket, func(b *bucket) error {
		var s monitor.Silence
		found, err = get(b, []byte(id), &s)
		if err != nil || !found || !at.Before(s.End.Time) {
			found = false
			return err
		}
		s.End = milliseconds(monitor.Time{Time: at})
		if s.End.Before(s.Start.Time) {
			s.Start = s.End
		}
		return put(b, []byte(id), s)
	})
	return found, err
}

// AddMarker keeps a marker.
func (f *File) AddMarker(m monitor.Marker, now time.Time) (monitor.Marker, error) {
	m.Time = milliseconds(m.Time)
	err := f.control("setting a marker in", markersBucket, func(b *bucket) error {
		if err := forget(b, func(v []byte) (bool, error) {
			var old monitor.Marker
			err := json.Unmarshal(v, &old)
			return now.Sub(old.Time.Time) > keptMarkers, err
		}); err != nil {
			return err
		}
		id, err := b.NextSequence()
		if err != nil {
			return err
		}
		return put(b, number(id), m)
	})
	return m, err
}

// Acknowledge notes who takes an incident on. An incident that is not kept has
// nothing to note.
func (f *File) Acknowledge(incident, by string, at time.Time) error {
	return f.control("acknowledging in", acksBucket, func(b *bucket) error {
		if kept := find(b.tx, incidentsBucket); kept == nil || kept.Get([]byte(incident)) == nil {
			return b.Delete([]byte(incident))
		}
		return put(b, []byte(incident), monitor.Ack{By: by, At: milliseconds(monitor.Time{Time: at})})
	})
}

func milliseconds(t monitor.Time) monitor.Time {
	return monitor.Time{Time: t.UTC().Truncate(time.Millisecond)}
}

// forget deletes what is over, and refuses to hold more than anybody can mean.
func forget(b *bucket, over func(v []byte) (bool, error)) error {
	var old [][]byte
	n := 0
	if err := b.ForEach(func(k, v []byte) error {
		n++
		gone, err := over(v)
		if gone {
			old = append(old, k)
		}
		return err
	}); err != nil {
		return fmt.Errorf("an entry is damaged: %w", err)
	}
	for _, k := range old {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	if n-len(old) >= maxControls {
		return fmt.Errorf("there are %d already; end some, or find out what makes so many", n-len(old))
	}
	return nil
}

// control changes one of the buckets, reads all of them anew, and wakes nobody:
// the monitors look at every tick.
func (f *File) control(trying, bucket string, change func(*bucket) error) error {
	f.controlling.Lock()
	defer f.controlling.Unlock()
	var now *monitor.Controls
	err := f.update(trying, func(tx *transaction) error {
		b, err := ensure(tx, bucket)
		if err != nil {
			return err
		}
		if err := change(b); err != nil {
			return err
		}
		now, err = readControls(tx)
		return err
	})
	if err == nil {
		f.controls.Store(now)
	}
	return err
}

func readControls(tx *transaction) (*monitor.Controls, error) {
	c := &monitor.Controls{Acks: map[string]monitor.Ack{}}
	for _, read := range []struct {
		bucket string
		entry  func(k, v []byte) error
	}{
		{silencesBucket, func(k, v []byte) error { return appendDecoded(&c.Silences, k, v) }},
		{markersBucket, func(k, v []byte) error { return appendDecoded(&c.Markers, k, v) }},
		{acksBucket, func(k, v []byte) error {
			var a monitor.Ack
			if err := decode(k, v, &a); err != nil {
				return err
			}
			c.Acks[string(k)] = a
			return nil
		}},
	} {
		if b := find(tx, read.bucket); b != nil {
			if err := b.ForEach(read.entry); err != nil {
				return nil, err
			}
		}
	}
	slices.SortStableFunc(c.Silences, func(a, b monitor.Silence) int {
		return cmp.Or(a.Start.Compare(b.Start.Time), cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	slices.SortStableFunc(c.Markers, func(a, b monitor.Marker) int { return a.Time.Compare(b.Time.Time) })
	return c, nil
}

func appendDecoded[T any](list *[]T, k, v []byte) error {
	var x T
	if err := decode(k, v, &x); err != nil {
		return err
	}
	*list = append(*list, x)
	return nil
}

// Incident is one of those that are kept; found is false where it is not.
func (f *File) Incident(id string) (i monitor.Incident, found bool, err error) {
	err = f.view("reading", func(tx *transaction) error {
		found, err = get(find(tx, incidentsBucket), []byte(id), &i)
		return err
	})
	return i, found, err
}
