package examples_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"driftwatch/monitor"
	"driftwatch/monitor/kafka"
	"driftwatch/monitor/store"
	"driftwatch/monitor/web"
)

// alternative matches the keys that are commented out in reference.yaml, since
// they cannot stand beside another one.
var alternative = regexp.MustCompile(`(?m)^( *)#([a-z_]+:)`)

// readReference reads reference.yaml, each key uncommented.
func readReference(t *testing.T) (text []byte, root *yaml.Node) {
	t.Helper()
	text, err := os.ReadFile("reference.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var top yaml.Node
	if err := yaml.Unmarshal(alternative.ReplaceAll(text, []byte("$1$2")), &top); err != nil {
		t.Fatal(err)
	}
	return text, top.Content[0]
}

// check runs driftwatch check and gives what it says of the file, line by line,
// without the position.
func check(t *testing.T, driftwatch, file string) (problems []string) {
	t.Helper()
	out, _ := exec.CommandContext(t.Context(), driftwatch, "check", "--config", file).CombinedOutput()
	for _, m := range regexp.MustCompile(`(?m)^(warning: )?`+regexp.QuoteMeta(file)+`:\d+:\d+: (.*)$`).FindAllStringSubmatch(string(out), -1) {
		problems = append(problems, m[1]+m[2])
	}
	if len(problems) == 0 && !strings.Contains(string(out), file+": no problems") {
		t.Fatalf("check %s:\n%s", file, out)
	}
	return problems
}

func TestReference(t *testing.T) {
	driftwatch := build(t)
	t.Run("complete", func(t *testing.T) { testComplete(t, driftwatch) })
	t.Run("check", func(t *testing.T) { testCheck(t, driftwatch) })
}

// Every key that the program knows stands in reference.yaml. The program itself
// tells them, when it is given a key in each place that it cannot know. That
// there are no others is what check finds.
func testComplete(t *testing.T, driftwatch string) {
	_, root := readReference(t)
	index := regexp.MustCompile(`\[\d+\]`)
	given := map[string]map[string]bool{} // by path, without the indexes of lists
	const probe = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	var visit func(n *yaml.Node, path string)
	visit = func(n *yaml.Node, path string) {
		switch n.Kind {
		case yaml.SequenceNode:
			for _, item := range n.Content {
				visit(item, path)
			}
		case yaml.MappingNode:
			if given[path] == nil {
				given[path] = map[string]bool{}
			}
			for i := 0; i < len(n.Content); i += 2 {
				given[path][n.Content[i].Value] = true
				visit(n.Content[i+1], strings.TrimPrefix(path+"."+n.Content[i].Value, "."))
			}
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: probe}, &yaml.Node{Kind: yaml.ScalarNode, Value: "1"})
		}
	}
	visit(root, "")
	text, err := yaml.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "probed.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, problem := range check(t, driftwatch, file) {
		path, list, found := strings.Cut(problem, probe+": there is no such key; there are: ")
		if !found {
			continue
		}
		path = strings.TrimSuffix(index.ReplaceAllString(path, ""), ".")
		told[path] = true
		for _, key := range strings.Split(list, ", ") {
			if !given[path][key] {
				t.Errorf("reference.yaml lacks the key %s", strings.TrimPrefix(path+"."+key, "."))
			}
		}
	}
	// The other sets of keys are of the reader's own choice, or of severities.
	for _, path := range slices.Sorted(maps.Keys(given)) {
		free := slices.Contains([]string{"routes", "incidents.repeat", "receivers.slack.mention", "monitors.checks", "monitors.labels", "rules.labels", "rules.limits", "kafka.sasl.extensions"}, path)
		if told[path] == free {
			t.Errorf("the keys of %q were told: %t", path, told[path])
		}
	}
}

// What reference.yaml calls a default is one.
func TestReferenceDefaults(t *testing.T) {
	_, root := readReference(t)
	var compare func(n *yaml.Node, v reflect.Value, path string)
	compare = func(n *yaml.Node, v reflect.Value, path string) {
		for i := range v.NumField() {
			key := v.Type().Field(i).Tag.Get("yaml")
			at := slices.IndexFunc(n.Content, func(k *yaml.Node) bool { return k.Value == key })
			if at < 0 {
				continue // testComplete tells
			}
			value, field := n.Content[at+1], v.Field(i)
			if field.Kind() == reflect.Struct {
				compare(value, field, path+"."+key)
				continue
			}
			if value.Kind != yaml.ScalarNode {
				continue
			}
			written := reflect.New(field.Type())
			if err := value.Decode(written.Interface()); err != nil {
				t.Fatal(err)
			}
			called := strings.HasPrefix(value.LineComment, "# default;")
			switch {
			case called && !written.Elem().Equal(field):
				t.Errorf("%s.%s: %s is not the default, %v", path, key, value.Value, field)
			case !called && !field.IsZero():
				t.Errorf("%s.%s has the default %v; %q does not begin with default;", path, key, field, value.LineComment)
			}
		}
	}
	section := func(key string) *yaml.Node {
		at := slices.IndexFunc(root.Content, func(k *yaml.Node) bool { return k.Value == key })
		return root.Content[at+1]
	}
	compare(section("kafka"), reflect.ValueOf(kafka.Defaults()), "kafka")
	compare(section("state"), reflect.ValueOf(store.Default()), "state")
	compare(section("http"), reflect.ValueOf(web.Default()), "http")
	compare(section("monitors").Content[0], reflect.ValueOf(monitor.Default()), "monitors[0]")
}

// Nothing is wrong with reference.yaml but the files it names; and where they
// are there, nothing.
func testCheck(t *testing.T, driftwatch string) {
	text, _ := readReference(t)
	secrets := map[string]string{
		"kafka.password": "secret", "slack.token": "xoxb-test", "slack.app-token": "xapp-test", "kafka.secret": "secret", "pager.password": "secret", "hook.secret": "secret", "slack.url": "https://example.org/slack", "web.yaml": "{}",
	}
	server := httptest.NewTLSServer(nil)
	server.Close()
	certificate := server.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	secrets["kafka-client.key"] = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	secrets["kafka-client.pem"] = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}))
	secrets["kafka-ca.pem"] = secrets["kafka-client.pem"]

	missing := []string{
		"http.web_config", "kafka.sasl.password_file", "kafka.tls.ca_file", "kafka.tls.cert_file", "kafka.tls.key_file",
		"receivers[0].slack.app_token_file", "receivers[0].slack.token_file", "receivers[1].slack.webhook_url_file",
		"receivers[2].alertmanager.basic_auth.password_file", "receivers[3].webhook.secret_file",
	}
	var paths []string
	for _, problem := range check(t, driftwatch, "reference.yaml") {
		path, what, _ := strings.Cut(problem, ": ")
		paths = append(paths, path)
		if !strings.HasSuffix(what, "no such file or directory") {
			t.Errorf("check: %s", problem)
		}
	}
	if slices.Sort(paths); !slices.Equal(paths, missing) {
		t.Errorf("files are missing at %q, not at %q", paths, missing)
	}

	// With every way to say who driftwatch is.
	t.Setenv("KAFKA_PASSWORD", "secret")
	t.Setenv("KAFKA_CLIENT_SECRET", "secret")
	without := func(text []byte, keys string) []byte {
		all := alternative.ReplaceAll(text, []byte("$1$2"))
		return regexp.MustCompile(`(?m)^ {4}(`+keys+`).*\n`).ReplaceAll(all, nil)
	}
	client := bytes.Replace(text, []byte("SCRAM-SHA-512 "), []byte("OAUTHBEARER "), 1)
	const ofUser, ofClient = "username: |password_file: kafka|password: ", "token_url: |client_id: |client_secret_file: |client_secret: |scopes: |extensions: "
	for _, text := range [][]byte{
		text, without(text, "password_file: kafka|"+ofClient),
		without(client, ofUser+"|client_secret: "), without(client, ofUser+"|client_secret_file: "),
	} {
		dir := t.TempDir()
		if err := os.CopyFS(filepath.Join(dir, "payments"), os.DirFS("payments")); err != nil {
			t.Fatal(err)
		}
		for name, content := range secrets {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		file := filepath.Join(dir, "reference.yaml")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := check(t, driftwatch, file); len(got) != 0 {
			t.Errorf("check says\n%s", strings.Join(got, "\n"))
		}
	}
}
