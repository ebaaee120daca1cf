package store

import (
	"bytes"
	"slices"

	"driftwatch/monitor"
)

// keptIncidents is how many incidents that are over are kept, over all
// monitors: weeks, where people still read the messages.
const keptIncidents = 1_000

// Incidents are those firing, and with all those that are over too, by the time
// they started, newest first.
func (f *File) Incidents(all bool) (list []monitor.Incident, err error) {
	err = f.view("reading", func(tx *transaction) (err error) {
		list, err = incidents(tx, all, func(*monitor.Incident) bool { return true })
		return err
	})
	slices.SortStableFunc(list, func(a, b monitor.Incident) int { return b.Started.Compare(a.Started.Time) })
	return list, err
}

// incidents reads those that are wanted in order of their ids.
func incidents(tx *transaction, all bool, wanted func(*monitor.Incident) bool) (list []monitor.Incident, err error) {
	kept, ended := find(tx, incidentsBucket), find(tx, endedBucket)
	if kept == nil {
		return nil, nil
	}
	err = kept.ForEach(func(id, v []byte) error {
		if !all && ended.Get(id) != nil {
			return nil
		}
		var i monitor.Incident
		if err := decode(id, v, &i); err != nil {
			return err
		}
		if wanted(&i) {
			list = append(list, i)
		}
		return nil
	})
	return list, err
}

// putIncidents writes revisions and notes for each receiver that it has news.
func putIncidents(tx *transaction, list []monitor.Incident) error {
	if len(list) == 0 {
		return nil
	}
	kept, err := ensure(tx, incidentsBucket)
	if err != nil {
		return err
	}
	ended, err := ensure(tx, endedBucket)
	if err != nil {
		return err
	}
	for _, i := range list {
		id := []byte(i.ID)
		if err := put(kept, id, i); err != nil {
			return err
		}
		if i.Ended == nil {
			err = ended.Delete(id)
		} else {
			err = ended.Put(id, appendSigned(nil, i.Ended.UnixMilli()))
		}
		if err != nil {
			return err
		}
		for _, receiver := range i.Receivers {
			if err := notePending(tx, receiver, i.ID, i.Revision); err != nil {
				return err
			}
		}
	}
	return trimIncidents(tx, kept, ended)
}

// trimIncidents forgets the incidents that ended longest ago, delivered or not.
func trimIncidents(tx *transaction, kept, ended *bucket) error {
	var all []entry
	if err := ended.ForEach(func(id, at []byte) error {
		all = append(all, entry{id, at})
		return nil
	}); err != nil || len(all) <= keptIncidents {
		return err
	}
	slices.SortStableFunc(all, func(a, b entry) int { return bytes.Compare(a.value, b.value) })
	acks, err := ensure(tx, acksBucket)
	if err != nil {
		return err
	}
	for _, e := range all[:len(all)-keptIncidents] {
		for _, b := range append(receiverBuckets(tx, pendingBucket, deliveredBucket), kept, ended, acks) {
			if err := b.Delete(e.key); err != nil {
				return err
			}
		}
	}
	return nil
}

func receiverBuckets(tx *transaction, kinds ...string) (all []*bucket) {
	for _, kind := range kinds {
		parent := find(tx, kind)
		if parent == nil {
			continue
		}
		c := parent.Cursor()
		for receiver, _ := c.First(); receiver != nil; receiver, _ = c.Next() {
			all = append(all, parent.Bucket(receiver))
		}
	}
	return all
}
