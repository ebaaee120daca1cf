package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"

	"driftwatch/monitor"
)

// API is what the server shows. Its methods are called from any goroutine. An
// error, or one that it wraps, with a method NotFound() bool that returns true
// says that a monitor, segment or feature does not exist; its text, which
// should say what does, is shown with status 404. Any other error is logged and
// answered with status 500.
type API interface {
	Names() []string                                  // of the monitors
	Monitors(all bool) ([]monitor.MonitorView, error) // all: with those that have a state and are no longer configured
	Alerts(all bool) ([]monitor.Alert, error)
	Incidents(all bool) ([]monitor.Incident, error)
	History(monitor.Query) ([]monitor.HistoryView, error)
	Panes(monitor.Query) ([]monitor.PaneView, error)
	Controller
	// Ready is nil if every monitor reads and counts, else a sentence for /readyz.
	Ready() error
}

type handlers struct {
	api API
	log *slog.Logger
}

// failure is an answer other than 200: a sentence for the caller.
type failure struct {
	status   int
	sentence string
}

func (f *failure) Error() string { return f.sentence }

func badRequest(format string, args ...any) error {
	return &failure{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) error {
	return &failure{http.StatusNotFound, fmt.Sprintf(format, args...)}
}

// answer turns what list gives into {"name": [...]}, or {"error": "..."}.
func (h *handlers) answer(name string, list func(url.Values) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		parameters, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			h.fail(w, badRequest("the parameters cannot be read: %v; write ?name=value&name=value with special characters percent-encoded", err))
			return
		}
		items, err := list(parameters)
		if err != nil {
			h.fail(w, err)
			return
		}
		h.write(w, http.StatusOK, map[string]any{name: items})
	}
}

func (h *handlers) fail(w http.ResponseWriter, err error) {
	var f *failure
	var absent interface{ NotFound() bool }
	switch {
	case errors.As(err, &f):
	case errors.As(err, &absent) && absent.NotFound():
		f = &failure{http.StatusNotFound, err.Error()}
	default:
		h.log.Error("answering an API request", "err", err)
		f = &failure{http.StatusInternalServerError, "the state could not be read; the log says why"}
	}
	h.write(w, f.status, map[string]string{"error": f.sentence})
}

// write encodes before it sends, so that a failure can still be one.
func (h *handlers) write(w http.ResponseWriter, status int, v any) {
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false) // the same bytes as the webhook's
	if err := e.Encode(v); err != nil {
		h.log.Error("encoding an API answer", "err", err)
		status = http.StatusInternalServerError
		body.Reset()
		body.WriteString(`{"error":"the answer could not be encoded; the log says why"}` + "\n")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // a client that is gone is nobody's concern
}

// listed makes an empty list of none: [] in JSON, not null.
func listed[T any](list []T, err error) (any, error) {
	if list == nil {
		list = []T{}
	}
	return list, err
}

func (h *handlers) monitors(p url.Values) (any, error) {
	all, err := allParameter(p)
	if err != nil {
		return nil, err
	}
	return listed(h.api.Monitors(all))
}

func (h *handlers) alerts(p url.Values) (any, error) {
	all, err := allParameter(p)
	if err != nil {
		return nil, err
	}
	return listed(h.api.Alerts(all))
}

func (h *handlers) incidents(p url.Values) (any, error) {
	all, err := allParameter(p)
	if err != nil {
		return nil, err
	}
	return listed(h.api.Incidents(all))
}

func (h *handlers) history(p url.Values) (any, error) {
	if err := known(p, "monitor", "segment", "feature", "from", "to"); err != nil {
		return nil, err
	}
	if p.Get("segment") == "*" {
		return nil, badRequest("segment=* is for /api/v1/panes; name one segment here, or none for overall")
	}
	q, err := h.query(p)
	if err != nil {
		return nil, err
	}
	return listed(h.api.History(q))
}

func (h *handlers) panes(p url.Values) (any, error) {
	if err := known(p, "monitor", "segment", "from", "to"); err != nil {
		return nil, err
	}
	q, err := h.query(p)
	if err != nil {
		return nil, err
	}
	if q.Segment == "*" {
		q.Segment, q.AllSegments = "", true
	}
	return listed(h.api.Panes(q))
}

func (h *handlers) unknown(w http.ResponseWriter, _ *http.Request) {
	h.fail(w, notFound("there is no such endpoint; there are /api/v1/monitors, alerts, incidents, history, panes, silences, markers and acknowledgements"))
}

func (h *handlers) healthz(w http.ResponseWriter, _ *http.Request) { text(w, http.StatusOK, "healthy") }

func (h *handlers) readyz(w http.ResponseWriter, _ *http.Request) {
	if err := h.api.Ready(); err != nil {
		text(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	text(w, http.StatusOK, "ready")
}

func text(w http.ResponseWriter, status int, sentence string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, sentence) // a client that is gone is nobody's concern
}
