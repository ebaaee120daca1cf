package monitor

import (
	"bytes"
	"strings"
)

// The limits of RFC 5321, 4.5.3.1, where a path has 256 bytes with its brackets,
// and of RFC 1035, 2.3.4, for a label.
const (
	maxEmailBytes = 254
	maxLocalBytes = 64
	maxLabelBytes = 63
)

func isEmail(text []byte) bool {
	at := bytes.IndexByte(text, '@')
	return at > 0 && at <= maxLocalBytes && len(text) <= maxEmailBytes && isDotString(text[:at]) && isDomain(text[at+1:])
}

// isDotString says that a text is atoms joined by single dots (RFC 5321, 4.1.2).
func isDotString(text []byte) bool {
	last := byte('.')
	for _, b := range text {
		if b == '.' && last == '.' || b != '.' && !isAtomByte(b) {
			return false
		}
		last = b
	}
	return last != '.'
}

func isAtomByte(b byte) bool {
	return isLetter(b) || isDigit(b) || strings.IndexByte("!#$%&'*+-/=?^_`{|}~", b) >= 0
}

func isDomain(text []byte) bool {
	labels := 0
	for {
		label, rest, more := bytes.Cut(text, []byte{'.'})
		if !isLabel(label) {
			return false
		}
		labels++
		if !more {
			return labels > 1 && bytes.ContainsFunc(label, isNoDigit)
		}
		text = rest
	}
}

func isNoDigit(r rune) bool { return r < '0' || r > '9' }

func isLabel(text []byte) bool {
	n := len(text)
	if n == 0 || n > maxLabelBytes || text[0] == '-' || text[n-1] == '-' {
		return false
	}
	for _, b := range text {
		if !isLetter(b) && !isDigit(b) && b != '-' {
			return false
		}
	}
	return true
}
