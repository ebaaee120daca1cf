package store

import (
	"driftwatch/monitor"
)

// monitorStore is the part of the file that belongs to one monitor.
type monitorStore struct {
	file *File
	name string
}

// Load gives what the last commit left. The incidents are all of this
// monitor's that are kept: it is for the stream to know its regroup time.
func (s *monitorStore) Load() (c monitor.Checkpoint, found bool, err error) {
	err = s.file.view("reading", func(tx *transaction) error {
		state := find(tx, monitorsBucket, s.name, stateBucket)
		if found, err = get(state, []byte(progressKey), &c.Progress); err != nil || !found {
			return err
		}
		if _, err = get(state, []byte(alertsKey), &c.Alerts); err != nil {
			return err
		}
		if _, err = get(state, []byte(daysKey), &c.Days); err != nil {
			return err
		}
		if b := find(tx, monitorsBucket, s.name, referenceBucket); b != nil {
			c.Reference = append([]byte(nil), b.Get([]byte(referenceKey))...)
			if _, err = get(b, []byte(declaredKey), &c.Declared); err != nil {
				return err
			}
		}
		c.Expired = expiredBefore(state)
		c.Incidents, err = incidents(tx, true, func(i *monitor.Incident) bool { return i.Monitor == s.name })
		return err
	})
	return c, found, err
}

// Commit applies c in one transaction and wakes the subscribers if there is
// something to deliver. c is not changed.
func (s *monitorStore) Commit(c *monitor.Commit) error {
	var expired uint64
	err := s.file.update("committing to", func(tx *transaction) error {
		expired = 0
		own, err := ensure(tx, monitorsBucket, s.name)
		if err != nil {
			return err
		}
		for _, step := range []func() error{
			func() error { return putState(own, c) },
			func() error { return putSample(own, c) },
			func() error { return putPanes(own, c) },
			func() error { return putSketches(own, c) },
			func() error { return putTransitions(tx, c.Transitions) },
			func() error { return putIncidents(tx, c.Incidents) },
			func() error { expired, err = s.file.makeRoom(tx, c); return err },
		} {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.file.expired.Add(expired)
	if len(c.Transitions)+len(c.Incidents) > 0 {
		s.file.signal()
	}
	return nil
}

// putState also clears what Reset clears, so that the steps after it only add.
func putState(own *bucket, c *monitor.Commit) error {
	if c.Reset {
		if panes := own.Bucket([]byte(panesBucket)); panes != nil {
			if err := drop(panes, layoutName("")); err != nil {
				return err
			}
		}
		if err := drop(own, sampleBucket); err != nil {
			return err
		}
	}
	state, err := own.CreateBucketIfNotExists([]byte(stateBucket))
	if err != nil {
		return err
	}
	if err := put(state, []byte(progressKey), c.Progress); err != nil {
		return err
	}
	if err := put(state, []byte(alertsKey), c.Alerts); err != nil {
		return err
	}
	if c.Days != nil {
		if err := put(state, []byte(daysKey), c.Days); err != nil {
			return err
		}
	}
	if c.Reference == nil && c.Declared == nil {
		return nil
	}
	reference, err := own.CreateBucketIfNotExists([]byte(referenceBucket))
	if err != nil {
		return err
	}
	if c.Declared != nil {
		if err := put(reference, []byte(declaredKey), c.Declared); err != nil {
			return err
		}
	}
	if c.Reference == nil {
		return nil
	}
	return reference.Put([]byte(referenceKey), c.Reference)
}

// putSample adds before it drops: a row that came and went between two commits
// is in both lists.
func putSample(own *bucket, c *monitor.Commit) error {
	if len(c.SampleAdd)+len(c.SampleDrop) == 0 {
		return nil
	}
	sample, err := own.CreateBucketIfNotExists([]byte(sampleBucket))
	if err != nil {
		return err
	}
	for _, r := range c.SampleAdd {
		value := appendSigned(appendSigned(make([]byte, 0, 16+len(r.Value)), r.Time), r.Log)
		if err := sample.Put(sampleKey(r), append(value, r.Value...)); err != nil {
			return err
		}
	}
	for _, r := range c.SampleDrop {
		if err := sample.Delete(sampleKey(r)); err != nil {
			return err
		}
	}
	return nil
}
