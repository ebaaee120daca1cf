package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"driftwatch/monitor"
)

// slackPace is Slack's own limit for a channel: about one message a second.
const slackPace = time.Second

// post is a message on its way to Slack.
type post struct {
	mention string // <@U012AB3CD>: from the configuration; "" calls nobody
	message message
}

// poster is one of the two ways into Slack.
type poster interface {
	// deliver does the next step towards telling Slack of the incident, and gives
	// what has been done then. Each step is one message or edit, so that a crash
	// repeats one at most. call is the mention of those who are called by a sound.
	deliver(ctx context.Context, i monitor.Incident, before monitor.Delivery, call string) (monitor.Delivery, error)
}

// slackReceiver keeps one message for an incident, as far as Slack lets it.
type slackReceiver struct {
	poster  poster
	mention map[string]string
	buttons *slackButtons // nil: there are none
}

func newSlack(c SlackConfig, d Deps) (*slackReceiver, error) {
	s := &slackReceiver{mention: c.Mention}
	client := client(&paced{transport: d.Transport}, requestTimeout)
	if c.WebhookURLFile != "" {
		url, err := readSecret("webhook_url_file", c.WebhookURLFile)
		if err != nil {
			return nil, err
		}
		if !isHTTP(url) {
			return nil, fmt.Errorf("its webhook_url_file %s does not hold an http or https URL", c.WebhookURLFile)
		}
		s.poster = slackWebhook{url: url, client: client}
		return s, nil
	}
	token, err := readSecret("token_file", c.TokenFile)
	if err != nil {
		return nil, err
	}
	if c.AppTokenFile != "" && d.Controls != nil {
		if s.buttons, err = newSlackButtons(c, token, d); err != nil {
			return nil, err
		}
	}
	s.poster = slackBot{
		api:     slack.New(token, slack.OptionHTTPClient(client), slack.OptionAPIURL(c.api())),
		channel: c.Channel,
		token:   token,
		buttons: s.buttons != nil,
		log:     d.Log,
	}
	return s, nil
}

// accompany listens for buttons, if there are any, until ctx ends.
func (s *slackReceiver) accompany(ctx context.Context) {
	if s.buttons != nil {
		s.buttons.run(ctx)
	}
}

// Send calls people by its first message and by the sounds of the incident, and
// not when it is over: nobody needs to get up for that.
func (s *slackReceiver) Send(ctx context.Context, i monitor.Incident, before monitor.Delivery) (monitor.Delivery, error) {
	call := ""
	if i.State == firing {
		call = s.mention[i.Severity]
	}
	after, err := s.poster.deliver(ctx, i, before, call)
	if err != nil {
		return before, err
	}
	return after, nil
}

// paced keeps to slackPace. It is used by one goroutine, its receiver's.
type paced struct {
	transport http.RoundTripper
	next      time.Time
}

// RoundTrip waits for its turn.
func (p *paced) RoundTrip(r *http.Request) (*http.Response, error) {
	timer := time.NewTimer(time.Until(p.next))
	defer timer.Stop()
	select {
	case <-r.Context().Done():
		return nil, r.Context().Err()
	case <-timer.C:
	}
	defer func() { p.next = time.Now().Add(slackPace) }()
	return p.transport.RoundTrip(r)
}

// blocks is the message in Slack's layout: what must be read. The details are for
// the thread or, where there is none, in a section of their own.
func (p post) blocks(threaded bool) []slack.Block {
	blocks := []slack.Block{section(p.head())}
	if !threaded && len(p.message.detail) > 0 {
		blocks = append(blocks, section(fit(p.message.detail, maxText, line.mrkdwn)))
	}
	return blocks
}

func section(text string) slack.Block {
	// Verbatim: Slack is not to look for names and links in the text itself.
	return slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, text, false, true), nil, nil)
}

func (p post) head() string {
	text := fit(p.message.lines, maxText-len(p.mention)-1, line.mrkdwn)
	if p.mention == "" {
		return text
	}
	first, rest, _ := strings.Cut(text, "\n")
	return first + " " + p.mention + "\n" + rest
}

// summary is what a notification on a phone shows.
func (p post) summary() string {
	write := func(l line) string { return escape(unformatted(l.plain())) }
	return fit(p.message.lines[:min(2, len(p.message.lines))], maxText, write)
}

// slackBot posts as a bot user and edits its message, whose thread is the
// incident's timeline. Its ids are channel:ts.
type slackBot struct {
	api     *slack.Client
	channel string
	token   string
	buttons bool
	log     *slog.Logger
}

func (b slackBot) deliver(ctx context.Context, i monitor.Incident, before monitor.Delivery, call string) (after monitor.Delivery, err error) {
	after = monitor.Delivery{MessageID: before.MessageID, Shown: i.Revision, Told: before.Told, Charted: before.Charted, Revision: before.Revision}
	switch a, charted := chartOf(i); {
	case before.Shown < i.Revision:
		after, err = b.show(ctx, i, before, after, call)
	case charted && !before.Charted && before.Told == 0 && i.LastEvent() > 0 && i.State == firing:
		b.sendChart(ctx, before.MessageID, a)
		after.Charted, err = true, ctx.Err() // what was cut off is tried again
	case before.Told < i.LastEvent():
		err = b.tell(ctx, i, before, call)
		after.Told = i.LastEvent()
	}
	if after.Told >= i.LastEvent() {
		after.Revision, after.Shown = i.Revision, 0
	}
	return after, err
}

// show brings the message up to date, or posts it where there is none.
func (b slackBot) show(ctx context.Context, i monitor.Incident, before, after monitor.Delivery, call string) (monitor.Delivery, error) {
	p := post{message: compose(i)}
	blocks := func() []slack.Block {
		blocks := p.blocks(true)
		if b.buttons && i.State == firing {
			blocks = append(blocks, actions(i))
		}
		return blocks
	}
	channel, ts, edits := strings.Cut(before.MessageID, ":")
	if edits && channel != webhookID {
		err := b.call(p.summary(), p.head(), blocks(), func(options slack.MsgOption) error {
			_, _, _, err := b.api.UpdateMessageContext(ctx, channel, ts, options)
			return err
		})
		if !gone(err) || i.State == resolved {
			if gone(err) {
				err, after.Told = nil, i.LastEvent() // somebody deleted it, and now it is over
			}
			return after, b.explain("cannot edit the message in", err)
		}
	}
	if before.MessageID == "" {
		p.mention = call
	}
	err := b.call(p.summary(), p.head(), blocks(), func(options slack.MsgOption) (err error) {
		channel, ts, err = b.api.PostMessageContext(ctx, b.channel, options)
		return err
	})
	if err == nil && ts == "" {
		// slack-go takes {"ok": false} without a reason for a success.
		err = errors.New("the answer names no message")
	}
	after.MessageID, after.Told, after.Charted = channel+":"+ts, 0, false
	return after, b.explain("cannot post to", err)
}

// tell writes into the thread what has happened since it was last told. A sound
// is shown in the channel, too, and calls people; the first message has done so
// for what was before it.
func (b slackBot) tell(ctx context.Context, i monitor.Incident, before monitor.Delivery, call string) error {
	channel, ts, _ := strings.Cut(before.MessageID, ":")
	r := reply(i, before.Told)
	options := []slack.MsgOption{slack.MsgOptionTS(ts)}
	if r.sound && before.Told > 0 {
		options = append(options, slack.MsgOptionBroadcast())
		r.mention = call
	}
	err := b.call(r.summary(), r.text(), r.blocks(), func(content slack.MsgOption) error {
		_, _, err := b.api.PostMessageContext(ctx, channel, append(options, content)...)
		return err
	})
	if gone(err) || answered(err, "thread_not_found", "cannot_reply_to_message") {
		return nil // somebody deleted it; the next edit notices
	}
	return b.explain("cannot reply in", err)
}

// call sends a message, and once more as plain text where Slack does not like its
// layout: less pretty, but told.
func (b slackBot) call(summary, plain string, blocks []slack.Block, send func(slack.MsgOption) error) error {
	text := slack.MsgOptionCompose(slack.MsgOptionParse(false), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
	err := send(slack.MsgOptionCompose(text, slack.MsgOptionText(summary, false), slack.MsgOptionBlocks(blocks...)))
	if answered(err, "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long") {
		return send(slack.MsgOptionCompose(text, slack.MsgOptionText(plain, false), slack.MsgOptionBlocks()))
	}
	return err
}

// gone says that there is no message to edit any more.
func gone(err error) bool {
	return answered(err, "message_not_found", "cant_update_message", "edit_window_closed")
}

func answered(err error, codes ...string) bool {
	r, ok := errors.AsType[slack.SlackErrorResponse](err)
	return ok && slices.Contains(codes, r.Err)
}

func (b slackBot) explain(doing string, err error) error {
	return explain(doing+" Slack channel "+b.channel, err, b.token)
}

// slackWebhook posts through an incoming webhook, which can neither edit nor
// reply nor say what became of a message: one message when an incident begins, one
// for each of its sounds, one when it ends. Its ids are webhook:firing and
// webhook:resolved, the state last told.
type slackWebhook struct {
	url    string
	client *http.Client
}

const webhookID = "webhook"

func (w slackWebhook) deliver(ctx context.Context, i monitor.Incident, before monitor.Delivery, call string) (monitor.Delivery, error) {
	told, _ := strings.CutPrefix(before.MessageID, webhookID+":")
	if told == before.MessageID && told != "" {
		told = firing // by a bot, before the configuration was changed
	}
	after := monitor.Delivery{Revision: i.Revision, MessageID: webhookID + ":" + i.State, Told: i.LastEvent()}
	sound := i.State == firing && sounds(i, before.Told)
	if told == i.State && !sound {
		return after, nil
	}
	p := post{message: compose(i)}
	if before.MessageID == "" || sound {
		p.mention = call
	}
	m := slack.WebhookMessage{
		Text: p.summary(), Blocks: &slack.Blocks{BlockSet: p.blocks(false)}, Parse: "none",
		UnfurlLinks: new(false), UnfurlMedia: new(false),
	}
	err := slack.PostWebhookCustomHTTPContext(ctx, w.url, w.client, &m)
	if status, ok := errors.AsType[slack.StatusCodeError](err); ok && status.Code == http.StatusBadRequest {
		m.Text, m.Blocks = p.head(), nil
		err = slack.PostWebhookCustomHTTPContext(ctx, w.url, w.client, &m)
	}
	return after, explain("cannot post through Slack's incoming webhook", err, w.url)
}
