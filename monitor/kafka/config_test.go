package kafka_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.yaml.in/yaml/v3"

	"driftwatch/monitor/kafka"
)

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		name, yaml string
		paths      []string // of the problems
	}{
		{"good", `{brokers: ["a:1", "[::1]:2"], tls: {ca_file: x}, sasl: {mechanism: PLAIN, username: u, password_file: p}}`, nil},
		{"empty", `{}`, []string{"kafka.brokers"}},
		{"broker without a port", `{brokers: ["a:1", b, ":9092", "a,b:1", "a:1,b:2", "a:kafka", "a:70000"]}`, []string{"kafka.brokers[1]", "kafka.brokers[2]", "kafka.brokers[3]", "kafka.brokers[4]", "kafka.brokers[5]", "kafka.brokers[6]"}},
		{"half a certificate", `{brokers: ["a:1"], tls: {cert_file: x}}`, []string{"kafka.tls"}},
		{"nothing of sasl", `{brokers: ["a:1"], sasl: {}}`, []string{"kafka.sasl.mechanism", "kafka.sasl.username", "kafka.sasl"}},
		{"two passwords", `{brokers: ["a:1"], sasl: {mechanism: SCRAM-SHA-256, username: u, password: p, password_file: f}}`, []string{"kafka.sasl"}},
		{"a readable password", `{brokers: ["a:1"], sasl: {mechanism: PLAIN, username: u, password: p}}`, []string{"kafka.sasl.mechanism"}},
		{"where nobody else can listen", `{brokers: ["a:1"], sasl: {mechanism: PLAIN, username: u, password: p, allow_plaintext: true}}`, nil},
		{"a client", `{brokers: ["a:1"], tls: {}, sasl: {mechanism: OAUTHBEARER, token_url: "https://x/y", client_id: c, client_secret_file: f, scopes: [s], extensions: {logicalCluster: l}}}`, nil},
		{"a readable token", `{brokers: ["a:1"], sasl: {mechanism: OAUTHBEARER, token_url: "https://x/y", client_id: c, client_secret: s}}`, []string{"kafka.sasl.mechanism"}},
		{"a readable secret", `{brokers: ["a:1"], tls: {}, sasl: {mechanism: OAUTHBEARER, token_url: "http://x/y", client_id: c, client_secret: s}}`, []string{"kafka.sasl.token_url"}},
		{"a client that is none", `{brokers: ["a:1"], tls: {}, sasl: {mechanism: OAUTHBEARER, username: u, extensions: {auth: x}}}`, []string{"kafka.sasl", "kafka.sasl.token_url", "kafka.sasl.client_id", "kafka.sasl", "kafka.sasl.extensions"}},
		{"a user and a client", `{brokers: ["a:1"], sasl: {mechanism: SCRAM-SHA-256, username: u, password: p, client_id: c}}`, []string{"kafka.sasl"}},
	} {
		cfg := kafka.Defaults()
		if err := yaml.Unmarshal([]byte(c.yaml), &cfg); err != nil {
			t.Fatal(err)
		}
		var paths []string
		for _, p := range cfg.Validate("kafka") {
			paths = append(paths, p.Path)
			if p.Message == "" || p.Warning {
				t.Errorf("%s: %+v", c.name, p)
			}
		}
		if !slices.Equal(paths, c.paths) {
			t.Errorf("%s: problems at %v, want %v", c.name, paths, c.paths)
		}
		if cfg.Group != "driftwatch" {
			t.Errorf("%s: the group is %q", c.name, cfg.Group)
		}
	}
}

func TestSecretsDoNotShow(t *testing.T) {
	cfg := kafka.Defaults()
	if err := yaml.Unmarshal([]byte(`{sasl: {password: swordfish}}`), &cfg); err != nil {
		t.Fatal(err)
	}
	if cfg.SASL.Password != "swordfish" {
		t.Fatal("the password was not read")
	}
	var shown bytes.Buffer
	fmt.Fprintf(&shown, "%v %+v %#v %s", cfg.SASL, *cfg.SASL, *cfg.SASL, cfg.SASL.Password)
	slog.New(slog.NewTextHandler(&shown, nil)).Info("x", "password", cfg.SASL.Password, "sasl", cfg.SASL)
	for _, encode := range []func(any) ([]byte, error){json.Marshal, yaml.Marshal} {
		b, err := encode(cfg)
		if err != nil {
			t.Fatal(err)
		}
		shown.Write(b)
	}
	if strings.Contains(shown.String(), "swordfish") {
		t.Errorf("a secret shows: %s", shown.String())
	}
}

// Every mechanism, against a broker that checks it.
func TestSASL(t *testing.T) {
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"} {
		t.Run(mechanism, func(t *testing.T) {
			noLeaks(t)
			_, pl := fake(t, 1, kfake.EnableSASL(), kfake.Superuser(mechanism, "a,b=c", "sword,fish=ü"))
			file := filepath.Join(t.TempDir(), "password")
			if err := os.WriteFile(file, []byte("sword,fish=ü\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg := kafka.Defaults()
			cfg.Brokers = pl.brokers
			cfg.SASL = &kafka.SASL{Mechanism: mechanism, Username: "a,b=c", PasswordFile: file}
			if err := clientOf(t, cfg).Check(t.Context(), payments); err != nil {
				t.Errorf("refused: %v", err)
			}
			cfg.SASL = &kafka.SASL{Mechanism: mechanism, Username: "a,b=c", Password: "swordfish"}
			err := clientOf(t, cfg).Check(t.Context(), payments)
			if err == nil || !strings.Contains(err.Error(), "kafka.sasl") || strings.Contains(err.Error(), "swordfish") {
				t.Errorf("with a wrong password: %v", err)
			}
			cfg.SASL = nil
			if err := clientOf(t, cfg).Check(t.Context(), payments); err == nil || !strings.Contains(err.Error(), "kafka.sasl") {
				t.Errorf("without a login: %v", err)
			}
		})
	}
}

// certificate makes a self-signed one for 127.0.0.1 and the file that trusts it.
func certificate(t *testing.T) (*tls.Config, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "driftwatch"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, file
}

func TestTLS(t *testing.T) {
	noLeaks(t)
	server, ca := certificate(t)
	_, pl := fake(t, 1, kfake.TLS(server))
	for _, c := range []struct {
		name string
		tls  *kafka.TLS
		want string // in the error; "" is none
	}{
		{"trusted", &kafka.TLS{CAFile: ca}, ""},
		{"not checked", &kafka.TLS{InsecureSkipVerify: true}, ""},
		{"not trusted", &kafka.TLS{}, "kafka.tls.ca_file"},
		{"plain text", nil, "kafka.tls"},
	} {
		cfg := kafka.Defaults()
		cfg.Brokers, cfg.TLS = pl.brokers, c.tls
		err := clientOf(t, cfg).Check(t.Context(), payments)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestFilesThatAreMissing(t *testing.T) {
	for want, cfg := range map[string]kafka.Config{
		"kafka.tls.ca_file":        {TLS: &kafka.TLS{CAFile: "/no/such/file"}},
		"holds no certificate":     {TLS: &kafka.TLS{CAFile: "config_test.go"}},
		"kafka.tls.cert_file":      {TLS: &kafka.TLS{CertFile: "/no/such/file", KeyFile: "/no/such/file"}},
		"kafka.sasl.password_file": {SASL: &kafka.SASL{Mechanism: "PLAIN", PasswordFile: "/no/such/file"}},
		"SCRAM-SHA-1":              {SASL: &kafka.SASL{Mechanism: "SCRAM-SHA-1", Password: "x"}},
	} {
		if _, err := kafka.NewClient(cfg, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestCheck(t *testing.T) {
	noLeaks(t)
	_, pl := fake(t, 2, kfake.SeedTopics(1, "refunds"), kfake.EnableSASL(), kfake.EnableACLs(),
		kfake.Superuser("PLAIN", "root", "x"),
		kfake.User("PLAIN", "guest", "x", kfake.ACL{Resource: kmsg.ACLResourceTypeTopic, Name: "refunds", Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: kmsg.ACLOperationAll, Allow: true}))
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for _, c := range []struct {
		name, user, topic string
		brokers           []string
		want              string // in the error; "" is none
	}{
		{"good", "root", payments, pl.brokers, ""},
		{"one broker is down", "root", payments, append([]string{closed.Addr().String()}, pl.brokers...), ""},
		{"missing topic", "root", "paymets", pl.brokers, `the topic "paymets" does not exist on ` + "[" + pl.brokers[0] + "]" + `; did you mean "payments"?`},
		{"no such name", "root", "a topic", pl.brokers, `"a topic"`},
		{"not allowed", "guest", payments, pl.brokers, `may not read the topic "payments"`},
		{"allowed", "guest", "refunds", pl.brokers, ""},
		{"unreachable", "root", payments, []string{closed.Addr().String()}, "cannot reach any broker of [" + closed.Addr().String() + "]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := kafka.Defaults()
			cfg.Brokers, cfg.SASL = c.brokers, &kafka.SASL{Mechanism: "PLAIN", Username: c.user, Password: "x"}
			client := clientOf(t, cfg)
			checked := client.Check(t.Context(), c.topic)
			_, asked := client.Source(c.topic, quick).Topology(t.Context())
			for _, err := range []error{checked, asked} {
				if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
					t.Errorf("%v, want %q", err, c.want)
				}
			}
		})
	}
}

// Every file that cannot be read is named.
func TestCheckFilesNamesAll(t *testing.T) {
	cfg := kafka.Config{TLS: &kafka.TLS{CAFile: "/no/ca", CertFile: "/no/cert", KeyFile: "/no/key"}}
	var got []string
	for _, p := range cfg.CheckFiles("kafka") {
		got = append(got, p.Path)
	}
	slices.Sort(got)
	if want := []string{"kafka.tls.ca_file", "kafka.tls.cert_file", "kafka.tls.key_file"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
