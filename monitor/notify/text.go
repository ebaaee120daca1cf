package notify

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// line is a line of a message before it is known where it is shown: each part
// knows what it is, and only mrkdwn and plain know how that is written.
type line []span

type span struct {
	kind kind
	text string
	url  string // of a link
}

type kind int

const (
	prose  kind = iota // words
	strong             // words that stand out
	code               // anything that comes from the data, and names
	wide               // code of up to longSummary
	link
)

// How much of a text is shown, in characters.
const (
	longName    = 80
	longSummary = 240
	// maxText is Slack's limit for the text of a section, in characters;
	// counting bytes stays below it.
	maxText = 3000
)

func say(text string) span   { return span{kind: prose, text: text} }
func shout(text string) span { return span{kind: strong, text: text} }
func quote(text string) span { return span{kind: code, text: text} }

// plain writes the line for a terminal.
func (l line) plain() string {
	var b strings.Builder
	for _, s := range l {
		text := clean(s.text, longSummary)
		switch {
		case s.kind == code:
			text = clean(s.text, longName)
		case s.kind == link && s.text != s.url:
			text += " " + clean(s.url, longSummary)
		}
		b.WriteString(text)
	}
	return b.String()
}

// mrkdwn writes the line for Slack. Nothing in it can call people, link or
// change the look of the message but the kinds of its spans.
func (l line) mrkdwn() string {
	var b strings.Builder
	for _, s := range l {
		switch s.kind {
		case prose:
			b.WriteString(escape(unformatted(clean(s.text, longSummary))))
		case strong:
			b.WriteString("*" + escape(unformatted(clean(s.text, longName))) + "*")
		case code:
			b.WriteString("`" + escape(strings.ReplaceAll(clean(s.text, longName), "`", "'")) + "`")
		case wide:
			b.WriteString("`" + escape(strings.ReplaceAll(clean(s.text, longSummary), "`", "'")) + "`")
		case link:
			b.WriteString("<" + slackURL(s.url) + "|" + escape(unformatted(clean(s.text, longName))) + ">")
		}
	}
	return b.String()
}

// clean makes text safe to show anywhere: one line, valid UTF-8, no control
// characters (a terminal obeys them), none that are invisible or turn the
// direction of writing, and at most limit characters.
func clean(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if utf8.RuneCountInString(text) > limit {
		text = string([]rune(text)[:limit-1]) + "…"
	}
	return text
}

// escape writes the three characters that are Slack's own. Without a plain <
// there is neither a mention nor a link. See
// https://docs.slack.dev/messaging/formatting-message-text
func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// unformatted takes their meaning from the characters that format, which have
// no escape, by look-alikes. An @ is parted from its word: some clients look
// for @channel in plain text.
func unformatted(text string) string {
	text = strings.NewReplacer("`", "'", "*", "∗", "~", "∼", "@", "@\u2060").Replace(text)
	// _ formats at the edge of a word only, and names are full of it inside.
	runes := []rune(text)
	for i, r := range runes {
		if r == '_' && (i == 0 || i == len(runes)-1 || !isWord(runes[i-1]) || !isWord(runes[i+1])) {
			runes[i] = '＿'
		}
	}
	return string(runes)
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// slackURL keeps a URL inside the brackets of its link.
func slackURL(url string) string {
	return strings.NewReplacer("<", "%3C", ">", "%3E", "|", "%7C", "&", "&amp;").Replace(url)
}

// sentence splits a rule's summary at its backticks, so that `amount` is shown
// as a name. One without its pair is just a character.
func sentence(text string) line {
	parts := strings.Split(clean(text, longSummary), "`")
	if last := len(parts) - 1; last%2 == 1 {
		parts[last-1] += "'" + parts[last]
		parts = parts[:last]
	}
	var l line
	for i, part := range parts {
		switch {
		case part == "":
		case i%2 == 1:
			l = append(l, quote(part))
		default:
			l = append(l, say(part))
		}
	}
	return l
}

// fit joins lines, each written by write, to a text of at most limit bytes. What
// does not fit is counted in a last line.
func fit(lines []line, limit int, write func(line) string) string {
	var b strings.Builder
	for i, l := range lines {
		text := write(l)
		more := say("… and " + strconv.Itoa(len(lines)-i) + " more")
		room := limit - b.Len() - 1
		if i < len(lines)-1 {
			room -= len(write(line{more})) + 1
		}
		if len(text) > room {
			return strings.TrimPrefix(b.String()+"\n"+write(line{more}), "\n")
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(text)
	}
	return b.String()
}
