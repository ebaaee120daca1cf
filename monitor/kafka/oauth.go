package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/segmentio/kafka-go/sasl"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// tokenTimeout bounds a request for a token.
const tokenTimeout = 10 * time.Second

// oauthBearer is the mechanism OAUTHBEARER (RFC 7628; its extensions are of Kafka's
// KIP-342) with tokens by the client credentials of RFC 6749, section 4.4. A token is
// asked for when a connection is made, and used again until shortly before it expires.
type oauthBearer struct {
	url        string
	tokens     oauth2.TokenSource
	extensions map[string]string
}

func newOAuthBearer(s *SASL, secret string) oauthBearer {
	credentials := clientcredentials.Config{ClientID: s.ClientID, ClientSecret: secret, TokenURL: s.TokenURL, Scopes: s.Scopes}
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, &http.Client{
		Timeout: tokenTimeout, Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}, // once an hour
	})
	return oauthBearer{s.TokenURL, credentials.TokenSource(ctx), s.Extensions}
}

const oauthName = "OAUTHBEARER"

// What Kafka takes as names and values of extensions.
var (
	extensionName  = regexp.MustCompile(`^[A-Za-z]+$`)
	extensionValue = regexp.MustCompile(`^[\x20-\x7e\t\r\n]+$`)
)

func (oauthBearer) Name() string { return oauthName }

func (o oauthBearer) Start(context.Context) (sasl.StateMachine, []byte, error) {
	token, err := o.tokens.Token()
	if err != nil {
		why, away := refusal(err)
		return nil, nil, tokenError{fmt.Errorf("no token from %s: %w", o.url, why), away}
	}
	first := "n,,\x01auth=Bearer " + token.AccessToken + "\x01"
	for _, name := range slices.Sorted(maps.Keys(o.extensions)) {
		first += name + "=" + o.extensions[name] + "\x01"
	}
	return bearerAnswer{}, []byte(first + "\x01"), nil
}

// tokenError says that the token that the broker asks for cannot be had, or is refused.
type tokenError struct {
	error
	away bool // of the authorization server: it is no verdict
}

func (e tokenError) Unwrap() error { return e.error }

// refusal leaves out of an error what the other side may have repeated, and says
// whether it was not in a state to answer.
func refusal(err error) (why error, away bool) {
	if refused := (*oauth2.RetrieveError)(nil); errors.As(err, &refused) {
		why := "it answers " + refused.Response.Status
		if refused.ErrorCode != "" {
			why += ", " + refused.ErrorCode
		}
		return errors.New(why), refused.Response.StatusCode >= 500
	}
	if transport := (*url.Error)(nil); errors.As(err, &transport) {
		return transport.Err, true
	}
	return err, false
}

type bearerAnswer struct{}

// Next takes the broker's answer: nothing where it accepts the token, else its reason.
func (bearerAnswer) Next(_ context.Context, answer []byte) (bool, []byte, error) {
	if reason := strings.TrimSpace(string(answer)); reason != "" {
		return false, nil, tokenError{fmt.Errorf("the broker refuses the token: %.200q", reason), false}
	}
	return true, nil, nil
}
