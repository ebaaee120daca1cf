package notify

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"driftwatch/monitor"
)

// chartOf is the alert of which an incident's thread shows a chart: the first that
// is told about of which the distribution is known.
func chartOf(i monitor.Incident) (monitor.Alert, bool) {
	told, _ := apart(i.Alerts)
	for _, g := range byRule(told) {
		for _, a := range g.alerts {
			if a.State == firing && a.Story != nil && len(a.Story.Distribution) > 0 {
				return a, true
			}
		}
	}
	return monitor.Alert{}, false
}

// sendChart puts the chart into the thread, as a picture or, where that fails, drawn
// with text. It is tried once: an alert is told without it, too.
func (b slackBot) sendChart(ctx context.Context, message string, a monitor.Alert) {
	channel, ts, _ := strings.Cut(message, ":")
	title := subject(a).plain() + ": shares of the rows"
	picture, err := chart(title, a.Story.Distribution)
	if err == nil {
		_, err = b.api.UploadFileContext(ctx, slack.UploadFileParameters{
			Reader: bytes.NewReader(picture), FileSize: len(picture), Filename: "distribution.png", Title: title,
			AltTxt: "bars of the reference and of now for each bin", Channel: channel, ThreadTimestamp: ts,
		})
	}
	if err == nil {
		return
	}
	b.log.Warn("the chart of an alert could not be sent as a picture, so it is drawn with text; the bot needs the scope files:write",
		"monitor", a.Monitor, "err", b.explain("cannot upload to", err))
	text := "```" + escape(strings.ReplaceAll(textChart(a.Story.Distribution), "`", "'")) + "```"
	if err := b.call(title, text, []slack.Block{section(text)}, func(content slack.MsgOption) error {
		_, _, err := b.api.PostMessageContext(ctx, channel, slack.MsgOptionTS(ts), content)
		return err
	}); err != nil {
		b.log.Warn("the chart of an alert was not delivered", "monitor", a.Monitor, "err", b.explain("cannot reply in", err))
	}
}

const (
	textBars  = 24 // characters of the longest bar
	textLabel = 18
)

// textChart draws two bars for each bin, the reference above and now below.
func textChart(bins []monitor.AlertBin) string {
	most := 0.01
	for _, b := range bins {
		most = max(most, float64(b.Reference), float64(b.Current))
	}
	lines := []string{"░ reference  █ now"}
	for _, b := range bins[:min(len(bins), chartBins)] {
		label := clean(barName(b), textLabel)
		label += strings.Repeat(" ", textLabel-utf8.RuneCountInString(label))
		for n, side := range []struct {
			share float64
			mark  string
		}{{float64(b.Reference), "░"}, {float64(b.Current), "█"}} {
			if n == 1 {
				label = strings.Repeat(" ", textLabel)
			}
			lines = append(lines, fmt.Sprintf("%s %s %.1f %%", label, strings.Repeat(side.mark, int(side.share/most*textBars+0.5)), 100*side.share))
		}
	}
	return strings.Join(lines, "\n")
}
