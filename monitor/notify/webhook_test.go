package notify_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"driftwatch/monitor/notify"
)

// posted is what a webhook server was sent.
type posted struct {
	key  string
	body string
}

// A server that takes and refuses as it likes, an outbox whose cursor cannot be
// written now and then, and a process that ends: every transition that names
// the receiver arrives, in order, with the same bytes and key when repeated.
func TestWebhookOrderAndAtLeastOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		codes := rapid.SliceOfN(rapid.SampledFrom([]int{200, 204, 200, 500, 429, 503, 404, 0, -1}), 0, 30).Draw(rt, "answers")
		runs := rapid.SliceOfN(rapid.IntRange(0, 900), 1, 4).Draw(rt, "seconds of each run")
		ours := rapid.SliceOfN(rapid.Bool(), 1, 30).Draw(rt, "named in")
		failing := rapid.IntRange(0, 5).Draw(rt, "cursor writes that fail")
		synctest.Test(t, func(t *testing.T) {
			s := newSetup()
			var mu sync.Mutex // protects codes and got
			var got []posted
			lost := 0 // answers
			take := func(r *http.Request) (code int) {
				mu.Lock()
				defer mu.Unlock()
				code = http.StatusOK
				if len(codes) > 0 {
					code, codes = codes[0], codes[1:]
				}
				body, _ := io.ReadAll(r.Body)
				if code <= 0 {
					lost++
				}
				if code < 300 { // taken; the answers 0 and -1 are lost
					got = append(got, posted{r.Header.Get("Idempotency-Key"), string(body)})
				}
				return code
			}
			s.webhook = func(w http.ResponseWriter, r *http.Request) {
				code := take(r)
				if code <= 0 {
					<-r.Context().Done()
					return
				}
				w.WriteHeader(code)
			}
			left := failing
			s.outbox.failCursor = func(uint64) error {
				if left > 0 {
					left--
					return errDisk
				}
				return nil
			}
			var want []posted
			for n, a := range numbered(len(ours)) {
				receivers := []string{"somebody-else"}
				if ours[n] {
					receivers = append(receivers, "audit")
					body, _ := a.Line()
					want = append(want, posted{strconv.Itoa(n + 1), string(body)})
				}
				s.outbox.append(receivers, a)
			}
			for _, seconds := range runs {
				run(t, s.notifier(t, hook()), time.Duration(seconds)*time.Second)
			}
			run(t, s.notifier(t, hook()), 24*time.Hour)
			seen := map[posted]bool{}
			var first []posted
			for _, p := range got {
				if !seen[p] {
					first = append(first, p)
				}
				seen[p] = true
			}
			if fmt.Sprint(first) != fmt.Sprint(want) {
				rt.Fatalf("arrived, without repeats:\n%v\nwant:\n%v", first, want)
			}
			// Once more at most for each time that it could not be known, or kept.
			if repeats, most := len(got)-len(first), lost+failing-left+len(runs); repeats > most {
				rt.Fatalf("%d requests are repeated, %d answers or records were lost", repeats, most)
			}
		})
	})
}

// What a webhook's answers make of the next request.
func TestWebhookFailures(t *testing.T) {
	date := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	for _, c := range []struct {
		name        string
		code        int
		header      string
		least, most time.Duration
		log         string
	}{
		{"500", 500, "", 750 * time.Millisecond, time.Second, "500 Internal Server Error"},
		{"429", 429, "", 750 * time.Millisecond, time.Second, "429 Too Many Requests"},
		{"429 with seconds", 429, "40", 40 * time.Second, 40 * time.Second, "429"},
		{"503 with a date", 503, "date", 59 * time.Second, 61 * time.Second, "503"},
		{"503 with a year", 503, "31536000", time.Hour, time.Hour, "503"},
		{"503 with nonsense", 503, "soon", 750 * time.Millisecond, time.Second, "503"},
		{"403", 403, "", 5 * time.Minute, 5*time.Minute + 10*time.Second, "check its url"},
		{"301", 301, "", 5 * time.Minute, 5*time.Minute + 10*time.Second, "redirects are not followed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup()
				var at []time.Time
				s.webhook = func(w http.ResponseWriter, r *http.Request) {
					at = append(at, time.Now())
					if len(at) > 1 {
						return
					}
					switch c.header {
					case "":
					case "date":
						w.Header().Set("Retry-After", date(time.Minute))
					default:
						w.Header().Set("Retry-After", c.header)
					}
					w.Header().Set("Location", "https://elsewhere.example/")
					w.WriteHeader(c.code)
				}
				s.outbox.append([]string{"audit"}, drift())
				run(t, s.notifier(t, hook()), 3*time.Hour)
				if len(at) != 2 {
					t.Fatalf("%d requests, want 2", len(at))
				}
				if pause := at[1].Sub(at[0]); pause < c.least || pause > c.most {
					t.Errorf("tried again after %s, want %s to %s", pause, c.least, c.most)
				}
				if !strings.Contains(s.log.String(), c.log) {
					t.Errorf("the log does not say %q:\n%s", c.log, s.log)
				}
			})
		})
	}
}

func TestBackoffGrowsToFiveMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		var at []time.Time
		s.webhook = func(w http.ResponseWriter, _ *http.Request) {
			at = append(at, time.Now())
			w.WriteHeader(500)
		}
		s.outbox.append([]string{"audit"}, drift())
		run(t, s.notifier(t, hook()), 2*time.Hour)
		for n := range len(at) - 1 {
			most := min(time.Second<<min(n, 20), 5*time.Minute)
			if pause := at[n+1].Sub(at[n]); pause > most || pause < most*3/4 {
				t.Errorf("pause %d is %s, want %s to %s", n, pause, most*3/4, most)
			}
		}
		if len(at) < 30 {
			t.Errorf("%d requests in two hours", len(at))
		}
	})
}

func TestWebhookOverTheNetwork(t *testing.T) {
	defer goleak.VerifyNone(t)
	s := newSetup()
	got := make(chan *http.Request, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r }))
	defer server.Close()
	r := hook()
	r.Webhook.URL = server.URL
	n, err := notify.New([]notify.Receiver{r}, notify.Deps{Outbox: s.outbox, Metrics: s.metrics, Log: discard()})
	if err != nil {
		t.Fatal(err)
	}
	stop := start(t, n)
	s.outbox.append([]string{"audit"}, numbered(3)...)
	for n := range 3 {
		r := <-got
		if r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Idempotency-Key") != strconv.Itoa(n+1) || r.Method != http.MethodPost {
			t.Errorf("request %d is %s with %v", n, r.Method, r.Header)
		}
	}
	stop()
}

// The signature is that of RFC 2104 over the body, written out from its formula.
func TestWebhookSignature(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		const secret = "Jefe"
		var body []byte
		var signature string
		s.webhook = func(_ http.ResponseWriter, r *http.Request) {
			body, _ = io.ReadAll(r.Body)
			signature = r.Header.Get("X-Driftwatch-Signature")
		}
		r := hook()
		r.Webhook.SecretFile = secretFile(t, secret)
		s.outbox.append([]string{"audit"}, drift())
		run(t, s.notifier(t, r), time.Second)
		inner, outer := bytes.Repeat([]byte{0x36}, 64), bytes.Repeat([]byte{0x5c}, 64)
		for i := range len(secret) {
			inner[i] ^= secret[i]
			outer[i] ^= secret[i]
		}
		first := sha256.Sum256(append(inner, body...))
		want := fmt.Sprintf("sha256=%x", sha256.Sum256(append(outer, first[:]...)))
		if len(body) == 0 || signature != want {
			t.Errorf("the signature of %d bytes is %q, want %q", len(body), signature, want)
		}
	})
}
