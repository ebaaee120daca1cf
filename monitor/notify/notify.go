// Package notify tells people and programs about alerts: it brings what the
// store holds to the configured receivers.
//
// # Delivery guarantees
//
// Delivery is at least once. What a receiver has been told is recorded in the
// store after the receiver has taken it, so that a crash in between repeats the
// last message and loses none. There are two kinds of receivers:
//
//   - Editing ones (Slack, Alertmanager) keep one message for an incident and are sent its
//     latest revision; what they miss while they are down is coalesced. A crash
//     between a first message and its record makes at most one more message,
//     and later revisions edit the newer one.
//   - Log receivers (webhook, stdout) are sent every transition that names
//     them, in order, each with its number as the key to drop repeats by.
//
// A failure that may pass is tried again after 1 s, then ever longer up to
// 5 minutes, or when the receiver says. One that somebody must repair is logged
// as an error and tried again every 5 minutes. Nothing is dropped.
//
// # Back pressure
//
// There is none: the outbox is the store. Each receiver has a goroutine of its
// own, so one that hangs delays neither another one nor the counting.
package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"driftwatch/monitor"
)

// Outbox is what there is to deliver and what has been delivered.
// monitor/store keeps it.
type Outbox interface {
	// Transitions gives those with a number above after, in order, at most limit.
	Transitions(after uint64, limit int) ([]monitor.Transition, error)
	// Pending gives the incidents that name the receiver and whose revision is
	// above the delivered one, or whose first message was only attempted.
	Pending(receiver string) ([]monitor.Incident, error)
	// Open gives the incidents that fire and name the receiver.
	Open(receiver string) ([]monitor.Incident, error)
	// Delivered gives the receiver's record of an incident; false: there is none.
	Delivered(receiver, incident string) (monitor.Delivery, bool, error)
	SetDelivered(receiver, incident string, d monitor.Delivery) error
	// Cursor gives the number of the last transition the receiver is done with.
	Cursor(receiver string) (uint64, error)
	SetCursor(receiver string, number uint64) error
	// Subscribe gives a signal after each commit with something to deliver, and
	// the function that ends it.
	Subscribe() (<-chan struct{}, func())
}

// Deps is what a Notifier works with.
type Deps struct {
	Outbox  Outbox
	Metrics *Metrics
	Log     *slog.Logger
	// Controls keeps what people tell by buttons; nil: there are none.
	Controls Controller
	// Stdout is where the stdout receivers write; nil is os.Stdout.
	Stdout io.Writer
	// Transport carries the HTTP requests; nil is a copy of Go's default one,
	// which honours the proxy variables of the environment.
	Transport http.RoundTripper
}

// Notifier delivers to all receivers.
type Notifier struct {
	workers   []*worker
	transport http.RoundTripper
}

// New makes the receivers ready and reads their secrets; it sends nothing. The
// error names the receiver, and says what is wrong with it.
func New(receivers []Receiver, d Deps) (*Notifier, error) {
	if d.Transport == nil {
		d.Transport = defaultTransport()
	}
	if d.Stdout == nil {
		d.Stdout = os.Stdout
	}
	d.Stdout = &lineWriter{w: d.Stdout}
	n := &Notifier{transport: d.Transport}
	seen := map[string]bool{}
	for _, r := range receivers {
		if seen[r.Name] {
			return nil, fmt.Errorf("two receivers are named %q; each needs a name of its own", r.Name)
		}
		seen[r.Name] = true
		q, err := newQueue(r, d)
		if err != nil {
			return nil, fmt.Errorf("receiver %q: %w", r.Name, err)
		}
		d.Metrics.add(r.Name)
		n.workers = append(n.workers, &worker{
			name:    r.Name,
			queue:   q,
			outbox:  d.Outbox,
			metrics: d.Metrics,
			log:     d.Log.With("receiver", r.Name),
		})
	}
	return n, nil
}

func newQueue(r Receiver, d Deps) (queue, error) {
	if problems := r.Validate(""); len(problems) > 0 {
		return nil, errors.New(problems[0].Message)
	}
	for _, k := range r.kinds() {
		return k.queue(r.Name, d)
	}
	return nil, errors.New("it has no kind") // Validate would have said so
}

// defaultTransport never shares its connections, so that Run can close them.
func defaultTransport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	return t.Clone()
}

// Run delivers until ctx ends, and then for less than a second more what was
// committed before. It always returns nil: a receiver that fails is logged,
// counted and tried again.
func (n *Notifier) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for _, w := range n.workers {
		all.Go(func() { w.run(ctx) })
		if q, ok := w.queue.(*incidents); ok {
			if c, ok := q.to.(companion); ok {
				all.Go(func() { c.accompany(ctx) })
			}
		}
	}
	all.Wait()
	if t, ok := n.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
	return nil
}

// companion is a receiver that also listens.
type companion interface{ accompany(ctx context.Context) }

// client makes an HTTP client for one receiver. It follows no redirect: that
// would hand the secret of a request to wherever the answer points.
func client(transport http.RoundTripper, timeout time.Duration) *http.Client {
	return &http.Client{
		Transport:     transport,
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
