package store

import (
	"slices"

	"driftwatch/monitor"
)

// notePending keeps the index of what a receiver has still to be told: an
// incident is in it while its revision is above the delivered one, or a first
// message may or may not have been sent.
func notePending(tx *transaction, receiver, incident string, revision uint64) error {
	var d monitor.Delivery
	if _, err := get(find(tx, deliveredBucket, receiver), []byte(incident), &d); err != nil {
		return err
	}
	pending, err := ensure(tx, pendingBucket, receiver)
	if err != nil {
		return err
	}
	if d.Revision >= revision && !d.Attempting {
		return pending.Delete([]byte(incident))
	}
	return pending.Put([]byte(incident), number(revision))
}

// Pending are the incidents that name the receiver and have a revision above
// the one delivered to it, or an attempt whose outcome is not known; in order
// of their ids.
func (f *File) Pending(receiver string) (list []monitor.Incident, err error) {
	err = f.view("reading", func(tx *transaction) error {
		pending, kept := find(tx, pendingBucket, receiver), find(tx, incidentsBucket)
		if pending == nil || kept == nil {
			return nil
		}
		return pending.ForEach(func(id, _ []byte) error {
			var i monitor.Incident
			found, err := get(kept, id, &i)
			if found && slices.Contains(i.Receivers, receiver) {
				list = append(list, i)
			}
			return err
		})
	})
	return list, err
}

// Open are the incidents that fire and name the receiver, in order of their ids.
func (f *File) Open(receiver string) (list []monitor.Incident, err error) {
	err = f.view("reading", func(tx *transaction) (err error) {
		list, err = incidents(tx, false, func(i *monitor.Incident) bool { return slices.Contains(i.Receivers, receiver) })
		return err
	})
	return list, err
}

// Delivered is what the receiver has done about the incident; found is false
// where that is nothing.
func (f *File) Delivered(receiver, incident string) (d monitor.Delivery, found bool, err error) {
	err = f.view("reading", func(tx *transaction) error {
		found, err = get(find(tx, deliveredBucket, receiver), []byte(incident), &d)
		return err
	})
	return d, found, err
}

// SetDelivered notes in a transaction of its own what the receiver has done. An
// incident that is no longer kept has nothing to note.
func (f *File) SetDelivered(receiver, incident string, d monitor.Delivery) error {
	return f.update("noting a delivery in", func(tx *transaction) error {
		var i monitor.Incident
		found, err := get(find(tx, incidentsBucket), []byte(incident), &i)
		if err != nil || !found {
			return err
		}
		delivered, err := ensure(tx, deliveredBucket, receiver)
		if err != nil {
			return err
		}
		if err := put(delivered, []byte(incident), d); err != nil {
			return err
		}
		return notePending(tx, receiver, incident, i.Revision)
	})
}

// Cursor is the number of the last transition that the receiver has taken, 0 at first.
func (f *File) Cursor(receiver string) (n uint64, err error) {
	err = f.view("reading", func(tx *transaction) (err error) {
		if b := find(tx, cursorsBucket); b != nil && b.Get([]byte(receiver)) != nil {
			n, err = parseNumber(b.Get([]byte(receiver)))
		}
		return err
	})
	return n, err
}

// SetCursor notes it in a transaction of its own.
func (f *File) SetCursor(receiver string, n uint64) error {
	return f.update("noting a delivery in", func(tx *transaction) error {
		cursors, err := ensure(tx, cursorsBucket)
		if err != nil {
			return err
		}
		return cursors.Put([]byte(receiver), number(n))
	})
}
