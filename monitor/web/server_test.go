package web_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"driftwatch/monitor"
	"driftwatch/monitor/web"
)

// start runs a server and gives its address and a way to end it, which says
// how long that took.
func start(t *testing.T, cfg web.Config, api web.API) (address string, end func() time.Duration) {
	t.Helper()
	s := web.New(cfg, api, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	if s.Addr() != "" {
		t.Errorf("the address before listening is %s", s.Addr())
	}
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	return s.Addr(), func() time.Duration {
		began := time.Now()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		return time.Since(began)
	}
}

func TestServe(t *testing.T) {
	defer goleak.VerifyNone(t)
	address, end := start(t, web.Config{Listen: "127.0.0.1:0"}, payments())
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	response, err := client.Get("http://" + address + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	response.Body.Close()
	if string(body) != "ready\n" {
		t.Errorf("got %q", body)
	}
	if took := end(); took > time.Second {
		t.Errorf("ending took %v", took)
	}
	if _, err := net.Dial("tcp", address); err == nil {
		t.Error("the port is still taken")
	}
}

func TestAnEndBeforeTheFirstRequest(t *testing.T) {
	defer goleak.VerifyNone(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := web.New(web.Config{Listen: "127.0.0.1:0"}, payments(), prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	if err := s.Run(ctx); err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", s.Addr()); err == nil {
		t.Error("the port is still taken")
	}
}

// stuck answers nothing until it is let go.
type stuck struct {
	*fake
	entered, leave chan struct{}
}

func (s stuck) Alerts(bool) ([]monitor.Alert, error) {
	close(s.entered)
	<-s.leave
	return nil, nil
}

func TestAStuckRequestDoesNotHoldTheEnd(t *testing.T) {
	defer goleak.VerifyNone(t)
	api := stuck{payments(), make(chan struct{}), make(chan struct{})}
	address, end := start(t, web.Config{Listen: "127.0.0.1:0"}, api)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	failed := make(chan error, 1)
	go func() {
		response, err := client.Get("http://" + address + "/api/v1/alerts")
		if err == nil {
			response.Body.Close()
		}
		failed <- err
	}()
	<-api.entered
	if took := end(); took > time.Second {
		t.Errorf("ending took %v", took)
	}
	if err := <-failed; err == nil {
		t.Error("the request was answered")
	}
	close(api.leave)
}

func TestListenSaysWhatIsWrong(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	address := taken.Addr().String()
	err = web.New(web.Config{Listen: address}, payments(), prometheus.NewRegistry(), slog.New(slog.DiscardHandler)).Run(t.Context())
	want := "the HTTP server cannot listen on " + address + ": bind: address already in use; stop what uses the port, or name another in http.listen"
	if err == nil || err.Error() != want {
		t.Errorf("\n got %v\nwant %s", err, want)
	}
}

func TestValidate(t *testing.T) {
	dir := t.TempDir()
	unknown := write(t, dir, "unknown.yml", "tls: {}\n")
	half := write(t, dir, "half.yml", "tls_server_config: {cert_file: none.pem}\n")
	for _, c := range []struct {
		cfg  web.Config
		want string
	}{
		{web.Default(), ""},
		{web.Config{Listen: ":0"}, ""},
		{web.Config{Listen: "[::1]:9000"}, ""},
		{web.Config{Listen: "localhost"}, `http.listen: "localhost" is not an address; write host:port, such as 127.0.0.1:8080`},
		{web.Config{Listen: "localhost:http"}, `http.listen: "localhost:http" is not an address; write host:port, such as 127.0.0.1:8080`},
		{web.Config{Listen: "localhost:70000"}, `http.listen: "localhost:70000" is not an address; write host:port, such as 127.0.0.1:8080`},
		{web.Config{Listen: ":0", WebConfig: filepath.Join(dir, "none.yml")}, "http.web_config: cannot be used: open " + filepath.Join(dir, "none.yml") + ": no such file or directory"},
		{web.Config{Listen: ":0", WebConfig: unknown}, "http.web_config: cannot be used: yaml: unmarshal errors:\n  line 1: field tls not found in type web.Config"},
		{web.Config{Listen: ":0", WebConfig: half}, "http.web_config: cannot be used: missing one of key or key_file"},
	} {
		var got []string
		for _, p := range c.cfg.Validate("http") {
			got = append(got, p.Path+": "+p.Message)
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%+v:\n got %q\nwant %q", c.cfg, got, c.want)
		}
	}
}

func TestTLSAndBasicAuth(t *testing.T) {
	defer goleak.VerifyNone(t)
	dir := t.TempDir()
	roots := certificate(t, dir)
	// The hash is bcrypt's of "secret".
	config := write(t, dir, "web.yml", `
tls_server_config: {cert_file: cert.pem, key_file: key.pem}
basic_auth_users: {reader: "$2a$04$hPszvATt7PF2GaM/FKIxWekC2xz/fOEjOTTWa3nHFI4Bi6f7zNfT."}
`)
	cfg := web.Config{Listen: "127.0.0.1:0", WebConfig: config}
	if problems := cfg.Validate("http"); problems != nil {
		t.Fatal(problems)
	}
	address, end := start(t, cfg, payments())
	defer end()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	defer client.CloseIdleConnections()
	for password, want := range map[string]int{"secret": 200, "wrong": 401} {
		r, err := http.NewRequest("GET", "https://"+address+"/api/v1/monitors", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("reader", password)
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("password %s: %d, want %d", password, response.StatusCode, want)
		}
	}
}

func TestABadWebConfigEndsTheRun(t *testing.T) {
	defer goleak.VerifyNone(t)
	config := write(t, t.TempDir(), "web.yml", "tls: {}\n")
	s := web.New(web.Config{Listen: "127.0.0.1:0", WebConfig: config}, payments(), prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	err := s.Run(t.Context())
	if err == nil || !strings.HasPrefix(err.Error(), "the HTTP server on 127.0.0.1:") || !strings.Contains(err.Error(), "field tls not found") {
		t.Errorf("got %v", err)
	}
	if _, err := net.Dial("tcp", s.Addr()); err == nil {
		t.Error("the port is still taken")
	}
}

// What goes wrong is logged once, and shown to nobody.
func TestFaultsAreLogged(t *testing.T) {
	var log bytes.Buffer
	api := payments()
	api.err = fmt.Errorf("page 7 is damaged")
	s := web.New(web.Default(), api, prometheus.NewRegistry(), slog.New(slog.NewTextHandler(&log, nil)))
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/api/v1/monitors", nil))
	if strings.Count(log.String(), "page 7 is damaged") != 1 || strings.Contains(w.Body.String(), "page 7") {
		t.Errorf("log %q, answer %q", log.String(), w.Body)
	}
}

func write(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// certificate writes a self-signed one for 127.0.0.1.
func certificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	encoded := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	write(t, dir, "cert.pem", string(encoded))
	write(t, dir, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(encoded)
	return roots
}

// A client that sends its request slowly, or without an end, is cut off, and what is
// too large is refused.
func TestLimitsOfRequests(t *testing.T) {
	address, end := start(t, web.Config{Listen: "127.0.0.1:0"}, payments())
	defer end()
	slow, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if _, err := io.WriteString(slow, "GET /readyz HTTP/1.1\r\nHost: "); err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	do := func(method, path, header, body string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+address+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Long", header)
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	if got := do("GET", "/readyz", strings.Repeat("x", 100<<10), ""); got != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header of 100 KiB: %d", got)
	}
	if got := do("POST", "/api/v1/markers", "", `{"text": "`+strings.Repeat("x", 100<<10)+`"}`); got != http.StatusRequestEntityTooLarge {
		t.Errorf("a body of 100 KiB: %d", got)
	}
	for _, path := range []string{"/static/", "/etc/passwd", "/api/", "/debug/pprof/"} {
		if got := do("GET", path, "", ""); got != http.StatusNotFound {
			t.Errorf("%s: %d", path, got)
		}
	}
	if err := slow.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if said, err := io.ReadAll(slow); err != nil { // its end is the server's doing
		t.Errorf("half a header was not cut off: %q, %v", said, err)
	}
}
