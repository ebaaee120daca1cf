package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"driftwatch/monitor"
	"driftwatch/rules"
)

// WebhookConfig posts each transition as the JSON object that stdout and the
// API show, too. The header Idempotency-Key holds its number.
type WebhookConfig struct {
	URL     string         `yaml:"url"`     // may hold secrets, so it is never shown
	Timeout rules.Duration `yaml:"timeout"` // of one request; default 10s
	// SecretFile holds a secret with which each body is signed: the header
	// X-Driftwatch-Signature is then sha256= and the HMAC-SHA256 of the body in hex.
	SecretFile string `yaml:"secret_file"`
}

func (c *WebhookConfig) validate(report reporter) {
	switch {
	case c.URL == "":
		report("url", "url is missing; give the http or https URL to post to")
	case !isHTTP(c.URL):
		report("url", "this is not an http or https URL")
	}
	if c.Timeout < 0 {
		report("timeout", "the timeout is negative")
	}
}

func (c *WebhookConfig) secrets() []secretFile { return []secretFile{{"secret_file", c.SecretFile}} }

func (c *WebhookConfig) queue(name string, d Deps) (queue, error) {
	w, err := newWebhook(*c, d.Transport)
	if err != nil {
		return nil, err
	}
	return &transitions{receiver: name, outbox: d.Outbox, log: d.Log, to: w}, nil
}

// signatureHeader holds the signature of a body that is signed.
const signatureHeader = "X-Driftwatch-Signature"

// webhook posts each transition to a URL. The body is the alert's JSON, byte
// for byte the same whenever it is repeated, and Idempotency-Key its number.
type webhook struct {
	url    string
	host   string // what may be shown of url
	secret []byte // nil: bodies are not signed
	client *http.Client
}

func newWebhook(c WebhookConfig, transport http.RoundTripper) (*webhook, error) {
	w := &webhook{url: c.URL, client: client(transport, timeoutOr(c.Timeout))}
	if u, err := url.Parse(c.URL); err == nil {
		w.host = u.Host
	}
	if c.SecretFile != "" {
		secret, err := readSecret("secret_file", c.SecretFile)
		if err != nil {
			return nil, err
		}
		w.secret = []byte(secret)
	}
	return w, nil
}

// Append takes any answer 2xx for an acceptance.
func (w *webhook) Append(ctx context.Context, t monitor.Transition) error {
	body, err := t.Alert.Line()
	if err != nil {
		return refused{err}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return refused{fmt.Errorf("cannot post to the webhook at %s: %w", w.host, redact(err, w.url))}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "driftwatch")
	request.Header.Set("Idempotency-Key", strconv.FormatUint(t.Number, 10))
	if w.secret != nil {
		mac := hmac.New(sha256.New, w.secret)
		mac.Write(body)
		request.Header.Set(signatureHeader, "sha256="+hex.EncodeToString(mac.Sum(nil)))
	}
	response, err := w.client.Do(request)
	if err != nil {
		return fmt.Errorf("cannot post to the webhook at %s: %w", w.host, redact(err, w.url))
	}
	defer response.Body.Close()
	// A connection is used again only when its answer was read.
	_, _ = io.CopyN(io.Discard, response.Body, 64<<10)
	return judge(response, "the webhook at "+w.host)
}

// judge says what an answer means: nil for any 2xx.
func judge(response *http.Response, who string) error {
	code := response.StatusCode
	if code >= 200 && code < 300 {
		return nil
	}
	err := fmt.Errorf("%s answered %d %s", who, code, http.StatusText(code))
	after := retryAfter(response.Header.Get("Retry-After"), time.Now())
	switch {
	case after > 0:
		return throttled{err, after}
	case mayPass(code):
		return err
	case code >= 300 && code < 400:
		return refused{fmt.Errorf("%w; redirects are not followed, so give the URL it leads to", err)}
	}
	return refused{fmt.Errorf("%w; check its url and what the server asks for", err)}
}

// mayPass says that a status other than 2xx is not about the request itself.
func mayPass(code int) bool {
	switch code {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return code >= 500
}

// retryAfter reads the header's two forms, seconds and a date; 0: there is no
// such time to come.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
