package notify

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"driftwatch/monitor"
)

// webhook posts each transition to a URL. The body is the alert's JSON, byte
// for byte the same whenever it is repeated, and Idempotency-Key its number.
type webhook struct {
	url    string
	host   string // what may be shown of url
	client *http.Client
}

func newWebhook(c WebhookConfig, transport http.RoundTripper) *webhook {
	timeout := time.Duration(c.Timeout)
	if timeout == 0 {
		timeout = requestTimeout
	}
	w := &webhook{url: c.URL, client: client(transport, timeout)}
	if u, err := url.Parse(c.URL); err == nil {
		w.host = u.Host
	}
	return w
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
	response, err := w.client.Do(request)
	if err != nil {
		return fmt.Errorf("cannot post to the webhook at %s: %w", w.host, redact(err, w.url))
	}
	defer response.Body.Close()
	// A connection is used again only when its answer was read.
	_, _ = io.CopyN(io.Discard, response.Body, 64<<10)
	return w.judge(response)
}

func (w *webhook) judge(response *http.Response) error {
	code := response.StatusCode
	if code >= 200 && code < 300 {
		return nil
	}
	err := fmt.Errorf("the webhook at %s answered %d %s", w.host, code, http.StatusText(code))
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
