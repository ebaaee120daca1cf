package notify

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"
)

const (
	firstPause = time.Second
	longPause  = 5 * time.Minute
	// maxRetryAfter bounds what a receiver can ask for: a wrong header must not
	// silence it for a year.
	maxRetryAfter = time.Hour
	// glance is how long a missed signal can go unnoticed, and how old the
	// metrics of a waiting receiver get.
	glance = 10 * time.Second
	// grace is how long sending goes on after the end of Run's context. A
	// message that is cut off may have arrived, and would be sent again.
	grace = 800 * time.Millisecond
)

// refused is a failure that passes only when somebody repairs something.
type refused struct{ error }

func (r refused) Unwrap() error { return r.error }

// throttled is a failure of a receiver that said when to try again.
type throttled struct {
	error
	after time.Duration
}

func (t throttled) Unwrap() error { return t.error }

// queue is what waits for one receiver.
type queue interface {
	// look reads from the outbox how many changes wait, and when the oldest of
	// them was decided.
	look() (waiting int, oldest time.Time, err error)
	// send delivers the first of those that look found and that may be sent at
	// now; false: there is none. What is refused, it holds back for longPause.
	send(ctx context.Context, now time.Time) (sent bool, err error)
	// stuck says that some of those that look found were refused.
	stuck() bool
}

// worker delivers to one receiver. It runs in one goroutine, which owns it.
type worker struct {
	name    string
	queue   queue
	outbox  Outbox
	metrics *Metrics
	log     *slog.Logger

	failures int       // in a row, for the pause
	troubles int       // failed and refused since the receiver last worked
	until    time.Time // nothing is sent before
}

// run works until ctx ends and then once more, for what was committed last.
func (w *worker) run(ctx context.Context) {
	wake, unsubscribe := w.outbox.Subscribe()
	defer unsubscribe()
	defer w.metrics.remove(w.name)
	sending, stop := outlive(ctx, grace)
	defer stop()
	for {
		w.work(sending)
		if ctx.Err() != nil || !w.wait(ctx, wake) {
			break
		}
	}
	w.work(sending)
}

// outlive gives a context that ends d after ctx.
func outlive(ctx context.Context, d time.Duration) (context.Context, func()) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-longer.Done():
		}
	})
	return longer, func() { stop(); cancel() }
}

// wait is over at a signal, when it is time to try again, or after a glance;
// false: ctx has ended.
func (w *worker) wait(ctx context.Context, wake <-chan struct{}) bool {
	pause := glance
	if left := time.Until(w.until); left > 0 {
		pause = min(pause, left)
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-wake:
	case <-timer.C:
	}
	return true
}

// work sends what waits until nothing is left that may be sent now.
func (w *worker) work(ctx context.Context) {
	for ctx.Err() == nil {
		now := time.Now()
		waiting, oldest, err := w.queue.look()
		if err == nil {
			w.metrics.waiting(w.name, waiting, now.Sub(oldest))
		}
		if now.Before(w.until) {
			return
		}
		sent := false
		if err == nil {
			sent, err = w.queue.send(ctx, now)
		}
		switch {
		case err != nil && ctx.Err() != nil: // cut off by the end of Run
		case err != nil:
			w.fail(err)
		case !sent:
			return
		default:
			w.succeed()
		}
	}
}

func (w *worker) succeed() {
	w.metrics.count(w.name, delivered)
	w.failures = 0
	if w.troubles > 0 && !w.queue.stuck() {
		w.log.Info("the receiver takes notifications again", "failures", w.troubles)
		w.troubles = 0
	}
}

func (w *worker) fail(err error) {
	w.troubles++
	if _, ok := errors.AsType[refused](err); ok {
		w.metrics.count(w.name, rejected)
		w.log.Error("a notification was refused; it is kept and tried again", "err", err, "again_in", longPause)
		return
	}
	pause := backoff(w.failures)
	if t, ok := errors.AsType[throttled](err); ok {
		pause = max(pause, min(t.after, maxRetryAfter))
	}
	w.failures++
	w.until = time.Now().Add(pause)
	w.metrics.count(w.name, retried)
	w.log.Warn("a notification was not delivered; it is kept and tried again", "err", err, "again_in", pause)
}

// backoff doubles from firstPause to longPause with the failures before. A
// random part of up to a quarter is taken off, so that many processes which
// failed together do not come back together.
func backoff(failures int) time.Duration {
	pause := longPause
	if failures < 10 {
		pause = min(longPause, firstPause<<failures)
	}
	return pause - rand.N(pause/4)
}
