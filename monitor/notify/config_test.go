package notify_test

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"driftwatch/monitor/notify"
	"driftwatch/rules"
)

func TestReceiverValidate(t *testing.T) {
	for _, c := range []struct{ yaml, want string }{
		{`{name: a, slack: {channel: "#x", token_file: t, mention: {page: "<!subteam^S012>", warn: "<@U01> <@W02>", info: "<!here>"}}}`, ""},
		{`{name: a, slack: {webhook_url_file: u}}`, ""},
		{`{name: a, webhook: {url: "https://example.org/x", timeout: 3s}}`, ""},
		{`{name: a, stdout: {}}`, ""},
		{`{name: a, stdout: {json: true}}`, ""},
		{`{stdout: {}}`, `r.name: name is missing; routes and rules name their receivers`},
		{`{name: a/b, stdout: {}}`, `r.name: the name "a/b" has a / or a character that cannot be seen; use letters, digits and -`},
		{`{name: a}`, `r: a receiver has exactly one of slack, alertmanager, webhook and stdout; this one has 0`},
		{`{name: a, stdout: {}, webhook: {url: "http://x"}}`, `r: a receiver has exactly one of slack, alertmanager, webhook and stdout; this one has 2`},
		{`{name: a, slack: {channel: "#x"}}`, `r.slack.token_file: token_file is missing; name the file that holds the bot's token, or give webhook_url_file`},
		{`{name: a, slack: {token_file: t}}`, `r.slack.channel: channel is missing; name the channel to post to`},
		{`{name: a, slack: {token_file: t, webhook_url_file: u}}`, `r.slack.webhook_url_file: there is a token_file, too; a bot needs no incoming webhook, so leave one out`},
		{`{name: a, slack: {channel: "#x", webhook_url_file: u}}`, `r.slack.channel: an incoming webhook posts to the channel it was made for; leave channel out, or use token_file`},
		{`{name: a, slack: {api_url: "http://x", webhook_url_file: u}}`, `r.slack.api_url: an incoming webhook has its own URL; leave api_url out, or use token_file`},
		{`{name: a, slack: {channel: "#x", token_file: t, api_url: "x y"}}`, `r.slack.api_url: this is not an http or https URL`},
		{`{name: a, slack: {channel: "#x", token_file: t, mention: {pgae: "<!here>"}}}`, `r.slack.mention.pgae: there is no severity "pgae"; did you mean "page"?`},
		{`{name: a, slack: {channel: "#x", token_file: t, mention: {page: "@oncall"}}}`, `r.slack.mention.page: "@oncall" calls nobody; write it with the id, as in <@U012AB3CD>, <!subteam^S012AB3CD> or <!here>`},
		{`{name: a, webhook: {}}`, `r.webhook.url: url is missing; give the http or https URL to post to`},
		{`{name: a, webhook: {url: "ftp://secret"}}`, `r.webhook.url: this is not an http or https URL`},
	} {
		var r notify.Receiver
		decoder := yaml.NewDecoder(strings.NewReader(c.yaml))
		decoder.KnownFields(true)
		if err := decoder.Decode(&r); err != nil {
			t.Fatalf("%s: %v", c.yaml, err)
		}
		if got := written(r.Validate("r")); got != c.want {
			t.Errorf("%s\ngot:  %s\nwant: %s", c.yaml, got, c.want)
		}
	}
}

func written(problems []rules.Problem) string {
	var all []string
	for _, p := range problems {
		all = append(all, p.Path+": "+p.Message)
	}
	return strings.Join(all, "\n")
}

func TestRoutes(t *testing.T) {
	receivers := []notify.Receiver{{Name: "pager"}, {Name: "ml-oncall"}}
	declared := notify.Routes{"page": {"pager", "ml-oncall"}, "warn": {"ml-oncall"}}
	for _, c := range []struct {
		routes   notify.Routes
		severity string
		override []string
		want     string
	}{
		{declared, "page", nil, "pager ml-oncall"},
		{declared, "warn", nil, "ml-oncall"},
		{declared, "info", nil, ""},
		{declared, "info", []string{"pager"}, "pager"},
		{nil, "info", nil, "pager ml-oncall"},
		{notify.Routes{}, "page", []string{"ml-oncall"}, "ml-oncall"},
	} {
		if got := strings.Join(c.routes.Complete(receivers).For(c.severity, c.override), " "); got != c.want {
			t.Errorf("%v: %s %v goes to %q, want %q", c.routes, c.severity, c.override, got, c.want)
		}
	}
	wrong := notify.Routes{"pages": {"pager"}, "warn": {"pager", "ml-oncal", "nobody-at-all"}}
	want := `routes.pages: there is no severity "pages"; did you mean "page"?
routes.warn[1]: there is no receiver "ml-oncal"; did you mean "ml-oncall"?
routes.warn[2]: there is no receiver "nobody-at-all"; there are: pager, ml-oncall`
	if got := written(wrong.Validate("routes", receivers)); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if got := written(declared.Validate("routes", receivers)); got != "" {
		t.Errorf("good routes: %s", got)
	}
}

func TestReceiverNamesAreUnique(t *testing.T) {
	_, err := notify.New([]notify.Receiver{terminal(false), terminal(true)}, notify.Deps{Outbox: newOutbox(), Metrics: notify.NewMetrics(nil), Log: discard()})
	if err == nil || !strings.Contains(err.Error(), `two receivers are named "terminal"`) {
		t.Errorf("got %v", err)
	}
}
