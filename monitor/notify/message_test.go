package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"driftwatch/monitor"
	"driftwatch/monitor/notify"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sent gives the message that Slack is sent for an incident.
func sent(t *testing.T, i monitor.Incident) (m slackMessage) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newSetup()
		i.Receivers = []string{"ml-oncall"}
		s.outbox.put(i)
		run(t, s.notifier(t, bot(t)), time.Second)
		shown := s.slack.shown()
		if len(shown) != 1 {
			t.Fatalf("Slack shows %d messages, want 1; log:\n%s", len(shown), s.log)
		}
		m = shown[0]
	})
	return m
}

// run runs n for d.
func run(t *testing.T, n *notify.Notifier, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := n.Run(ctx); err != nil {
		t.Fatal(err)
	}
}

func samples() map[string]monitor.Incident {
	owned := drift()
	late := incident(nil, owned)
	late.FoundLate = true

	worse := owned
	worse.Window.Start, worse.Window.End = at("10:13"), at("10:18")

	missing := other("values-missing", "risk_score", "missing_rate > 0.1", 0)
	missing.Stats = map[string]monitor.Float{"missing_rate": 0.354}
	segment := other("feature-drift", "fee", "psi_lo > limit", 0.17)
	segment.Segment = "country=DE"
	deploy := incident(nil, owned, other("feature-drift", "balance", "psi_lo > limit", 0.52), segment, missing,
		other("new-categories", "channel", "new_rate > 0.05", 0.2), other("volume", "", "rows < 10", 0.1))
	recovered := over(incident(nil, owned), "10:15", "").Alerts[0]
	recovered.ID, recovered.Feature = "payments/feature-drift/-/items/x", "items"
	deploy.Alerts = append(deploy.Alerts, recovered)

	many := incident(nil, owned)
	for n := range 200 {
		many.Alerts = append(many.Alerts, other("feature-drift", fmt.Sprintf("feature_%03d", n), "psi_lo > limit", 0.2))
	}

	blind := monitor.Alert{
		ID: "x", Time: at("10:15"), State: "firing", Previous: "ok", Rule: "driftwatch-blind", Severity: "page", Monitor: "payments",
		Since: at("10:15"), Window: monitor.AlertWindow{Start: at("10:15"), End: at("10:15")},
		When: "blind > 0", Summary: "payments cannot be read: no successful fetch from 1 of 2 partitions for a while",
	}
	hostile := drift()
	hostile.Feature = "a`b <!channel> @channel *x* _y_ ~z~ & <@U1> <https://evil.example|ok>\n\x1b[31m\u202e"
	hostile.Segment = "country=<!here>"
	hostile.Summary = hostile.Feature + " `moved` by `"
	hostile.Runbook = "https://example.org/<!channel>|x"
	hostile.Reference.Name = "<!everyone>"
	hostile.Labels = map[string]string{"owner": "<!channel> *boss*"}
	hostile.Bins = []monitor.AlertBin{{Bin: "<!channel>`", Reference: 0.0004, Current: 0.5, PSI: 1}}
	hostile.Segments = []monitor.AlertSegment{{Segment: "x=`<!channel>`", Share: 1, Kind: "mix"}}

	return map[string]monitor.Incident{
		"one-feature": incident(nil, owned),
		"resolved":    over(incident(nil, owned), "10:40", ""),
		"vanished":    over(incident(nil, owned), "10:40", "vanished"),
		"found-late":  late,
		"worse":       incident(nil, worse),
		"bad-deploy":  deploy,
		"many":        many,
		"blind":       incident(nil, blind),
		"hostile":     incident(nil, hostile),
		"everything":  everything(),
	}
}

// everything is an incident of which all is known.
func everything() monitor.Incident {
	told := drift()
	told.Segments = nil
	told.Story = &monitor.AlertStory{
		Moved:  &monitor.AlertMoved{What: "median", Reference: 50.04, Current: 59230.2},
		Likely: &monitor.AlertLikely{Kind: monitor.LikelyScaled, By: 1003},
		Usual:  29512,
		Trend:  monitor.AlertTrend{Values: []monitor.Float{0.1, 0.2, 0.3, monitor.Float(math.NaN()), 0.4, 0.5, 0.7, 0.8}, Is: "growing"},
	}
	nulls := other("nulls", "fee", "missing_rate > 0.1", 0)
	nulls.Stats, nulls.Severity = map[string]monitor.Float{"missing_rate": 0.35}, "warn"
	nulls.Story = &monitor.AlertStory{Moved: &monitor.AlertMoved{What: "missing_rate", Share: true, Reference: 0.001, Current: 0.35}}
	held := other("feature-drift", "channel", "psi_lo > limit", 0.2)
	held.Held = "caused by schema-change"
	i := incident(nil, told, nulls, held)
	i.Features, i.Lag = 20, 1250
	i.Acknowledged = &monitor.Ack{By: "ann", At: at("10:20")}
	i.Markers = []monitor.Marker{{Time: at("09:00"), Text: "config 7"}, {Time: at("10:03"), Text: "payments 1.42", Author: "ci"}}
	return i
}

// However much there is to say, it is said in eight lines, none of which is too
// wide for a screen, and the condition is not one of them.
func TestMessageIsEightLines(t *testing.T) {
	for name, i := range samples() {
		m := sent(t, i)
		var blocks []struct{ Text struct{ Text string } }
		if err := json.Unmarshal(m.Blocks, &blocks); err != nil || len(blocks) != 1 {
			t.Fatalf("%s: %d blocks, %v", name, len(blocks), err)
		}
		lines := strings.Split(blocks[0].Text.Text, "\n")
		if len(lines) > 8 || strings.Contains(blocks[0].Text.Text, "psi_lo &gt;") {
			t.Errorf("%s has %d lines:\n%s", name, len(lines), blocks[0].Text.Text)
		}
	}
}

// The golden files are what people read: look at them when they change.
func TestMessage(t *testing.T) {
	for name, i := range samples() {
		t.Run(name, func(t *testing.T) {
			m := sent(t, i)
			var pretty bytes.Buffer
			encoder := json.NewEncoder(&pretty)
			encoder.SetEscapeHTML(false)
			encoder.SetIndent("", "  ")
			var blocks any
			if err := json.Unmarshal(m.Blocks, &blocks); err != nil {
				t.Fatal(err)
			}
			if err := encoder.Encode(map[string]any{"text": m.Text, "blocks": blocks}); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".slack.json", pretty.Bytes())
			golden(t, name+".txt", []byte(notify.Render(i)))
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; run with -update where that is meant, and read the difference\ngot:\n%s\nwant:\n%s", file, got, want)
	}
}

// texts are all the texts of a message that Slack formats.
func texts(t testing.TB, m slackMessage) []string {
	all := []string{m.Text}
	var blocks []struct {
		Text struct {
			Text     string
			Verbatim bool
		}
	}
	if err := json.Unmarshal(m.Blocks, &blocks); err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		if !b.Text.Verbatim {
			t.Error("a text is not verbatim; Slack would look for names in it")
		}
		all = append(all, b.Text.Text)
	}
	return all
}

var (
	runbookLink = regexp.MustCompile(`<https://example\.org/[^<>|]*\|runbook>`)
	mention     = regexp.MustCompile(`<!subteam\^S123>`)
	entity      = regexp.MustCompile(`&(amp|lt|gt);`)
)

// checkSafe holds a message against the rules for what comes from data: but for
// our own runbook link and the configured mention nothing is Slack's syntax.
func checkSafe(t testing.TB, m slackMessage, i monitor.Incident) {
	t.Helper()
	for n, text := range texts(t, m) {
		rest := mention.ReplaceAllString(runbookLink.ReplaceAllString(text, ""), "")
		if strings.ContainsAny(rest, "<>") {
			t.Errorf("a < or > of the data is in %q", text)
		}
		if strings.Contains(entity.ReplaceAllString(rest, ""), "&") {
			t.Errorf("an & is not escaped in %q", text)
		}
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' }) || !utf8.ValidString(text) {
			t.Errorf("control characters or invalid UTF-8 in %q", text)
		}
		if strings.Count(text, "`")%2 != 0 {
			t.Errorf("a backtick has no pair in %q", text)
		}
		outside := ""
		for part, span := range strings.Split(rest, "`") {
			if part%2 == 0 {
				outside += span
			}
		}
		if regexp.MustCompile(`@\w`).MatchString(outside) {
			t.Errorf("an @name outside of a code span in %q", text)
		}
		if got := strings.Count(outside, "*"); n == 1 && got != 4 || n != 1 && got != 0 {
			t.Errorf("%d asterisks; only severity and state stand out: %q", got, text)
		}
		if lines := strings.Count(text, "\n") + 1; n == 1 && lines > 8 {
			t.Errorf("%d lines before the details: %q", lines, text)
		}
		if utf8.RuneCountInString(text) > 3000 {
			t.Errorf("a text of %d characters", utf8.RuneCountInString(text))
		}
	}
	if strings.ContainsFunc(notify.Render(i), func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f }) {
		t.Error("a control character reaches the terminal")
	}
}

func TestMessagesAreSafe(t *testing.T) {
	for name, i := range samples() {
		t.Run(name, func(t *testing.T) { checkSafe(t, sent(t, i), i) })
	}
}

func FuzzMessageIsSafe(f *testing.F) {
	f.Add("amount", "country=DE", "PSI 0.31", "(1, 2]", "payments-ml", uint16(1))
	f.Add("`<!channel>`", "*_~@here", "`a` & `b", "\x1b]0;x\a", "<@U1>\n\n", uint16(300))
	f.Add(strings.Repeat("&", 5000), strings.Repeat("<", 5000), strings.Repeat("`&", 5000), strings.Repeat("😀", 5000), strings.Repeat("_", 500), uint16(40))
	f.Fuzz(func(t *testing.T, feature, segment, summary, bin, owner string, copies uint16) {
		a := drift()
		a.Feature, a.Segment, a.Summary = feature, segment, summary
		a.Bins[0].Bin, a.Segments[0].Segment = bin, segment
		i := incident(nil, a)
		i.Labels = map[string]string{"owner": owner, "used_by": owner}
		for n := range copies % 300 {
			b := a
			b.Rule = fmt.Sprint("rule-", n%7)
			i.Alerts = append(i.Alerts, b)
		}
		checkSafe(t, sent(t, i), i)
	})
}
