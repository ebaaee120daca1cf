package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"driftwatch/monitor"
)

// Controller keeps what people tell by buttons.
type Controller interface {
	Controls() *monitor.Controls
	AddSilence(s monitor.Silence, now time.Time) (monitor.Silence, error)
	Acknowledge(incident, by string, at time.Time) error
	Incident(id string) (i monitor.Incident, found bool, err error)
}

// Allowed are the people whose buttons count: Slack's ids of users, U012AB3CD, and
// of user groups, S012AB3CD.
type Allowed struct {
	Users  []string `yaml:"users"`
	Groups []string `yaml:"groups"`
}

// button is one of those below the message of an incident that fires.
type button struct {
	id, text string
	silence  time.Duration // 0: it acknowledges
}

var buttons = []button{
	{"acknowledge", "Acknowledge", 0},
	{"silence_1h", "Silence 1 h", time.Hour},
	{"silence_1d", "Silence 1 d", 24 * time.Hour},
}

// actions are the buttons of an incident's message. Their value is the incident,
// so that they work as long as the message is there.
func actions(i monitor.Incident) slack.Block {
	var elements []slack.BlockElement
	for _, b := range buttons {
		if b.silence == 0 && i.Acknowledged != nil {
			continue
		}
		elements = append(elements, slack.NewButtonBlockElement(b.id, i.ID, slack.NewTextBlockObject(slack.PlainTextType, b.text, false, false)))
	}
	return slack.NewActionBlock("driftwatch", elements...)
}

// slackButtons listens for buttons through Slack's Socket Mode: driftwatch connects
// to Slack, which needs no way in from outside. What goes wrong there is logged and
// tried again, and does not touch the delivery.
type slackButtons struct {
	api     *slack.Client // with both tokens
	secrets []string
	allow   Allowed
	control Controller
	log     *slog.Logger

	members map[string]membership // of each group
}

// membership is who is in a group, as of a time.
type membership struct {
	users []string
	at    time.Time
}

// membersFor is how long a group's members are taken to be the same.
const membersFor = 5 * time.Minute

func newSlackButtons(c SlackConfig, token string, d Deps) (*slackButtons, error) {
	appToken, err := readSecret("app_token_file", c.AppTokenFile)
	if err != nil {
		return nil, err
	}
	return &slackButtons{
		api: slack.New(token, slack.OptionAppLevelToken(appToken), slack.OptionAPIURL(c.api()),
			slack.OptionHTTPClient(&http.Client{Transport: d.Transport, Timeout: requestTimeout})),
		secrets: []string{token, appToken}, allow: c.Allow, control: d.Controls, log: d.Log, members: map[string]membership{},
	}, nil
}

// run listens until ctx ends, and connects again when a connection is lost.
func (b *slackButtons) run(ctx context.Context) {
	for failures := 0; ctx.Err() == nil; failures++ {
		began := time.Now()
		err := b.listen(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > longPause {
			failures = 0
		}
		pause := backoff(failures)
		b.log.Warn("Slack's buttons do not work: the connection of Socket Mode failed; check app_token_file and its scope connections:write",
			"err", redact(err, b.secrets...), "again_in", pause)
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
}

func (b *slackButtons) listen(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	client := socketmode.New(b.api, socketmode.OptionLog(log.New(io.Discard, "", 0)))
	ended := make(chan error, 1)
	go func() { ended <- client.RunContext(ctx) }()
	for {
		select {
		case err := <-ended:
			return err
		case e := <-client.Events:
			if failed, ok := e.Data.(*slack.ConnectionErrorEvent); ok { // it tries again by itself
				b.log.Warn("Slack's buttons do not work: Socket Mode does not connect", "err", redact(failed.ErrorObj, b.secrets...), "again_in", failed.Backoff)
			}
			if e.Request == nil || e.Request.EnvelopeID == "" { // hello
				continue
			}
			// At once: Slack shows a fault after 3 s, and sends it again.
			if err := client.Ack(*e.Request); err != nil {
				b.log.Debug("answering Slack", "err", redact(err, b.secrets...))
			}
			if pressed, ok := e.Data.(slack.InteractionCallback); ok && pressed.Type == slack.InteractionTypeBlockActions {
				b.pressed(ctx, pressed)
			}
		}
	}
}

// pressed does what a button says, and tells whoever pressed it what came of it.
func (b *slackButtons) pressed(ctx context.Context, p slack.InteractionCallback) {
	for _, action := range p.ActionCallback.BlockActions {
		at := slices.IndexFunc(buttons, func(k button) bool { return k.id == action.ActionID })
		if at < 0 {
			continue
		}
		answer, err := b.do(ctx, buttons[at], action.Value, p.User)
		if err != nil {
			b.log.Error("a button of Slack failed", "button", buttons[at].id, "incident", action.Value, "err", redact(err, b.secrets...))
			answer = "That did not work; the log of driftwatch says why."
		} else {
			b.log.Info("a button of Slack was pressed", "button", buttons[at].id, "incident", action.Value, "user", p.User.ID, "answer", answer)
		}
		if _, err := b.api.PostEphemeralContext(ctx, p.Channel.ID, p.User.ID, slack.MsgOptionText(escape(unformatted(answer)), false)); err != nil {
			b.log.Warn("the answer to a button was not delivered", "err", redact(err, b.secrets...))
		}
	}
}

// do acknowledges or silences. To press twice, or on an old message, is harmless.
func (b *slackButtons) do(ctx context.Context, k button, incident string, user slack.User) (answer string, err error) {
	allowed, err := b.allowed(ctx, user.ID)
	if err != nil {
		return "", err
	}
	if !allowed {
		return "You may not press this: your user id " + user.ID + " is not in slack.allow of driftwatch's configuration.", nil
	}
	by := user.ID
	if user.Name != "" {
		by = user.Name + " (" + user.ID + ")"
	}
	i, found, err := b.control.Incident(incident)
	switch {
	case err != nil:
		return "", err
	case !found:
		return "This incident is so old that driftwatch no longer knows it.", nil
	case k.silence > 0:
		return b.silence(i, k.silence, by)
	case i.Ended != nil:
		return "This incident is over since " + day(i.Ended.Time) + " " + clock(i.Ended.Time) + " UTC.", nil
	case i.Acknowledged != nil:
		return "This incident is already acknowledged by " + i.Acknowledged.By + ".", nil
	}
	if err := b.control.Acknowledge(i.ID, by, time.Now()); err != nil {
		return "", err
	}
	return "Acknowledged: it calls nobody any more until it is over or becomes worse.", nil
}

// silence holds back the alerts that are in the incident now, and no others.
func (b *slackButtons) silence(i monitor.Incident, d time.Duration, by string) (string, error) {
	now := time.Now()
	s := monitor.Silence{
		Monitor: i.Monitor, Start: monitor.Time{Time: now}, End: monitor.Time{Time: now.Add(d)},
		Author: by, Reason: "by a button of the incident " + i.ID,
	}
	for _, a := range i.Alerts {
		segment := a.Segment
		if segment == "" {
			segment = "-"
		}
		s.Rules = with(s.Rules, a.Rule)
		s.Features = with(s.Features, a.Feature)
		s.Segments = with(s.Segments, segment)
	}
	for _, old := range b.control.Controls().Silences {
		// A button that is pressed again, or an envelope that comes twice.
		if old.Active(now) && old.Reason == s.Reason && slices.Equal(old.Features, s.Features) && !old.End.Before(s.End.Add(-time.Minute)) {
			return "This is silenced already until " + day(old.End.Time) + " " + clock(old.End.Time) + " UTC by " + old.Author + ".", nil
		}
	}
	kept, err := b.control.AddSilence(s, now)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Silenced until %s %s UTC; `driftwatch silence end %s` ends it.", day(kept.End.Time), kept.End.UTC().Format("15:04"), kept.ID), nil
}

// with adds a name to patterns, as one that stands for itself.
func with(patterns []string, name string) []string {
	if rest, exclusion := strings.CutPrefix(name, "!"); exclusion {
		name = "?" + rest
	}
	if slices.Contains(patterns, name) {
		return patterns
	}
	return append(patterns, name)
}

func (b *slackButtons) allowed(ctx context.Context, user string) (bool, error) {
	if slices.Contains(b.allow.Users, user) {
		return true, nil
	}
	var failed error
	for _, group := range b.allow.Groups {
		m, known := b.members[group]
		if !known || time.Since(m.at) > membersFor {
			users, err := b.api.GetUserGroupMembersContext(ctx, group)
			if err != nil {
				failed = errors.Join(failed, fmt.Errorf("cannot ask who is in the user group %s; the bot needs the scope usergroups:read: %w", group, err))
				continue
			}
			m = membership{users, time.Now()}
			b.members[group] = m
		}
		if slices.Contains(m.users, user) {
			return true, nil
		}
	}
	return false, failed
}
