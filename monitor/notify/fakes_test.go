package notify_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"driftwatch/monitor"
	"driftwatch/monitor/notify"
)

const (
	token      = "xoxb-123-very-secret"
	secretURL  = "https://hooks.slack.example/services/T0/B0/very-secret"
	webhookURL = "https://hook.example/in?key=very-secret"
)

// outbox is an Outbox in memory. Its hooks make it fail.
type outbox struct {
	mu          sync.Mutex
	transitions []monitor.Transition
	incidents   map[string]monitor.Incident
	order       []string
	delivered   map[string]monitor.Delivery
	cursors     map[string]uint64
	subscribers []chan struct{}

	failSet    func(receiver string, d monitor.Delivery) error
	failCursor func(n uint64) error
}

func newOutbox() *outbox {
	return &outbox{
		incidents: map[string]monitor.Incident{},
		delivered: map[string]monitor.Delivery{},
		cursors:   map[string]uint64{},
	}
}

func (o *outbox) wake() {
	for _, c := range o.subscribers {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// append commits transitions for the given receivers.
func (o *outbox) append(receivers []string, alerts ...monitor.Alert) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, a := range alerts {
		n := uint64(len(o.transitions) + 1)
		o.transitions = append(o.transitions, monitor.Transition{Number: n, Receivers: receivers, Alert: a})
	}
	o.wake()
}

// appendSilently commits a transition for the terminal, and nobody hears of it.
func (o *outbox) appendSilently(a monitor.Alert) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.transitions = append(o.transitions, monitor.Transition{
		Number: uint64(len(o.transitions) + 1), Receivers: []string{"terminal"}, Alert: a,
	})
}

// put commits a new revision of an incident.
func (o *outbox) put(i monitor.Incident) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, ok := o.incidents[i.ID]; !ok {
		o.order = append(o.order, i.ID)
	}
	i.Revision = o.incidents[i.ID].Revision + 1
	o.incidents[i.ID] = i
	o.wake()
}

func (o *outbox) Transitions(after uint64, limit int) ([]monitor.Transition, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var found []monitor.Transition
	for _, t := range o.transitions {
		if t.Number > after && len(found) < limit {
			found = append(found, t)
		}
	}
	return found, nil
}

func (o *outbox) Pending(receiver string) ([]monitor.Incident, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var found []monitor.Incident
	for _, id := range o.order {
		i, d := o.incidents[id], o.delivered[receiver+"/"+id]
		if slices.Contains(i.Receivers, receiver) && (i.Revision > d.Revision || d.Attempting) {
			found = append(found, i)
		}
	}
	return found, nil
}

func (o *outbox) Open(receiver string) ([]monitor.Incident, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var found []monitor.Incident
	for _, id := range o.order {
		if i := o.incidents[id]; i.State == "firing" && slices.Contains(i.Receivers, receiver) {
			found = append(found, i)
		}
	}
	return found, nil
}

func (o *outbox) Delivered(receiver, incident string) (monitor.Delivery, bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d, ok := o.delivered[receiver+"/"+incident]
	return d, ok, nil
}

func (o *outbox) SetDelivered(receiver, incident string, d monitor.Delivery) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failSet != nil {
		if err := o.failSet(receiver, d); err != nil {
			return err
		}
	}
	o.delivered[receiver+"/"+incident] = d
	return nil
}

func (o *outbox) Cursor(receiver string) (uint64, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.cursors[receiver], nil
}

func (o *outbox) SetCursor(receiver string, n uint64) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failCursor != nil {
		if err := o.failCursor(n); err != nil {
			return err
		}
	}
	o.cursors[receiver] = n
	return nil
}

func (o *outbox) Subscribe() (<-chan struct{}, func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := make(chan struct{}, 1)
	o.subscribers = append(o.subscribers, c)
	return c, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.subscribers = slices.DeleteFunc(o.subscribers, func(s chan struct{}) bool { return s == c })
	}
}

// handler is an HTTP server without a network, so that synctest's clock drives
// the timeouts around it.
type handler func(http.ResponseWriter, *http.Request)

func (h handler) RoundTrip(r *http.Request) (*http.Response, error) {
	body := []byte{}
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	served := r.Clone(r.Context())
	served.Body = io.NopCloser(bytes.NewReader(body))
	done := make(chan *http.Response, 1)
	go func() {
		w := httptest.NewRecorder()
		h(w, served)
		done <- w.Result()
	}()
	select {
	case response := <-done:
		return response, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// setup is what a test puts together.
type setup struct {
	outbox  *outbox
	slack   *fakeSlack
	webhook http.HandlerFunc
	out     *buffer
	log     *buffer
	metrics *notify.Metrics
}

func newSetup() *setup {
	return &setup{outbox: newOutbox(), slack: &fakeSlack{}, out: &buffer{}, log: &buffer{}, metrics: notify.NewMetrics(nil)}
}

func (s *setup) notifier(t testing.TB, receivers ...notify.Receiver) *notify.Notifier {
	t.Helper()
	n, err := notify.New(receivers, notify.Deps{
		Outbox:  s.outbox,
		Metrics: s.metrics,
		Log:     slog.New(slog.NewTextHandler(s.log, nil)),
		Stdout:  s.out,
		Transport: handler(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Host == "hook.example" {
				s.webhook(w, r)
				return
			}
			s.slack.ServeHTTP(w, r)
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func bot(t testing.TB) notify.Receiver {
	return notify.Receiver{Name: "ml-oncall", Slack: &notify.SlackConfig{
		Channel: "#ml-oncall", TokenFile: secretFile(t, token),
		Mention: map[string]string{"page": "<!subteam^S123>"},
	}}
}

func incomingWebhook(t testing.TB) notify.Receiver {
	return notify.Receiver{Name: "ml-oncall", Slack: &notify.SlackConfig{
		WebhookURLFile: secretFile(t, secretURL), Mention: map[string]string{"page": "<!subteam^S123>"},
	}}
}

func hook() notify.Receiver {
	return notify.Receiver{Name: "audit", Webhook: &notify.WebhookConfig{URL: webhookURL}}
}

func terminal(json bool) notify.Receiver {
	return notify.Receiver{Name: "terminal", Stdout: &notify.StdoutConfig{JSON: json}}
}

func secretFile(t testing.TB, secret string) string {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// buffer can be written and read at the same time.
type buffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

var errDisk = errors.New("the disk is full")

func logTo(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// waitFor gives the real clock some time.
func waitFor(t testing.TB, done func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it did not happen within 10 s")
		}
	}
}
