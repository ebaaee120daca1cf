package notify

import (
	"errors"
	"net/url"
	"strings"
)

// redact takes secrets out of an error. net/http wraps the URL of a request,
// which is the whole secret of an incoming webhook, and a server may repeat
// what it was sent.
func redact(err error, secrets ...string) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	text := err.Error()
	for _, secret := range secrets {
		text = strings.ReplaceAll(text, secret, "(secret)")
		if u, parseErr := url.Parse(secret); parseErr == nil && len(u.RequestURI()) > 1 {
			text = strings.ReplaceAll(text, u.RequestURI(), "/(secret)")
		}
	}
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}
