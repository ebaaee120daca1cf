package notify_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"driftwatch/monitor/notify"
)

// No log line holds a secret or a value, whatever fails and however the other
// side repeats what it was sent.
func TestSecretsStaySecret(t *testing.T) {
	answer := func(code int, secret string) handler {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", r.URL.String())
			w.WriteHeader(code)
			fmt.Fprintf(w, `{"ok": false, "error": %q}`, "no amount "+secret)
		}
	}
	for name, network := range map[string]func(secret string) http.RoundTripper{
		"no connection": func(secret string) http.RoundTripper {
			path := strings.TrimPrefix(secret, "https://hooks.slack.example")
			return broken{errors.New("no route for " + secret + " nor " + path)}
		},
		"refused":        func(secret string) http.RoundTripper { return answer(200, secret) },
		"redirected":     func(secret string) http.RoundTripper { return answer(302, secret) },
		"not found":      func(secret string) http.RoundTripper { return answer(404, secret) },
		"out of order":   func(secret string) http.RoundTripper { return answer(500, secret) },
		"no known words": func(secret string) http.RoundTripper { return answer(200, secret+`"`) },
		"hanging": func(string) http.RoundTripper {
			return handler(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		},
	} {
		for kind, with := range map[string]struct {
			notify.Receiver
			secret string
		}{
			"bot":              {bot(t), token},
			"incoming webhook": {incomingWebhook(t), secretURL},
			"webhook":          {hook(), webhookURL},
		} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				r, transport := with.Receiver, network(with.secret)
				synctest.Test(t, func(t *testing.T) {
					o, log := newOutbox(), &buffer{}
					o.put(incident(toSlack, drift()))
					o.append([]string{"audit"}, drift())
					n, err := notify.New([]notify.Receiver{r}, notify.Deps{
						Outbox: o, Metrics: notify.NewMetrics(nil), Log: logTo(log), Transport: transport,
					})
					if err != nil {
						t.Fatal(err)
					}
					run(t, n, time.Minute)
					for _, secret := range []string{"very-secret", "xoxb", "services/T0", "amount", "country", "81273", "/in?"} {
						if strings.Contains(log.String(), secret) {
							t.Errorf("the log shows %q:\n%s", secret, log)
						}
					}
					// A plain webhook and an incoming one take any 200 for a success.
					taken := kind != "bot" && (name == "refused" || name == "no known words")
					if failed := strings.Contains(log.String(), "receiver="+r.Name); failed == taken {
						t.Errorf("the log names the receiver: %v\n%s", failed, log)
					}
				})
			})
		}
	}
}

// broken is a network that gives nothing but an error.
type broken struct{ error }

func (b broken) RoundTrip(*http.Request) (*http.Response, error) { return nil, b.error }

func TestNewReadsSecrets(t *testing.T) {
	for _, c := range []struct{ name, content, want string }{
		{"empty", "\n", "is empty"},
		{"two words", token + " and more", "holds more than one word"},
		{"missing", "", "cannot read its token_file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := bot(t)
			if c.name == "missing" {
				r.Slack.TokenFile += "-missing"
			} else if err := os.WriteFile(r.Slack.TokenFile, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := notify.New([]notify.Receiver{r}, notify.Deps{Outbox: newOutbox(), Metrics: notify.NewMetrics(nil), Log: discard()})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), `"ml-oncall"`) || strings.Contains(err.Error(), "xoxb") {
				t.Errorf("got %v, want it to name the receiver and say %q without the secret", err, c.want)
			}
		})
	}
}
