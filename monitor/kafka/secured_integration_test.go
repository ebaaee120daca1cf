package kafka_test

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"hash"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"driftwatch/monitor/kafka"
)

// secured is a broker of its own that lets in who says who he is: on one port by
// SASL over TLS, on another by a certificate.
type secured struct {
	place                    // in plain text, to fill it
	login, mutual string     // addresses
	tls           *kafka.TLS // trusts the broker and, for mutual, shows itself to it
}

func securedBroker(t *testing.T) secured {
	t.Helper()
	needsBroker(t)
	dir := t.TempDir()
	server, ca := certificate(t)
	key, err := x509.MarshalPKCS8PrivateKey(server.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	trusted, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	private := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
	for name, text := range map[string][]byte{"key.pem": private, "pair.pem": append(slices.Clone(private), trusted...)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ports := freePorts(t, 4)
	text := fmt.Sprintf(`
listeners=PLAINTEXT://127.0.0.1:%[1]d,CONTROLLER://127.0.0.1:%[2]d,LOGIN://127.0.0.1:%[3]d,MUTUAL://127.0.0.1:%[4]d
advertised.listeners=PLAINTEXT://127.0.0.1:%[1]d,LOGIN://127.0.0.1:%[3]d,MUTUAL://127.0.0.1:%[4]d
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,LOGIN:SASL_SSL,MUTUAL:SSL
ssl.keystore.type=PEM
ssl.keystore.location=%[5]s/pair.pem
ssl.truststore.type=PEM
ssl.truststore.location=%[6]s
listener.name.mutual.ssl.client.auth=required
listener.name.login.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER
listener.name.login.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_driftwatch="swordfish";
listener.name.login.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.login.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.login.oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";
`, ports[0], ports[1], ports[2], ports[3], dir, ca)
	if err := os.WriteFile(filepath.Join(dir, "extra.properties"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join("..", "..", ".ci", "broker")
	t.Cleanup(func() {
		if out, err := exec.Command(script, "stop", dir).CombinedOutput(); err != nil {
			t.Errorf("stopping the broker: %v\n%s", err, out)
		}
	})
	start := exec.Command(script, "start", dir)
	start.Env = append(os.Environ(), fmt.Sprintf("BROKER_PORT=%d", ports[0]), fmt.Sprintf("CONTROLLER_PORT=%d", ports[1]))
	if out, err := start.CombinedOutput(); err != nil {
		said, _ := os.ReadFile(filepath.Join(dir, "log"))
		t.Fatalf("starting a broker: %v\n%s\n%s", err, out, said)
	}
	address := func(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
	s := secured{
		place: place{[]string{address(ports[0])}, payments}, login: address(ports[2]), mutual: address(ports[3]),
		tls: &kafka.TLS{CAFile: ca, CertFile: ca, KeyFile: filepath.Join(dir, "key.pem")},
	}
	s.createTopic(t, 1, nil)
	return s
}

// freePorts are ports of the loopback that nothing listens on now.
func freePorts(t *testing.T, n int) (ports []int) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// addScramUser makes a user whom the broker knows by SCRAM.
func (s secured) addScramUser(t *testing.T, user, password string) {
	t.Helper()
	admin := s.producer(t)
	for mechanism, digest := range map[int8]func() hash.Hash{1: sha256.New, 2: sha512.New} {
		salt := []byte("a salt of the test's own")
		salted, err := pbkdf2.Key(digest, password, salt, 4096, digest().Size())
		if err != nil {
			t.Fatal(err)
		}
		u := kmsg.NewAlterUserSCRAMCredentialsRequestUpsertion()
		u.Name, u.Mechanism, u.Iterations, u.Salt, u.SaltedPassword = user, mechanism, 4096, salt, salted
		request := kmsg.NewPtrAlterUserSCRAMCredentialsRequest() // a user stands in one request once
		request.Upsertions = append(request.Upsertions, u)
		response, err := request.RequestWith(t.Context(), admin)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range response.Results {
			if r.ErrorCode != 0 {
				t.Fatalf("adding %s: error %d", r.User, r.ErrorCode)
			}
		}
	}
}

// unsecuredToken is a token as a broker takes it that was given no key to check it.
func unsecuredToken(subject string) string {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	now := time.Now().Unix()
	return part(`{"alg":"none"}`) + "." + part(fmt.Sprintf(`{"sub":%q,"iat":%d,"exp":%d}`, subject, now, now+3600)) + "."
}

// Every way to say who one is, through the fetches that read a topic, against a
// broker that lets in nobody else.
func TestIntegrationSecurity(t *testing.T) {
	s := securedBroker(t)
	noLeaks(t)
	s.addScramUser(t, "driftwatch", "swordfish")
	produce(t, s.producer(t), 0, "v", 100)

	// An authorization server that knows one client.
	given := 0
	logins := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		id, secret, _ := r.BasicAuth()
		if id != "watcher" || secret != "swordfish" || r.FormValue("grant_type") != "client_credentials" || r.FormValue("scope") != "kafka read" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"error": "invalid_client", "error_description": "no client has the secret %s"}`, secret)
			return
		}
		given++
		fmt.Fprintf(w, `{"access_token": %q, "token_type": "bearer", "expires_in": 3600}`, unsecuredToken("watcher"))
	}))
	defer logins.Close()
	bearer := kafka.SASL{
		Mechanism: "OAUTHBEARER", TokenURL: logins.URL, ClientID: "watcher", ClientSecret: "swordfish", Scopes: []string{"kafka", "read"},
		Extensions: map[string]string{"logicalCluster": "lkc-1"},
	}
	wrong := func(change func(*kafka.SASL)) *kafka.SASL {
		s := bearer
		change(&s)
		return &s
	}
	user := func(mechanism, password string) *kafka.SASL {
		return &kafka.SASL{Mechanism: mechanism, Username: "driftwatch", Password: kafka.Secret(password)}
	}
	stranger := &kafka.TLS{CAFile: s.tls.CAFile}
	for _, c := range []struct {
		name, broker string
		tls          *kafka.TLS
		sasl         *kafka.SASL
		want         string // in the error; "" is none
	}{
		{"PLAIN", s.login, s.tls, user("PLAIN", "swordfish"), ""},
		{"SCRAM-SHA-256", s.login, s.tls, user("SCRAM-SHA-256", "swordfish"), ""},
		{"SCRAM-SHA-512", s.login, s.tls, user("SCRAM-SHA-512", "swordfish"), ""},
		{"OAUTHBEARER", s.login, s.tls, &bearer, ""},
		{"a certificate", s.mutual, s.tls, nil, ""},
		{"PLAIN, refused", s.login, s.tls, user("PLAIN", "trout"), "kafka.sasl"},
		{"SCRAM-SHA-256, refused", s.login, s.tls, user("SCRAM-SHA-256", "trout"), "kafka.sasl"},
		{"SCRAM-SHA-512, refused", s.login, s.tls, user("SCRAM-SHA-512", "trout"), "kafka.sasl"},
		{"no token", s.login, s.tls, wrong(func(s *kafka.SASL) { s.ClientSecret = "trout" }), "401 Unauthorized, invalid_client"},
		{"nobody gives tokens", s.login, s.tls, wrong(func(s *kafka.SASL) { s.TokenURL = "http://127.0.0.1:1/" }), "kafka.sasl.token_url"},
		{"an extension that is none", s.login, s.tls, wrong(func(s *kafka.SASL) { s.Extensions = map[string]string{"auth": "x"} }), "kafka.sasl"},
		{"no login", s.login, s.tls, nil, "kafka.sasl"},
		{"no certificate", s.mutual, stranger, nil, "kafka.tls.cert_file"},
		{"no trust", s.mutual, &kafka.TLS{}, nil, "kafka.tls.ca_file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := kafka.Defaults()
			cfg.Brokers, cfg.TLS, cfg.SASL = []string{c.broker}, c.tls, c.sasl
			client := clientOf(t, cfg)
			if err := client.Check(t.Context(), s.topic); (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "trout")) {
				t.Fatalf("%v, want %q", err, c.want)
			}
			if c.want != "" {
				return
			}
			r := start(t, client.Source(s.topic, quick))
			r.wait("the records", func() bool { return len(r.of(0).values) == 100 })
			r.stop()
		})
	}
	if given != 2 { // one for each client that asks with its secret, for all of its connections
		t.Errorf("%d tokens were given", given)
	}
}
