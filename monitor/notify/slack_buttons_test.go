package notify_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"driftwatch/monitor"
	"driftwatch/monitor/notify"
)

const appToken = "xapp-1-very-secret"

// socketSlack is Slack's Socket Mode: a WebSocket on which it says which buttons
// were pressed.
type socketSlack struct {
	*fakeSlack
	server *httptest.Server

	conns  chan *websocket.Conn
	mu     sync.Mutex
	said   []string // to people, "U1: text"
	acked  []string
	opened int
}

func startSocketSlack(t *testing.T, s *fakeSlack) *socketSlack {
	f := &socketSlack{fakeSlack: s, conns: make(chan *websocket.Conn, 10)}
	f.server = httptest.NewServer(f)
	t.Cleanup(f.server.Close)
	return f
}

func (f *socketSlack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/api/apps.connections.open":
		f.mu.Lock()
		f.opened++
		f.mu.Unlock()
		if r.Header.Get("Authorization") != "Bearer "+appToken {
			fmt.Fprint(w, `{"ok": false, "error": "invalid_auth"}`)
			return
		}
		fmt.Fprintf(w, `{"ok": true, "url": "ws%s/socket"}`, strings.TrimPrefix(f.server.URL, "http"))
	case "/socket":
		upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }} // it is Slack's own
		c, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		_ = c.WriteMessage(websocket.TextMessage, []byte(`{"type": "hello", "num_connections": 1}`))
		f.conns <- c
		for {
			var ack struct {
				EnvelopeID string `json:"envelope_id"`
			}
			if c.ReadJSON(&ack) != nil {
				return
			}
			f.mu.Lock()
			f.acked = append(f.acked, ack.EnvelopeID)
			f.mu.Unlock()
		}
	case "/api/usergroups.users.list":
		_ = r.ParseForm()
		if r.Form.Get("usergroup") == "S1" {
			fmt.Fprint(w, `{"ok": true, "users": ["U2"]}`)
			return
		}
		fmt.Fprint(w, `{"ok": false, "error": "missing_scope"}`)
	case "/api/chat.postEphemeral":
		_ = r.ParseForm()
		f.mu.Lock()
		f.said = append(f.said, r.Form.Get("user")+": "+r.Form.Get("text"))
		f.mu.Unlock()
		fmt.Fprint(w, `{"ok": true, "message_ts": "1"}`)
	default:
		f.fakeSlack.ServeHTTP(w, r)
	}
}

// press sends that a user pressed a button.
func (f *socketSlack) press(t *testing.T, c *websocket.Conn, envelope, user, action, value string) {
	t.Helper()
	payload, err := json.Marshal(map[string]any{
		"type": "interactive", "envelope_id": envelope, "accepts_response_payload": true,
		"payload": map[string]any{
			"type": "block_actions", "user": map[string]string{"id": user, "name": "ann"}, "channel": map[string]string{"id": "C024BE91L"},
			"actions": []map[string]string{{"type": "button", "block_id": "driftwatch", "action_id": action, "value": value}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.WriteMessage(websocket.TextMessage, payload); err != nil {
		t.Fatal(err)
	}
}

// answers waits until people were told n times and gives the last.
func (f *socketSlack) answer(t *testing.T, n int) string {
	t.Helper()
	waitFor(t, func() bool { f.mu.Lock(); defer f.mu.Unlock(); return len(f.said) >= n })
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.said) != n {
		t.Fatalf("people were told %q, want %d answers", f.said, n)
	}
	return f.said[n-1]
}

// controls keeps in memory what buttons do.
type controls struct {
	mu        sync.Mutex
	incidents map[string]monitor.Incident
	silences  []monitor.Silence
	acks      []string
}

func (c *controls) Controls() *monitor.Controls {
	c.mu.Lock()
	defer c.mu.Unlock()
	return &monitor.Controls{Silences: slices.Clone(c.silences)}
}

func (c *controls) AddSilence(s monitor.Silence, _ time.Time) (monitor.Silence, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.ID = fmt.Sprint(len(c.silences) + 1)
	c.silences = append(c.silences, s)
	return s, nil
}

func (c *controls) Acknowledge(incident, by string, _ time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.acks = append(c.acks, incident+" "+by)
	i := c.incidents[incident]
	i.Acknowledged = &monitor.Ack{By: by}
	c.incidents[incident] = i
	return nil
}

func (c *controls) Incident(id string) (monitor.Incident, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i, found := c.incidents[id]
	return i, found, nil
}

// Buttons do what they say, once, for those who may press them, also on an old
// message and over a lost connection.
func TestSlackButtons(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	s := newSetup()
	f := startSocketSlack(t, s.slack)
	i := incident(toSlack, drift(), other("nulls", "!odd", "missing_rate > 0.1", 0))
	ended := over(i, "10:40", "")
	ended.ID = "payments/old"
	c := &controls{incidents: map[string]monitor.Incident{i.ID: i, ended.ID: ended}}
	r := bot(t)
	r.Slack.APIURL, r.Slack.AppTokenFile = f.server.URL+"/api", secretFile(t, appToken)
	r.Slack.Allow = notify.Allowed{Users: []string{"U1"}, Groups: []string{"S1"}}
	n, err := notify.New([]notify.Receiver{r}, notify.Deps{Outbox: s.outbox, Metrics: s.metrics, Log: logTo(s.log), Controls: c})
	if err != nil {
		t.Fatal(err)
	}
	s.outbox.put(i)
	stop := start(t, n)
	conn := <-f.conns
	waitFor(t, func() bool { return len(s.slack.shown()) == 1 })
	if blocks := string(s.slack.shown()[0].Blocks); strings.Count(blocks, `"button"`) != 3 || strings.Count(blocks, i.ID) != 3 {
		t.Errorf("the message has not three buttons of its incident: %s", blocks)
	}

	f.press(t, conn, "e1", "U9", "acknowledge", i.ID)
	if got := f.answer(t, 1); !strings.Contains(got, "U9: You may not press this") || len(c.acks) != 0 {
		t.Errorf("a stranger is told %q, and %v are acknowledged", got, c.acks)
	}
	f.press(t, conn, "e2", "U2", "acknowledge", i.ID)
	if got := f.answer(t, 2); !strings.Contains(got, "Acknowledged") || !slices.Equal(c.acks, []string{i.ID + " ann (U2)"}) {
		t.Errorf("a member of the group is told %q: %v", got, c.acks)
	}
	f.press(t, conn, "e2", "U2", "acknowledge", i.ID)
	if got := f.answer(t, 3); !strings.Contains(got, "already acknowledged by ann (U2)") || len(c.acks) != 1 {
		t.Errorf("the second time: %q, %v", got, c.acks)
	}
	f.press(t, conn, "e4", "U1", "acknowledge", ended.ID)
	if got := f.answer(t, 4); !strings.Contains(got, "over since 2026-11-23 10:40 UTC") {
		t.Errorf("of an old message: %q", got)
	}
	f.press(t, conn, "e5", "U1", "acknowledge", "payments/ancient")
	if got := f.answer(t, 5); !strings.Contains(got, "no longer knows it") {
		t.Errorf("of an ancient message: %q", got)
	}

	conn.Close() // and it connects again
	conn = <-f.conns
	f.press(t, conn, "e6", "U1", "silence_1h", i.ID)
	if got := f.answer(t, 6); !strings.Contains(got, "Silenced until") {
		t.Errorf("a silence: %q", got)
	}
	f.press(t, conn, "e7", "U1", "silence_1h", i.ID)
	if got := f.answer(t, 7); !strings.Contains(got, "silenced already") || len(c.silences) != 1 {
		t.Errorf("the second time: %q, %v", got, c.silences)
	}
	silence := c.silences[0]
	if d := silence.End.Sub(silence.Start.Time); d != time.Hour || silence.Author != "ann (U1)" {
		t.Errorf("it is silenced for %v by %s", d, silence.Author)
	}
	for _, a := range i.Alerts {
		if !silence.Matches(a) {
			t.Errorf("the silence is not about %s", a.Feature)
		}
	}
	if stranger := other("nulls", "new", "x", 0); silence.Matches(stranger) {
		t.Error("the silence is about more than the incident")
	}
	f.press(t, conn, "e8", "U1", "silence_1d", ended.ID)
	if got := f.answer(t, 8); !strings.Contains(got, "Silenced until") || len(c.silences) != 2 {
		t.Errorf("an old message: %q", got)
	}
	f.mu.Lock()
	acked := slices.Clone(f.acked)
	f.mu.Unlock()
	if !slices.Contains(acked, "e8") || len(acked) != 8 {
		t.Errorf("answered to Slack are %q", acked)
	}
	stop()
	conn.Close()
	f.server.Close()
	if log := s.log.String(); strings.Contains(log, "very-secret") {
		t.Errorf("the log has a secret:\n%s", log)
	}
}

// A token that does not work is told in the log, and messages go on.
func TestSlackButtonsWithoutSocket(t *testing.T) {
	s := newSetup()
	f := startSocketSlack(t, s.slack)
	r := bot(t)
	r.Slack.APIURL, r.Slack.AppTokenFile = f.server.URL+"/api", secretFile(t, "xapp-wrong")
	r.Slack.Allow = notify.Allowed{Users: []string{"U1"}}
	n, err := notify.New([]notify.Receiver{r}, notify.Deps{Outbox: s.outbox, Metrics: s.metrics, Log: logTo(s.log), Controls: &controls{}})
	if err != nil {
		t.Fatal(err)
	}
	s.outbox.put(incident(toSlack, drift()))
	stop := start(t, n)
	waitFor(t, func() bool { return len(s.slack.shown()) == 1 })
	waitFor(t, func() bool { return strings.Contains(s.log.String(), "check app_token_file") })
	stop()
	if strings.Contains(s.log.String(), "xapp-wrong") {
		t.Errorf("the log has the token:\n%s", s.log)
	}
}
