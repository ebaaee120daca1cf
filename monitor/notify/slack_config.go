package notify

import (
	"regexp"
	"slices"

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

func (c *SlackConfig) secrets() []secretFile {
	return []secretFile{{"token_file", c.TokenFile}, {"webhook_url_file", c.WebhookURLFile}}
}

func (c *SlackConfig) queue(name string, d Deps) (queue, error) {
	s, err := newSlack(*c, d.Transport)
	if err != nil {
		return nil, err
	}
	return &incidents{receiver: name, outbox: d.Outbox, to: s}, nil
}
