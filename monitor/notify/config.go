package notify

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode"

	"driftwatch/rules"
)

// Receiver is one entry of the configuration's receivers: a name and exactly
// one kind.
type Receiver struct {
	Name         string              `yaml:"name"`
	Slack        *SlackConfig        `yaml:"slack"`
	Alertmanager *AlertmanagerConfig `yaml:"alertmanager"`
	Webhook      *WebhookConfig      `yaml:"webhook"`
	Stdout       *StdoutConfig       `yaml:"stdout"`
}

// kindOf is a kind of receiver, as configured. To add one is to write its file and
// to name it in Receiver.
type kindOf interface {
	validate(report reporter)
	secrets() []secretFile
	queue(name string, d Deps) (queue, error)
}

// reporter takes a problem of a key.
type reporter func(key, format string, args ...any)

// secretFile is a file with a secret, and the key that names it; the file may be "".
type secretFile struct{ key, file string }

// kinds are those that are given, by their key.
func (r Receiver) kinds() map[string]kindOf {
	given := map[string]kindOf{}
	if r.Slack != nil {
		given["slack"] = r.Slack
	}
	if r.Alertmanager != nil {
		given["alertmanager"] = r.Alertmanager
	}
	if r.Webhook != nil {
		given["webhook"] = r.Webhook
	}
	if r.Stdout != nil {
		given["stdout"] = r.Stdout
	}
	return given
}

// requestTimeout is long for a healthy receiver, and short beside longPause.
const requestTimeout = 10 * time.Second

// timeoutOr is a configured timeout of one request, or the default.
func timeoutOr(d rules.Duration) time.Duration {
	if d == 0 {
		return requestTimeout
	}
	return time.Duration(d)
}

// Validate gives everything that is wrong with the receiver; path is its own,
// "receivers[0]". Files are read by New, not here.
func (r Receiver) Validate(path string) (problems []rules.Problem) {
	report := func(key, format string, args ...any) {
		at := strings.TrimSuffix(path+"."+key, ".")
		problems = append(problems, rules.Problem{Path: at, Message: fmt.Sprintf(format, args...)})
	}
	if r.Name == "" {
		report("name", "name is missing; routes and rules name their receivers")
	}
	if strings.ContainsFunc(r.Name, func(c rune) bool { return c == '/' || c == unicode.ReplacementChar || !unicode.IsGraphic(c) }) {
		report("name", "the name %q has a / or a character that cannot be seen; use letters, digits and -", r.Name)
	}
	kinds := r.kinds()
	if len(kinds) != 1 {
		report("", "a receiver has exactly one of slack, alertmanager, webhook and stdout; this one has %d", len(kinds))
	}
	for _, key := range sortedKeys(kinds) {
		kinds[key].validate(func(k, format string, args ...any) { report(key+"."+k, format, args...) })
	}
	return problems
}

func isHTTP(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// CheckFiles reads the files of its secrets, and says of each what is wrong.
func (r Receiver) CheckFiles(path string) (problems []rules.Problem) {
	kinds := r.kinds()
	for _, key := range sortedKeys(kinds) {
		for _, f := range kinds[key].secrets() {
			if f.file == "" {
				continue
			}
			if _, err := readSecret(f.key, f.file); err != nil {
				problems = append(problems, rules.Problem{Path: path + "." + key + "." + f.key, Message: err.Error()})
			}
		}
	}
	return problems
}

// readSecret reads a secret from a file; key names the file in the error, which
// never holds what was read.
func readSecret(key, file string) (string, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("cannot read its %s: %w", key, err)
	}
	secret := strings.TrimSpace(string(content))
	switch {
	case secret == "":
		return "", fmt.Errorf("its %s %s is empty; put the secret into it", key, file)
	case strings.ContainsFunc(secret, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return "", fmt.Errorf("its %s %s holds more than one word; it must hold the secret and nothing else", key, file)
	}
	return secret, nil
}
