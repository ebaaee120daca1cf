package monitor

import (
	"bytes"
	"strings"
)

// isURL does without net/url.Parse, which would allocate for every record.
func isURL(text []byte) bool {
	scheme, rest, ok := bytes.Cut(text, []byte("://"))
	if !ok || !isScheme(scheme) || !isOfURL(rest) {
		return false
	}
	authority := rest
	if end := bytes.IndexAny(rest, "/?#"); end >= 0 {
		authority = rest[:end]
	}
	if at := bytes.LastIndexByte(authority, '@'); at >= 0 {
		if bytes.ContainsAny(authority[:at], "[]") {
			return false
		}
		authority = authority[at+1:]
	}
	return isHostPort(authority)
}

// isScheme reads RFC 3986, 3.1.
func isScheme(text []byte) bool {
	for i, b := range text {
		if !isLetter(b) && (i == 0 || !isDigit(b) && b != '+' && b != '-' && b != '.') {
			return false
		}
	}
	return len(text) > 0
}

// isOfURL says that all characters can stand in a URL: the unreserved and the
// reserved ones of RFC 3986, 2.2 and 2.3, and % with two hexadecimal digits.
func isOfURL(text []byte) bool {
	for i, b := range text {
		if b == '%' {
			if i+2 >= len(text) || !isHex(text[i+1]) || !isHex(text[i+2]) {
				return false
			}
		} else if !isLetter(b) && !isDigit(b) && strings.IndexByte("-._~:/?#[]@!$&'()*+,;=", b) < 0 {
			return false
		}
	}
	return true
}

func isHostPort(text []byte) bool {
	if len(text) > 0 && text[0] == '[' {
		end := bytes.IndexByte(text, ']')
		return end > 0 && isIPv6(text[1:end]) && isPort(text[end+1:])
	}
	host := text
	if colon := bytes.IndexByte(text, ':'); colon >= 0 {
		host = text[:colon]
	}
	for _, b := range host {
		if !isLetter(b) && !isDigit(b) && b != '-' && b != '.' && b != '_' {
			return false
		}
	}
	return len(host) > 0 && isPort(text[len(host):])
}

// isPort says that a text is empty or a colon and digits, of which there can be none.
func isPort(text []byte) bool {
	if len(text) == 0 {
		return true
	}
	for _, b := range text[1:] {
		if !isDigit(b) {
			return false
		}
	}
	return text[0] == ':'
}
