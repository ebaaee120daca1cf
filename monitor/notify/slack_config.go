package notify

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"driftwatch/rules"
)

// SlackConfig posts to Slack as a bot, which edits its messages in place, or
// through an incoming webhook, which cannot: that gives one message when an
// incident begins and one when it ends.
type SlackConfig struct {
	Channel        string `yaml:"channel"`          // bot: a channel's name or id; the bot must be a member
	TokenFile      string `yaml:"token_file"`       // bot: holds the token, with the scope chat:write
	WebhookURLFile string `yaml:"webhook_url_file"` // incoming webhook: holds its URL; Slack knows the channel
	APIURL         string `yaml:"api_url"`          // bot: a proxy in front of Slack's API; default https://slack.com/api/
	// AppTokenFile holds the token of the app (xapp-), with the scope
	// connections:write: the messages of incidents that fire have buttons then.
	AppTokenFile string  `yaml:"app_token_file"`
	Allow        Allowed `yaml:"allow"` // who may press them
	// Mention is who the first message of an incident calls, by severity, as
	// Slack writes it: <@U012AB3CD>, <!subteam^S012AB3CD>, <!here>.
	Mention map[string]string `yaml:"mention"`
}

// called is a mention as Slack reads it. Anything else would only show as text,
// and nobody would be called.
var called = regexp.MustCompile(`^<(@[UW][A-Z0-9]+|!subteam\^S[A-Z0-9]+|!here|!channel|!everyone)>( <(@[UW][A-Z0-9]+|!subteam\^S[A-Z0-9]+)>)*$`)

func (c *SlackConfig) validate(report reporter) {
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
	if c.AppTokenFile != "" && c.TokenFile == "" {
		report("app_token_file", "buttons need a bot's message; give token_file, too")
	}
	if c.AppTokenFile != "" && len(c.Allow.Users)+len(c.Allow.Groups) == 0 {
		report("allow", "allow is missing; name the users or groups who may press the buttons, as in {users: [U012AB3CD], groups: [S012AB3CD]}")
	}
	if c.AppTokenFile == "" && len(c.Allow.Users)+len(c.Allow.Groups) > 0 {
		report("allow", "there are no buttons without an app_token_file")
	}
	for _, list := range []struct {
		key  string
		ids  []string
		form *regexp.Regexp
	}{{"users", c.Allow.Users, userID}, {"groups", c.Allow.Groups, groupID}} {
		for n, id := range list.ids {
			if !list.form.MatchString(id) {
				report(fmt.Sprintf("allow.%s[%d]", list.key, n), "%q is no id of Slack's; it shows them in the menu of a profile, such as U012AB3CD, and of a user group, such as S012AB3CD", id)
			}
		}
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

var (
	userID  = regexp.MustCompile(`^[UW][A-Z0-9]+$`)
	groupID = regexp.MustCompile(`^S[A-Z0-9]+$`)
)

func (c *SlackConfig) secrets() []secretFile {
	return []secretFile{{"token_file", c.TokenFile}, {"app_token_file", c.AppTokenFile}, {"webhook_url_file", c.WebhookURLFile}}
}

// api is the address of Slack's API, with a / at its end.
func (c *SlackConfig) api() string {
	return strings.TrimSuffix(cmp.Or(c.APIURL, slack.APIURL), "/") + "/"
}

func (c *SlackConfig) queue(name string, d Deps) (queue, error) {
	s, err := newSlack(*c, d)
	if err != nil {
		return nil, err
	}
	return &incidents{receiver: name, outbox: d.Outbox, to: s}, nil
}
