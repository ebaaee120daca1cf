package kafka

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
)

// SASL is who driftwatch says it is: a user with a password, or by OAUTHBEARER a
// client with a secret, of which one of value and file is given. A newline at the
// end of a file is not part of it.
type SASL struct {
	Mechanism    string `yaml:"mechanism"` // PLAIN | SCRAM-SHA-256 | SCRAM-SHA-512 | OAUTHBEARER
	Username     string `yaml:"username"`
	Password     Secret `yaml:"password"`
	PasswordFile string `yaml:"password_file"`

	TokenURL         string            `yaml:"token_url"` // of the authorization server
	ClientID         string            `yaml:"client_id"`
	ClientSecret     Secret            `yaml:"client_secret"`
	ClientSecretFile string            `yaml:"client_secret_file"`
	Scopes           []string          `yaml:"scopes"`
	Extensions       map[string]string `yaml:"extensions"` // sent to the broker with the token, such as logicalCluster

	// AllowPlaintext lets PLAIN and OAUTHBEARER, which send what is secret as it is,
	// do so without TLS.
	AllowPlaintext bool `yaml:"allow_plaintext"`
}

// mechanisms are those that there are.
var mechanisms = []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", oauthName}

func (s *SASL) validate(encrypted bool, report func(key, format string, args ...any)) {
	if !slices.Contains(mechanisms, s.Mechanism) {
		report("sasl.mechanism", "%q is not known: use one of %s", s.Mechanism, strings.Join(mechanisms, ", "))
	}
	if (s.Mechanism == "PLAIN" || s.Mechanism == oauthName) && !encrypted && !s.AllowPlaintext {
		report("sasl.mechanism", "%s without tls sends the password or token readable over the network: add tls, or allow_plaintext: true where nobody else can listen", s.Mechanism)
	}
	user := s.Username != "" || s.Password != "" || s.PasswordFile != ""
	client := s.TokenURL != "" || s.ClientID != "" || s.ClientSecret != "" || s.ClientSecretFile != "" || len(s.Scopes)+len(s.Extensions) > 0
	if s.Mechanism == oauthName {
		if user {
			report("sasl", "OAUTHBEARER has no username and password: give token_url, client_id and client_secret_file")
		}
		if u, err := url.Parse(s.TokenURL); err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !s.AllowPlaintext) {
			report("sasl.token_url", "give the https address of the authorization server's token endpoint")
		}
		if s.ClientID == "" {
			report("sasl.client_id", "give the client to authenticate as")
		}
		if (s.ClientSecret == "") == (s.ClientSecretFile == "") {
			report("sasl", "give exactly one of client_secret_file and client_secret")
		}
		for name, value := range s.Extensions {
			if !extensionName.MatchString(name) || name == "auth" || !extensionValue.MatchString(value) {
				report("sasl.extensions", "%q cannot be sent: a name is of letters and not auth, a value of printable ASCII", name)
			}
		}
		return
	}
	if client {
		report("sasl", "token_url, client_id, client_secret, scopes and extensions are of OAUTHBEARER only")
	}
	if s.Username == "" {
		report("sasl.username", "give the user to authenticate as")
	}
	if (s.Password == "") == (s.PasswordFile == "") {
		report("sasl", "give exactly one of password_file and password")
	}
}

// secret is the value or, where there is a file, what that holds.
func secret(what string, value Secret, file string) (string, error) {
	if file == "" {
		return string(value), nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("the %s cannot be read: %w", what, err)
	}
	held := strings.TrimRight(string(b), "\r\n")
	if held == "" {
		return "", fmt.Errorf("%s is empty; put the %s into it", file, what)
	}
	return held, nil
}

func (s *SASL) load() (sasl.Mechanism, error) {
	if s == nil {
		return nil, nil
	}
	if s.Mechanism == oauthName {
		held, err := secret("secret", s.ClientSecret, s.ClientSecretFile)
		return newOAuthBearer(s, held), err
	}
	password, err := secret("password", s.Password, s.PasswordFile)
	if err != nil {
		return nil, err
	}
	if s.Mechanism == "PLAIN" {
		return plain.Mechanism{Username: s.Username, Password: password}, nil
	}
	return newScram(s.Mechanism, s.Username, password)
}
