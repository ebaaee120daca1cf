package decode

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"driftwatch/monitor"
)

// What to do about records that are no JSON objects.
const (
	writeObjects = "driftwatch reads JSON objects, one a record: have the producer write those, or watch a topic into which this one is converted"
	useKafkas    = "driftwatch reads what Kafka's own compression made: have the producer write plain JSON, and set its compression.type instead"
)

// Explain implements monitor.Decoder. The guesses go from those that a few fixed
// bytes make certain to those that only look alike; the first that fits is told.
func (d *jsonDecoder) Explain(record []byte) string {
	if d.Walk(record, func([]byte, monitor.Value) {}) == nil {
		return ""
	}
	for _, guess := range []func([]byte) string{nothing, wide, framed, signed, jsonLike, text, maps} {
		if kind := guess(record); kind != "" {
			return kind
		}
	}
	return "binary data; " + writeObjects
}

func nothing(b []byte) string {
	switch {
	case len(b) == 0:
		return "a record without a byte; the producer should leave it out"
	case skipSpace(b, 0) == len(b):
		return "nothing but white space; the producer should leave it out"
	}
	return ""
}

// wide finds UTF-16, by its byte order mark or since every second byte of ASCII
// in it is 0.
func wide(b []byte) string {
	const utf16 = "text in UTF-16; JSON between systems is UTF-8 (RFC 8259, 8.1): have the producer encode it so"
	if bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) {
		return utf16
	}
	head := b[:min(len(b), 64)]
	if len(head) < 8 || len(b)%2 != 0 {
		return ""
	}
	for zero := range 2 {
		ascii := true
		for i, c := range head {
			ascii = ascii && (i%2 == zero) == (c == 0) && c < utf8.RuneSelf
		}
		if ascii {
			return utf16
		}
	}
	return ""
}

// text tells kinds of text apart that are not like JSON.
func text(b []byte) string {
	if !readable(b) {
		return ""
	}
	start := b[skipSpace(b, 0):]
	if len(start) > 0 && start[0] == '<' {
		return "XML; " + writeObjects
	}
	if bytes.HasPrefix(start, []byte("b'")) || bytes.HasPrefix(start, []byte(`b"`)) {
		return "Python's bytes as it prints them; have the producer send the bytes themselves"
	}
	line, _, _ := bytes.Cut(bytes.TrimSpace(b), []byte("\n"))
	for _, by := range []struct{ sign, name string }{{"\t", "tabs"}, {";", "semicolons"}, {",", "commas"}, {"|", "bars"}} {
		if n := bytes.Count(line, []byte(by.sign)); n >= 2 && !proselike(line, by.sign) {
			return fmt.Sprintf("CSV, %d columns between %s; %s", n+1, by.name, writeObjects)
		}
	}
	return "plain text; " + writeObjects
}

// proselike says that what separates is mostly followed by a space, as the
// commas of a sentence are.
func proselike(line []byte, sign string) bool {
	return 2*bytes.Count(line, []byte(sign+" ")) > bytes.Count(line, []byte(sign))
}

// readable says that it is text: UTF-8 without control characters.
func readable(b []byte) bool {
	control := func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f }
	return utf8.Valid(b) && bytes.IndexFunc(b, control) < 0
}
