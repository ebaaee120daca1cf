package web

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// Controller keeps what people tell a running driftwatch.
type Controller interface {
	Controls() *monitor.Controls
	AddSilence(s monitor.Silence, now time.Time) (monitor.Silence, error)
	EndSilence(id string, at time.Time) (found bool, err error)
	AddMarker(m monitor.Marker, now time.Time) (monitor.Marker, error)
	Acknowledge(incident, by string, at time.Time) error
	Incident(id string) (i monitor.Incident, found bool, err error)
}

const (
	maxBody    = 64 << 10 // bytes of what is posted
	maxText    = 500      // bytes of a reason, a marker or a name: more is no line of a message
	maxSilence = 366 * 24 * time.Hour
)

// change answers a request that changes something, with what change gives. A
// browser cannot be made to send one by another site: such requests are refused,
// and so is any body that is not declared as JSON.
func (h *handlers) change(change func(r *http.Request) (any, error)) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h.fail(w, &failure{http.StatusForbidden, "this request comes from another site, and those may not change anything"})
	}))
	return guard.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		answer, err := change(r)
		if err != nil {
			h.fail(w, err)
			return
		}
		h.write(w, http.StatusOK, answer)
	}))
}

// posted reads the body as one JSON object with the fields of v and no others.
func posted(r *http.Request, v any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return &failure{http.StatusUnsupportedMediaType, "the header Content-Type must be application/json"}
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil {
		if _, rest := d.Token(); !errors.Is(rest, io.EOF) {
			err = errors.New("something follows the object")
		}
	}
	if long := (*http.MaxBytesError)(nil); errors.As(err, &long) {
		return &failure{http.StatusRequestEntityTooLarge, "the body is too large"}
	}
	if err != nil {
		return badRequest("the body cannot be read: %v", err)
	}
	return nil
}

// silences lists those that are not over, with all=1 those of the last days too.
func (h *handlers) silences(p url.Values) (any, error) {
	all, err := allParameter(p)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	list := slices.Clone(h.api.Controls().Silences)
	return listed(slices.DeleteFunc(list, func(s monitor.Silence) bool { return !all && !now.Before(s.End.Time) }), nil)
}

func (h *handlers) markers(p url.Values) (any, error) {
	if err := known(p); err != nil {
		return nil, err
	}
	return listed(h.api.Controls().Markers, nil)
}

// addSilence answers with the silence and how many alerts that fire it holds
// back: none may mean that a name in it is wrong.
func (h *handlers) addSilence(r *http.Request) (any, error) {
	var body struct {
		monitor.Silence
		For rules.Duration `json:"for"` // instead of end
	}
	if err := posted(r, &body); err != nil {
		return nil, err
	}
	s, now := body.Silence, time.Now()
	if s.Start.IsZero() {
		s.Start.Time = now
	}
	if s.End.IsZero() && body.For > 0 {
		s.End.Time = s.Start.Add(time.Duration(body.For))
	}
	switch {
	case s.ID != "":
		return nil, badRequest("the id of a silence is given to it; leave it out")
	case s.Monitor == "" && len(s.Rules)+len(s.Segments)+len(s.Features) == 0:
		return nil, badRequest("this would silence everything; name a monitor, rules, segments or features")
	case s.Author == "" || len(s.Author) > maxText:
		return nil, badRequest("author is missing, or too long: say who silences it")
	case s.Reason == "" || len(s.Reason) > maxText:
		return nil, badRequest("reason is missing, or too long: say why, for whoever looks for the alert")
	case s.End.IsZero():
		return nil, badRequest("end is missing; give it as a time, or for as a duration such as 2h")
	case !s.End.After(now):
		return nil, badRequest("the silence would be over already")
	case !s.End.After(s.Start.Time) || s.End.Sub(s.Start.Time) > maxSilence:
		return nil, badRequest("a silence lasts longer than nothing and at most a year; to be rid of a rule, remove it")
	}
	if err := h.configured(s.Monitor); err != nil {
		return nil, err
	}
	kept, err := h.api.AddSilence(s, now)
	if err != nil {
		return nil, err
	}
	active, err := h.api.Alerts(false)
	if err != nil {
		return nil, err
	}
	holds := 0
	for _, a := range active {
		if a.State == "firing" && kept.Active(now) && kept.Matches(a) {
			holds++
		}
	}
	return map[string]any{"silence": kept, "holds": holds}, nil
}

func (h *handlers) endSilence(r *http.Request) (any, error) {
	id := r.PathValue("id")
	found, err := h.api.EndSilence(id, time.Now())
	if err == nil && !found {
		err = notFound("there is no silence %q, or it is over already", id)
	}
	return map[string]any{"ended": id}, err
}

func (h *handlers) addMarker(r *http.Request) (any, error) {
	var m monitor.Marker
	if err := posted(r, &m); err != nil {
		return nil, err
	}
	now := time.Now()
	if m.Time.IsZero() {
		m.Time.Time = now
	}
	switch {
	case m.Text == "" || len(m.Text) > maxText || len(m.Author) > maxText:
		return nil, badRequest("text is missing, or too long: say what was changed, such as payments 1.42")
	case m.Time.After(now.Add(time.Minute)):
		return nil, badRequest("the time is in the future; set the marker when it has happened")
	}
	if err := h.configured(m.Monitor); err != nil {
		return nil, err
	}
	kept, err := h.api.AddMarker(m, now)
	return map[string]any{"marker": kept}, err
}

func (h *handlers) acknowledge(r *http.Request) (any, error) {
	var body struct{ Incident, By string }
	if err := posted(r, &body); err != nil {
		return nil, err
	}
	if body.By == "" || len(body.By) > maxText {
		return nil, badRequest("by is missing, or too long: say who takes it on")
	}
	i, found, err := h.api.Incident(body.Incident)
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, notFound("there is no incident %q; /api/v1/incidents lists those there are", body.Incident)
	case i.Ended != nil:
		at, _ := i.Ended.MarshalText()
		return nil, &failure{http.StatusConflict, "the incident is over since " + string(at)}
	}
	return map[string]any{"acknowledged": body.Incident}, h.api.Acknowledge(body.Incident, body.By, time.Now())
}

// configured says that a monitor that is named is there.
func (h *handlers) configured(name string) error {
	if name == "" {
		return nil
	}
	_, err := h.monitor(name)
	return err
}
