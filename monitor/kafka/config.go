// Package kafka reads topics for the monitor: one fetch at a time for each
// broker, batches cut into blocks undecoded, committed records only.
package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"

	"driftwatch/rules"
)

// Config is the section "kafka" of the configuration.
type Config struct {
	Brokers  []string `yaml:"brokers"`   // host:port, any of the cluster
	Group    string   `yaml:"group"`     // prefix of the groups that offsets are committed to, for lag dashboards
	ClientID string   `yaml:"client_id"` // shown in the broker's logs and quotas
	TLS      *TLS     `yaml:"tls"`       // nil: plain text
	SASL     *SASL    `yaml:"sasl"`      // nil: no authentication
}

// TLS says how to recognise the broker and, with a certificate, how to be
// recognised by it. The zero value trusts the system's authorities.
type TLS struct {
	CAFile             string `yaml:"ca_file"`
	CertFile           string `yaml:"cert_file"`
	KeyFile            string `yaml:"key_file"`
	InsecureSkipVerify bool   `yaml:"insecure_skip_verify"`
}

// Secret is a string that does not show when it is printed, logged or encoded.
type Secret string

const hidden = "(secret)"

// String hides the secret.
func (Secret) String() string { return hidden }

// GoString hides the secret from %#v.
func (Secret) GoString() string { return hidden }

// MarshalText hides the secret from encoders.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue hides the secret from logs.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// Defaults is the section as it is before the file is read into it.
func Defaults() Config {
	return Config{
		Group:    "driftwatch",
		ClientID: "driftwatch",
	}
}

// Validate names everything that is wrong with the section. path is where it
// stands, such as "kafka".
func (c Config) Validate(path string) []rules.Problem {
	var out []rules.Problem
	report := func(key, format string, args ...any) {
		out = append(out, rules.Problem{Path: path + "." + key, Message: fmt.Sprintf(format, args...)})
	}
	if len(c.Brokers) == 0 {
		report("brokers", "name at least one broker as host:port")
	}
	for i, b := range c.Brokers {
		host, port, err := net.SplitHostPort(b)
		if _, wrong := strconv.ParseUint(port, 10, 16); err != nil || wrong != nil || host == "" || strings.ContainsAny(host, ", ;/\t") {
			report(fmt.Sprintf("brokers[%d]", i), "%q is not host:port, such as localhost:9092; each broker is an entry of its own", b)
		}
	}
	if c.TLS != nil && (c.TLS.CertFile == "") != (c.TLS.KeyFile == "") {
		report("tls", "cert_file and key_file belong together: give both or neither")
	}
	if c.SASL != nil {
		c.SASL.validate(c.TLS != nil, report)
	}
	return out
}

// CheckFiles reads the files that the section names, and says of each what is
// wrong.
func (c Config) CheckFiles(path string) []rules.Problem {
	var out []rules.Problem
	report := func(key string, err error) {
		if err != nil {
			out = append(out, rules.Problem{Path: path + "." + key, Message: err.Error()})
		}
	}
	if t := c.TLS; t != nil {
		_, err := (&TLS{CAFile: t.CAFile}).load()
		report("tls.ca_file", err)
		_, err = (&TLS{CertFile: t.CertFile, KeyFile: t.KeyFile}).load()
		if t.CertFile != "" && t.KeyFile != "" { // one alone is for Validate
			_, noCert := os.ReadFile(t.CertFile)
			_, noKey := os.ReadFile(t.KeyFile)
			if noCert == nil && noKey == nil {
				report("tls.cert_file", err) // the two do not fit
			}
			if noCert != nil {
				report("tls.cert_file", fmt.Errorf("the certificate cannot be read: %w", noCert))
			}
			if noKey != nil {
				report("tls.key_file", fmt.Errorf("the key cannot be read: %w", noKey))
			}
		}
	}
	if c.SASL != nil {
		_, err := secret("password", c.SASL.Password, c.SASL.PasswordFile)
		report("sasl.password_file", err)
		_, err = secret("secret", c.SASL.ClientSecret, c.SASL.ClientSecretFile)
		report("sasl.client_secret_file", err)
	}
	return out
}

// load reads the files that the section names.
func (t *TLS) load() (*tls.Config, error) {
	if t == nil {
		return nil, nil
	}
	out := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: t.InsecureSkipVerify}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("the authorities' certificates cannot be read: %w", err)
		}
		out.RootCAs = x509.NewCertPool()
		if !out.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate in PEM form", t.CAFile)
		}
	}
	if t.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("the certificate and its key cannot be read: %w", err)
		}
		out.Certificates = []tls.Certificate{pair}
	}
	return out, nil
}
