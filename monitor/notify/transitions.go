package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"driftwatch/monitor"
)

const (
	// batchSize bounds what is read ahead, and so what the pending metric of a
	// log receiver can count.
	batchSize = 500
	// cursorStep is how many transitions for others are passed by before the
	// cursor is written: each write is a transaction, and after a crash they are
	// only passed by again.
	cursorStep = 100
)

// appender is a receiver that takes every transition.
type appender interface {
	// Append delivers one. The error is refused, throttled, or one that may pass.
	Append(ctx context.Context, t monitor.Transition) error
}

// transitions is the queue of a log receiver: every transition that names it,
// in order, behind one cursor. The first that fails holds up the rest.
type transitions struct {
	receiver string
	outbox   Outbox
	to       appender
	log      *slog.Logger

	started bool
	cursor  uint64 // done with
	saved   uint64 // the cursor in the outbox
	owed    bool   // a delivery is not in the saved cursor
	last    uint64 // read from the outbox
	batch   []monitor.Transition
	held    time.Time // the first was refused: not to be sent before
}

func (q *transitions) look() (int, time.Time, error) {
	if err := q.start(); err != nil {
		return 0, time.Time{}, err
	}
	for len(q.batch) < batchSize/2 {
		more, err := q.outbox.Transitions(q.last, batchSize-len(q.batch))
		if err != nil {
			return 0, time.Time{}, fmt.Errorf("cannot read the transitions to deliver: %w", err)
		}
		if len(more) == 0 {
			break
		}
		q.add(more)
	}
	if q.owed || q.cursor-q.saved >= cursorStep {
		if err := q.save(); err != nil {
			return 0, time.Time{}, err
		}
	}
	if len(q.batch) == 0 {
		return 0, time.Time{}, nil
	}
	return len(q.batch), q.batch[0].Alert.Time.Time, nil
}

func (q *transitions) start() error {
	if q.started {
		return nil
	}
	n, err := q.outbox.Cursor(q.receiver)
	if err != nil {
		return fmt.Errorf("cannot read how far was delivered: %w", err)
	}
	q.cursor, q.saved, q.last, q.started = n, n, n, true
	return nil
}

// add takes in those that name the receiver. Numbers have no holes, so one that
// is missing was trimmed from the store before it could be delivered.
func (q *transitions) add(more []monitor.Transition) {
	if missing := more[0].Number - q.last - 1; missing > 0 && q.last > 0 {
		q.log.Error("transitions are gone from the state before they could be delivered; the receiver was behind for too long",
			"receiver", q.receiver, "first", q.last+1, "count", missing)
	}
	for _, t := range more {
		if slices.Contains(t.Receivers, q.receiver) {
			q.batch = append(q.batch, t)
		}
		q.last = t.Number
	}
	if len(q.batch) == 0 {
		q.cursor = q.last
	}
}

func (q *transitions) send(ctx context.Context, now time.Time) (bool, error) {
	if len(q.batch) == 0 || now.Before(q.held) {
		return false, nil
	}
	t := q.batch[0]
	if err := q.to.Append(ctx, t); err != nil {
		if _, ok := errors.AsType[refused](err); ok {
			q.held = now.Add(longPause)
		}
		return false, fmt.Errorf("transition %d: %w", t.Number, err)
	}
	q.batch, q.held = q.batch[1:], time.Time{}
	q.cursor, q.owed = t.Number, true
	if len(q.batch) == 0 {
		q.cursor = q.last
	}
	return true, q.save()
}

func (q *transitions) stuck() bool { return !q.held.IsZero() }

func (q *transitions) save() error {
	if err := q.outbox.SetCursor(q.receiver, q.cursor); err != nil {
		return fmt.Errorf("cannot record that transitions to %d were delivered: %w", q.cursor, err)
	}
	q.saved, q.owed = q.cursor, false
	return nil
}
