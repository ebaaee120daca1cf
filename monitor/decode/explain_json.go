package decode

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode"
)

// jsonLike says of what begins like JSON where it goes wrong, or what it is in
// place of an object. Bytes are counted from 1.
func jsonLike(b []byte) string {
	if rest, marked := bytes.CutPrefix(b, []byte("\xef\xbb\xbf")); marked && json.Valid(rest) {
		return "JSON behind a byte order mark, which JSON must not have (RFC 8259, 8.1); have the producer leave it out"
	}
	var value json.RawMessage
	if json.Unmarshal(b, &value) == nil {
		return noObject(value)
	}
	at, place := skipSpace(b, 0), wrongByte(b)
	if early := place > len(b); !begins(b, at, early) {
		return ""
	} else if early {
		return fmt.Sprintf("JSON that ends early, after byte %d; something on its way cuts it off: look for a limit of length in the producer", len(b))
	}
	if end := firstEnd(b); end >= 0 && place > end {
		if nextIs(b, place-1, '{') || nextIs(b, place-1, ',') && nextIs(b, place, '{') {
			return fmt.Sprintf("several JSON objects in one record, the second after byte %d of %d; driftwatch reads one a record: have the producer write each as a record of its own", end, len(b))
		}
		return fmt.Sprintf("a JSON object with something else behind it, after byte %d of %d; %s", end, len(b), correct)
	}
	return fmt.Sprintf("%s, at byte %d of %d; %s", mistake(b, place-1), place, len(b), correct)
}

// begins says that the text at i can be meant as JSON. A [ alone may begin a line
// of a log, too.
func begins(b []byte, i int, early bool) bool {
	if i == len(b) {
		return false
	}
	return b[i] == '{' || b[i] == '[' && (early || nextIs(b, i+1, '{') || nextIs(b, i+1, '[') || nextIs(b, i+1, '"'))
}

// wrongByte counts to the first byte at which b cannot be JSON any more; it is
// beyond the end where with more bytes b could be. A byte that stands nowhere in
// JSON is put at the end, so that it is wrong there at the latest.
func wrongByte(b []byte) int {
	var wrong *json.SyntaxError
	errors.As(json.Unmarshal(append(bytes.Clone(b), 0), &json.RawMessage{}), &wrong)
	return int(wrong.Offset)
}

const correct = "have the producer write it with a JSON library, not by hand"

// noObject is about JSON that is something else than an object.
func noObject(value json.RawMessage) string {
	switch value[0] {
	case '[':
		return "a JSON array; driftwatch reads JSON objects, one a record: have the producer write each element as a record of its own"
	case '"':
		var inner string
		if json.Unmarshal(value, &inner) == nil && json.Valid([]byte(inner)) {
			return "a JSON string that holds JSON: it was encoded twice; have the producer leave one encoding out"
		}
		return "a JSON string; " + writeObjects
	case 't', 'f', 'n':
		return "a JSON literal (true, false or null); " + writeObjects
	}
	return "a JSON number; " + writeObjects
}

// mistake names the known ones by the byte at i, at which it cannot be JSON any
// more, and by what is before it.
func mistake(b []byte, i int) string {
	before := bytes.TrimRight(b[:i], " \t\r\n")
	last := byte(0)
	if len(before) > 0 {
		last = before[len(before)-1]
	}
	for _, word := range []struct{ name, what string }{
		{"NaN", "JSON with a NaN or an infinity, which JSON does not have: write null"},
		{"Infinity", "JSON with a NaN or an infinity, which JSON does not have: write null"},
		{"nan", "JSON with a NaN or an infinity, which JSON does not have: write null"},
		{"inf", "JSON with a NaN or an infinity, which JSON does not have: write null"},
		{"None", "a Python dictionary as it is printed, with None, True or False"},
		{"True", "a Python dictionary as it is printed, with None, True or False"},
		{"False", "a Python dictionary as it is printed, with None, True or False"},
		{"undefined", "JavaScript with undefined, which JSON does not have: write null"},
		{"//", "JSON with a comment"},
		{"/*", "JSON with a comment"},
	} {
		// Of nan the first letter could be that of null.
		if bytes.HasPrefix(b[i:], []byte(word.name)) || i > 0 && word.name == "nan" && bytes.HasPrefix(b[i-1:], []byte(word.name)) {
			return word.what
		}
	}
	switch c := b[i]; {
	case c == '\'':
		return "JSON-like text with single quotes, as Python prints a dictionary"
	case (c == '}' || c == ']') && last == ',':
		return "JSON with a comma that nothing follows"
	case c < ' ':
		return "JSON with a control character that is not escaped"
	case (last == '{' || last == ',') && bareKey(b[i:]):
		return "JSON-like text with a key that is not quoted"
	}
	return "JSON that goes wrong"
}

// firstEnd is where the object that a record begins with ends; -1: it does not.
func firstEnd(b []byte) int {
	i := openObject(b)
	if i < 0 {
		return -1
	}
	return skipObject(b, i, 1)
}

func nextIs(b []byte, i int, c byte) bool {
	i = skipSpace(b, i)
	return i < len(b) && b[i] == c
}

// bareKey says that a word and a colon follow.
func bareKey(b []byte) bool {
	word := func(r rune) bool { return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r) }
	rest := bytes.TrimLeftFunc(b, word)
	return len(rest) < len(b) && nextIs(rest, 0, ':')
}
