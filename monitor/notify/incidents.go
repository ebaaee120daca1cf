package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"driftwatch/monitor"
)

// editor is a receiver that keeps one message for an incident up to date.
type editor interface {
	// Send brings the incident's latest revision to where before is. It posts a
	// new message where before has no MessageID. The error is refused,
	// throttled, or one that may pass.
	Send(ctx context.Context, incident monitor.Incident, before monitor.Delivery) (monitor.Delivery, error)
}

// refresher is an editor that forgets what it is not told again: an incident that
// fires is sent every so often.
type refresher interface{ every() time.Duration }

// incidents is the queue of an editing receiver: the latest revision of each
// incident that it does not have.
type incidents struct {
	receiver string
	outbox   Outbox
	to       editor

	pending []monitor.Incident
	sent    map[string]time.Time        // of a refresher: when each incident was last sent
	trouble map[string]trouble          // by incident id
	unsaved map[string]monitor.Delivery // sent, but the outbox could not record it
}

// trouble is what went wrong with one incident.
type trouble struct {
	tries int
	held  time.Time // refused: not to be sent before
}

// look leaves out incidents that are quiet: those were decided while catching
// up, and are sent when that is over. A quiet one that has ended never will be,
// so it is looked at, to correct the message it may have.
func (q *incidents) look() (int, time.Time, error) {
	pending, err := q.outbox.Pending(q.receiver)
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("cannot read the incidents to deliver: %w", err)
	}
	pending = slices.DeleteFunc(pending, func(i monitor.Incident) bool { return i.Quiet && i.State == firing })
	// What failed stands behind the others: one incident that always fails must
	// not block them.
	slices.SortStableFunc(pending, func(a, b monitor.Incident) int {
		return cmp.Compare(q.trouble[a.ID].tries, q.trouble[b.ID].tries)
	})
	q.pending = pending
	var oldest time.Time
	left := map[string]trouble{}
	for _, i := range pending {
		if t, ok := q.trouble[i.ID]; ok {
			left[i.ID] = t
		}
		if at := changed(i); oldest.IsZero() || at.Before(oldest) {
			oldest = at
		}
	}
	q.trouble = left
	return len(pending), oldest, nil
}

// changed is when the incident last did.
func changed(i monitor.Incident) time.Time {
	at := i.Started.Time
	for _, a := range i.Alerts {
		if a.Time.After(at) {
			at = a.Time.Time
		}
	}
	return at
}

func (q *incidents) send(ctx context.Context, now time.Time) (bool, error) {
	for _, i := range q.pending {
		t := q.trouble[i.ID]
		if now.Before(t.held) {
			continue
		}
		err := q.deliver(ctx, i)
		if err == nil {
			delete(q.trouble, i.ID)
			return true, nil
		}
		t.tries++
		if _, ok := errors.AsType[refused](err); ok {
			t.held = now.Add(longPause)
		}
		q.trouble[i.ID] = t
		return false, failed(i, err)
	}
	return q.refresh(ctx, now)
}

func failed(i monitor.Incident, err error) error {
	return fmt.Errorf("incident of monitor %q that started %s: %w", i.Monitor, i.Started.UTC().Format(time.RFC3339), err)
}

// refresh sends one of the incidents that fire once more, if the receiver wants it
// and it is time; a process that has just begun does not know when it was sent.
func (q *incidents) refresh(ctx context.Context, now time.Time) (bool, error) {
	r, wanted := q.to.(refresher)
	if !wanted {
		return false, nil
	}
	open, err := q.outbox.Open(q.receiver)
	if err != nil {
		return false, fmt.Errorf("cannot read the incidents that fire: %w", err)
	}
	due := map[string]time.Time{}
	var next *monitor.Incident
	for n, i := range open {
		due[i.ID] = q.sent[i.ID]
		if !i.Quiet && now.Sub(q.sent[i.ID]) >= r.every() && next == nil {
			next = &open[n]
		}
	}
	q.sent = due // those that are over are forgotten
	if next == nil {
		return false, nil
	}
	d, err := q.before(next.ID)
	if err == nil {
		_, err = q.to.Send(ctx, *next, d)
	}
	if err != nil {
		return false, failed(*next, err)
	}
	q.sent[next.ID] = now
	return true, nil
}

func (q *incidents) stuck() bool {
	for _, t := range q.trouble {
		if !t.held.IsZero() {
			return true
		}
	}
	return false
}

func (q *incidents) deliver(ctx context.Context, i monitor.Incident) error {
	before, err := q.before(i.ID)
	if err != nil {
		return err
	}
	first := before.MessageID == ""
	switch {
	case before.Revision >= i.Revision && !before.Attempting:
		return nil
	case i.Quiet && first && !before.Attempting:
		return q.save(i.ID, monitor.Delivery{Revision: i.Revision})
	case first:
		before.Attempting = true
		if err := q.outbox.SetDelivered(q.receiver, i.ID, before); err != nil {
			return fmt.Errorf("cannot record that it is about to be sent: %w", err)
		}
	}
	after, err := q.to.Send(ctx, i, before)
	if err != nil {
		return err
	}
	if q.sent == nil {
		q.sent = map[string]time.Time{}
	}
	q.sent[i.ID] = time.Now()
	return q.save(i.ID, after)
}

// before gives what the receiver has been told. What could not be recorded is
// recorded first: else the next failure would send it once more.
func (q *incidents) before(id string) (monitor.Delivery, error) {
	if d, ok := q.unsaved[id]; ok {
		return d, q.save(id, d)
	}
	d, _, err := q.outbox.Delivered(q.receiver, id)
	if err != nil {
		return d, fmt.Errorf("cannot read what was delivered: %w", err)
	}
	return d, nil
}

func (q *incidents) save(id string, d monitor.Delivery) error {
	if err := q.outbox.SetDelivered(q.receiver, id, d); err != nil {
		if q.unsaved == nil {
			q.unsaved = map[string]monitor.Delivery{}
		}
		q.unsaved[id] = d
		return fmt.Errorf("it was sent, but that cannot be recorded: %w", err)
	}
	delete(q.unsaved, id)
	return nil
}
