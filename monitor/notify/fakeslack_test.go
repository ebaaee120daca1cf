package notify_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// slackMessage is a message as people see it in the fake Slack.
type slackMessage struct {
	Text   string
	Blocks json.RawMessage
	edits  int

	replies   []*slackMessage
	broadcast bool // of a reply: the channel sees it too
}

// fakeSlack is Slack's API and an incoming webhook. It checks what Slack checks.
type fakeSlack struct {
	mu       sync.Mutex
	messages []*slackMessage
	times    []time.Time // of every request
	// answers are given to the next requests instead of doing what they ask:
	// "429", "500", "hang", "lost" (done, but the answer never arrives),
	// "" (as usual), else an error code.
	answers []string
}

func (s *fakeSlack) script(answers ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = append(s.answers, answers...)
}

func (s *fakeSlack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := s.next()
	switch answer {
	case "429":
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusTooManyRequests)
		return
	case "500", "404":
		code := http.StatusInternalServerError
		if answer == "404" {
			code = http.StatusNotFound
		}
		http.Error(w, "no such thing: "+r.URL.String(), code)
		return
	case "hang":
		_ = r.ParseForm() // the server sees the client go only when the body was read
		<-r.Context().Done()
		return
	case "", "lost":
	default:
		fmt.Fprintf(w, `{"ok": false, "error": %q}`, answer)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Host == "hooks.slack.example" {
		s.incoming(w, r)
	} else {
		s.api(w, r)
	}
	if answer == "lost" {
		s.mu.Unlock()
		<-r.Context().Done()
		s.mu.Lock()
	}
}

func (s *fakeSlack) next() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.times = append(s.times, time.Now())
	if len(s.answers) == 0 {
		return ""
	}
	answer := s.answers[0]
	s.answers = s.answers[1:]
	return answer
}

func (s *fakeSlack) incoming(w http.ResponseWriter, r *http.Request) {
	var m slackMessage
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil || tooLong(m.Blocks) {
		http.Error(w, "invalid_payload", http.StatusBadRequest)
		return
	}
	s.messages = append(s.messages, &m)
	fmt.Fprint(w, "ok")
}

func (s *fakeSlack) api(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	m := slackMessage{Text: r.Form.Get("text"), Blocks: json.RawMessage(r.Form.Get("blocks"))}
	at := len(s.messages)
	refuse := func(code string) { fmt.Fprintf(w, `{"ok": false, "error": %q}`, code) }
	if strings.HasSuffix(r.URL.Path, "/chat.update") {
		if _, err := fmt.Sscanf(r.Form.Get("ts"), "1000.%06d", &at); err != nil || at >= len(s.messages) || r.Form.Get("channel") != "C024BE91L" {
			refuse("message_not_found")
			return
		}
	}
	switch {
	case r.Form.Get("token") != token && r.Header.Get("Authorization") != "Bearer "+token:
		refuse("invalid_auth")
		return
	case tooLong(m.Blocks):
		refuse("invalid_blocks")
		return
	case at == len(s.messages) && r.Form.Get("thread_ts") == "" && r.Form.Get("channel") != "#ml-oncall":
		refuse("channel_not_found")
		return
	case r.Form.Get("thread_ts") != "":
		s.reply(w, r, &m)
		return
	case at == len(s.messages):
		s.messages = append(s.messages, &m)
	default:
		m.edits, m.replies = s.messages[at].edits+1, s.messages[at].replies
		*s.messages[at] = m
	}
	fmt.Fprintf(w, `{"ok": true, "channel": "C024BE91L", "ts": "1000.%06d"}`, at)
}

// reply puts a message into a thread.
func (s *fakeSlack) reply(w http.ResponseWriter, r *http.Request, m *slackMessage) {
	at := 0
	if _, err := fmt.Sscanf(r.Form.Get("thread_ts"), "1000.%06d", &at); err != nil || at >= len(s.messages) || r.Form.Get("channel") != "C024BE91L" {
		fmt.Fprint(w, `{"ok": false, "error": "thread_not_found"}`)
		return
	}
	m.broadcast = r.Form.Get("reply_broadcast") == "true"
	parent := s.messages[at]
	parent.replies = append(parent.replies, m)
	fmt.Fprintf(w, `{"ok": true, "channel": "C024BE91L", "ts": "1000.%06d%03d"}`, at, len(parent.replies))
}

// tooLong holds blocks against Slack's limits.
func tooLong(raw json.RawMessage) bool {
	if len(raw) == 0 {
		return false
	}
	type block struct {
		Type     string
		Text     struct{ Text string }
		Elements []struct{ Value string }
	}
	var blocks []block
	if json.Unmarshal(raw, &blocks) != nil || len(blocks) > 50 {
		return true
	}
	all := 0
	return slices.ContainsFunc(blocks, func(b block) bool {
		n := utf8.RuneCountInString(b.Text.Text)
		all += n
		long := slices.ContainsFunc(b.Elements, func(e struct{ Value string }) bool { return len(e.Value) > 2000 })
		return b.Type == "section" && n == 0 || n > 3000 || all > 12000 || long || len(b.Elements) > 25
	})
}

// shown gives the messages as they are now.
func (s *fakeSlack) shown() []slackMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []slackMessage
	for _, m := range s.messages {
		all = append(all, *m)
	}
	return all
}

func (s *fakeSlack) requests() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.times)
}
