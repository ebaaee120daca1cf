package notify

import (
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"driftwatch/rules"
)

// Receiver is one entry of the configuration's receivers: a name and exactly
// one kind.
type Receiver struct {
	Name    string         `yaml:"name"`
	Slack   *SlackConfig   `yaml:"slack"`
	Webhook *WebhookConfig `yaml:"webhook"`
	Stdout  *StdoutConfig  `yaml:"stdout"`
}

// SlackConfig posts to Slack as a bot, which edits its messages in place, or
// through an incoming webhook, which cannot: that gives one message when an
// incident begins and one when it ends.
type SlackConfig struct {
	Channel        string `yaml:"channel"`          // bot: a channel's name or id; the bot must be a member
	TokenFile      string `yaml:"token_file"`       // bot: holds the token, with the scope chat:write
	WebhookURLFile string `yaml:"webhook_url_file"` // incoming webhook: holds its URL; Slack knows the channel
	APIURL         string `yaml:"api_url"`          // bot: a proxy in front of Slack's API; default https://slack.com/api/
	// Mention is who the first message of an incident calls, by severity, as
	// Slack writes it: <@U012AB3CD>, <!subteam^S012AB3CD>, <!here>.
	Mention map[string]string `yaml:"mention"`
}

// WebhookConfig posts each transition as the JSON object that stdout and the
// API show, too. The header Idempotency-Key holds its number.
type WebhookConfig struct {
	URL     string         `yaml:"url"`     // may hold secrets, so it is never shown
	Timeout rules.Duration `yaml:"timeout"` // of one request; default 10s
}

// StdoutConfig prints each transition on a line, for people or as JSON.
type StdoutConfig struct {
	JSON bool `yaml:"json"`
}

// requestTimeout is long for a healthy receiver, and short beside longPause.
const requestTimeout = 10 * time.Second

// called is a mention as Slack reads it. Anything else would only show as text,
// and nobody would be called.
var called = regexp.MustCompile(`^<(@[UW][A-Z0-9]+|!subteam\^S[A-Z0-9]+|!here|!channel|!everyone)>( <(@[UW][A-Z0-9]+|!subteam\^S[A-Z0-9]+)>)*$`)

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
	kinds := 0
	for _, given := range []bool{r.Slack != nil, r.Webhook != nil, r.Stdout != nil} {
		if given {
			kinds++
		}
	}
	if kinds != 1 {
		report("", "a receiver has exactly one of slack, webhook and stdout; this one has %d", kinds)
	}
	if r.Slack != nil {
		r.Slack.validate(func(key, format string, args ...any) { report("slack."+key, format, args...) })
	}
	if r.Webhook != nil {
		r.Webhook.validate(func(key, format string, args ...any) { report("webhook."+key, format, args...) })
	}
	return problems
}

func (c SlackConfig) validate(report func(key, format string, args ...any)) {
	switch {
	case c.TokenFile == "" && c.WebhookURLFile == "":
		report("token_file", "token_file is missing; name the file that holds the bot's token, or give webhook_url_file")
	case c.TokenFile != "" && c.WebhookURLFile != "":
		report("webhook_url_file", "there is a token_file, too; a bot needs no incoming webhook, so leave one out")
	case c.TokenFile != "" && c.Channel == "":
		report("channel", "channel is missing; name the channel to post to")
	case c.WebhookURLFile != "" && c.Channel != "":
		report("channel", "an incoming webhook posts to the channel it was made for; leave channel out, or use token_file")
	case c.WebhookURLFile != "" && c.APIURL != "":
		report("api_url", "an incoming webhook has its own URL; leave api_url out, or use token_file")
	}
	if c.APIURL != "" && !isHTTP(c.APIURL) {
		report("api_url", "this is not an http or https URL")
	}
	for _, severity := range sortedKeys(c.Mention) {
		if !slices.Contains(rules.Severities(), severity) {
			report("mention."+severity, "%s", rules.Unknown("severity", severity, rules.Severities()))
		}
		if !called.MatchString(c.Mention[severity]) {
			report("mention."+severity, "%q calls nobody; write it with the id, as in <@U012AB3CD>, <!subteam^S012AB3CD> or <!here>", c.Mention[severity])
		}
	}
}

func (c WebhookConfig) validate(report func(key, format string, args ...any)) {
	switch {
	case c.URL == "":
		report("url", "url is missing; give the http or https URL to post to")
	case !isHTTP(c.URL):
		report("url", "this is not an http or https URL")
	}
	if c.Timeout < 0 {
		report("timeout", "the timeout is negative")
	}
}

func isHTTP(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// CheckFiles reads the files of its secrets, and says of each what is wrong.
func (r Receiver) CheckFiles(path string) (problems []rules.Problem) {
	if r.Slack == nil {
		return nil
	}
	for _, f := range []struct{ key, file string }{{"token_file", r.Slack.TokenFile}, {"webhook_url_file", r.Slack.WebhookURLFile}} {
		if f.file == "" {
			continue
		}
		if _, err := readSecret(f.key, f.file); err != nil {
			problems = append(problems, rules.Problem{Path: path + ".slack." + f.key, Message: err.Error()})
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
