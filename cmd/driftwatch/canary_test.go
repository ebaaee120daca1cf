package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// canaries are planted where values are, and must come out nowhere. Each has its
// own name, so that a leak says where it was.
var canaries = map[string]string{
	"a rare category":              "canary-rare-category",
	"an unseen category":           "canary-unseen-category",
	"a rare segment":               "canary-rare-segment",
	"text in a number":             "canary-text-in-number",
	"a key":                        "canary-key-7001",
	"a malformed record":           "canary-malformed",
	"a field that few rows have":   "canary_field_of_few",
	"the value of a new field":     "canary-new-field-value",
	"text that is not watched":     "canary-free-text",
	"a header":                     "canary-header",
	"the token of Slack":           "xoxb-canary-token",
	"the secret of the webhook":    "canary-hmac-secret",
	"the address of a webhook":     "canary-url-part",
	"the password of Alertmanager": "canary-am-password",
	"a sensitive number":           "e+15", // as those of salary are written, rounded or not, and no other
	"a sensitive category":         "canary-religion",
}

// TestPrivacyCanaries drives the program with secrets and personal data in every
// place, and looks for them wherever it speaks. The state file is exempt for the
// reference's own dictionary, and for the learning sample while there is one.
func TestPrivacyCanaries(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "payments"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	broker := cluster.ListenAddrs()[0]
	folder := t.TempDir()
	binary := filepath.Join(folder, "driftwatch")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	var mu sync.Mutex
	var sent bytes.Buffer // to all the receivers
	sink := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		fmt.Fprintf(&sent, "%s %s\n", r.URL.Path, body)
		mu.Unlock()
		fmt.Fprint(w, `{"ok": true, "channel": "C1", "ts": "1.1"}`)
	}))
	defer sink.Close()
	for name, secret := range map[string]string{
		"token": canaries["the token of Slack"], "hmac": canaries["the secret of the webhook"], "am": canaries["the password of Alertmanager"],
		"incoming": sink.URL + "/incoming/" + canaries["the address of a webhook"],
	} {
		write(t, filepath.Join(folder, name), secret+"\n")
	}
	file := filepath.Join(folder, "driftwatch.yaml")
	write(t, file, fmt.Sprintf(`kafka: {brokers: [%q]}
http: {listen: "127.0.0.1:0"}
receivers:
  - {name: bot, slack: {channel: C1, token_file: token, api_url: "%[2]s/api"}}
  - {name: incoming, slack: {webhook_url_file: incoming}}
  - {name: hook, webhook: {url: "%[2]s/hook?key=%[3]s", secret_file: hmac}}
  - {name: pager, alertmanager: {url: "%[2]s/am", basic_auth: {username: driftwatch, password_file: am}}}
  - {name: out, stdout: {json: true}}
monitors:
  - name: payments
    topic: payments
    timestamp: event_time
    key: id
    headers: [app]
    segments: [country]
    reference: {profile: payments.profile}
    window: {size: 5m, every: 1m, idle_timeout: 10m}
    features: [amount, kind, country, {name: salary, sensitive: true}, {name: religion, sensitive: true}]
rules:
  - {name: moments, monitor: payments, when: mean > 1000 || wasserstein > 1000, min_samples: 1, min_reference_samples: 1}
  - {name: drift, monitor: payments, segments: ["*"], when: psi > 0.1, min_samples: 1, min_reference_samples: 1}
  - {name: unseen, monitor: payments, when: new_rate > 0, min_samples: 1, min_reference_samples: 1}
  - {name: types, monitor: payments, when: type_error_rate > 0}
  - {name: added, monitor: payments, when: schema_added > 0 || schema_type_changed > 0}
  - {name: bad, monitor: payments, when: malformed_rate > 0 || duplicate_rate > 0}
`, broker, sink.URL, canaries["the address of a webhook"]))
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	produce(t, broker, planted(day, 3000, false))
	profile := filepath.Join(folder, "payments.profile")
	must(t, "records in", "profile", "--config", file, "--to", "2026-11-02T00:00:00Z", "-o", profile)
	produce(t, broker, planted(day.Add(24*time.Hour), 3000, true))

	p := start(t, binary, "run", "--config", file, "--log-level", "debug")
	p.awaitIn(t, p.stdout, `"rule":"unseen"`, 1)
	p.awaitIn(t, p.stdout, `"rule":"types"`, 1)
	p.awaitIn(t, p.stdout, `"rule":"bad"`, 1)
	p.awaitIn(t, p.stdout, `"feature":"salary"`, 1)
	said := map[string]string{}
	for _, path := range []string{
		"/", "/metrics", "/readyz", "/api/v1/monitors", "/api/v1/alerts?all=1", "/api/v1/incidents?all=1", "/api/v1/panes?segment=*",
		"/api/v1/history?feature=kind", "/api/v1/history?feature=amount", "/api/v1/history?feature=salary", "/api/v1/history?feature=religion", "/api/v1/silences", "/api/v1/markers",
	} {
		response, err := http.Get("http://" + p.address(t) + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		said[path] = string(body)
	}
	for end := time.Now().Add(15 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		mu.Lock()
		text := sent.String()
		mu.Unlock()
		all := true
		for _, path := range []string{"/api/chat.postMessage", "/incoming/", "/hook", "/am/api/v2/alerts"} {
			all = all && strings.Contains(text, path)
		}
		if all {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("not every receiver was told:\n%.2000s\n%s", text, p.stderr)
		}
	}
	p.signal(t, syscall.SIGTERM)
	p.wait(t)
	mu.Lock()
	said["receivers"] = strings.ReplaceAll(sent.String(), "/incoming/"+canaries["the address of a webhook"], "/incoming/")
	mu.Unlock()
	said["receivers"] = strings.ReplaceAll(said["receivers"], "token="+canaries["the token of Slack"], "token=") // Slack's own way in
	said["stdout"], said["the log"] = p.stdout.String(), p.stderr.String()
	for _, args := range [][]string{{"profile", "show", "--redact", "--sensitive", "salary,religion", profile}, {"profile", "show", "--json", "--redact", "--sensitive", "salary,religion", profile}} {
		code, stdout, stderr := run(args...)
		if code != exitDone {
			t.Errorf("%v exits with %d", args, code)
		}
		said[strings.Join(args[:3], " ")] = stdout + stderr
	}
	// What may be said is said: a category and a segment that many rows have.
	for sink, what := range map[string][]string{
		"/api/v1/alerts?all=1":           {`"bin":"card"`, "country=DE", `"feature":"salary"`, `"feature":"religion"`, `"bin":"(bin 2)"`},
		"/api/v1/incidents?all=1":        {`"what":"mean","share":false,"relative":true,"reference":1,"current":1.87`},
		"/api/v1/history?feature=salary": {`"psi":`, `"missing_rate":`},
		"/metrics":                       {`driftwatch_feature_psi{feature="salary"`, `driftwatch_feature_mean{feature="amount"`},
		"receivers":                      {"`salary`"},
	} {
		for _, part := range what {
			if !strings.Contains(said[sink], part) {
				t.Errorf("%s does not say %s: %.3000s", sink, part, said[sink])
			}
		}
	}
	if strings.Contains(said["/api/v1/alerts?all=1"], `"rule":"moments"`) {
		t.Error("a rule about means fires for a sensitive feature")
	}
	for sink, text := range said {
		for where, canary := range canaries {
			if at := strings.Index(text, canary); at >= 0 {
				t.Errorf("%s shows %s: ...%.200s", sink, where, text[max(0, at-100):])
			}
		}
	}

	state, err := os.ReadFile(filepath.Join(folder, "driftwatch-state", "driftwatch.db"))
	if err != nil {
		t.Fatal(err)
	}
	exempt := []string{"a rare category", "a rare segment", "a field that few rows have"} // the reference's own
	for where, canary := range canaries {
		if strings.Contains(strings.Join(exempt, "\x00"), where) {
			continue
		}
		if bytes.Contains(state, []byte(canary)) {
			t.Errorf("the state file holds %s", where)
		}
	}
	for path, want := range map[string]os.FileMode{"driftwatch-state": 0o700, "driftwatch-state/driftwatch.db": 0o600} {
		if info, err := os.Stat(filepath.Join(folder, path)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, want %v, %v", path, info.Mode().Perm(), want, err)
		}
	}
}

// planted are payments a second apart with a canary in every place.
func planted(from time.Time, n int, later bool) (all []*kgo.Record) {
	for i := range n {
		at := from.Add(time.Duration(i) * time.Second)
		amount, kind, country, id, more := fmt.Sprint(20+i%37), []string{"card", "cash"}[i%2], []string{"DE", "FR"}[i%2], fmt.Sprintf("id-%d-%v", i, later), ""
		switch {
		case i%600 == 7: // five rows
			kind, country = canaries["a rare category"], canaries["a rare segment"]
			more = fmt.Sprintf(`, %q: %q`, canaries["a field that few rows have"], canaries["the value of a new field"])
		case later && i%3 == 0:
			kind, amount = canaries["an unseen category"], fmt.Sprintf("%q", canaries["text in a number"])
			id = canaries["a key"]
		}
		salary, religion := 1e15+float64(i%53)*17e12, fmt.Sprint(canaries["a sensitive category"], i%2)
		if later {
			salary, religion = 1.9*salary, fmt.Sprint(canaries["a sensitive category"], 0)
		}
		value := fmt.Sprintf(`{"event_time": %q, "id": %q, "amount": %s, "kind": %q, "country": %q, "note": %q, "salary": %v, "religion": %q%s}`,
			at.Format(time.RFC3339), id, amount, kind, country, canaries["text that is not watched"]+fmt.Sprint(i), salary, religion, more)
		if later && i%10 == 1 {
			value = `{"event_time": "` + canaries["a malformed record"]
		}
		r := &kgo.Record{Topic: "payments", Timestamp: at, Value: []byte(value)}
		if i%600 == 7 {
			r.Headers = []kgo.RecordHeader{{Key: "app", Value: []byte(canaries["a header"])}}
		} else {
			r.Headers = []kgo.RecordHeader{{Key: "app", Value: []byte("1.42")}}
		}
		all = append(all, r)
	}
	return all
}
