package monitor

import (
	"maps"
	"slices"
	"strings"
)

// maxMatchedBytes bounds the time that a pattern or format takes for one value:
// RE2 is linear in the text, and none of the formats needs nearly as much. A
// longer text matches nothing.
const maxMatchedBytes = 4096

// Formats are the names that format takes, sorted. A text has the format if all
// of it, with no space around, is
//
//   - date: YYYY-MM-DD, a day that exists.
//   - datetime: RFC 3339: a date, 'T' or a space, hh:mm:ss with any number of
//     decimals after a '.', and the zone as Z, ±hh:mm or ±hhmm, or none. A leap
//     second (:60) is not a time.
//   - email: local@domain within the lengths of RFC 5321, in ASCII: at most 254
//     bytes, 64 before the '@'. The local part is letters, digits and
//     !#$%&'*+-/=?^_`{|}~, with single dots between. The domain is two or more
//     labels joined by dots, each of at most 63 letters, digits and inner hyphens;
//     the last one is not a number. Quoted local parts, comments and addresses in
//     brackets are left out.
//   - ipv4: four decimal numbers up to 255 without leading zeros, as
//     net/netip.ParseAddr reads.
//   - ipv6: as net/netip.ParseAddr reads, without a zone (%eth0).
//   - iso3166: a two-letter country code that ISO 3166-1 assigns, in capitals.
//   - iso4217: a three-letter code of a current currency or fund, in capitals.
//   - url: scheme://host with any of a user before it and a port, path, query and
//     fragment behind, as net/url.Parse reads, of the characters of RFC 3986 only
//     (a space or ü is %20 or %C3%BC; % is followed by two hexadecimal digits). The
//     host is letters, digits and -._ or an IPv6 address in brackets.
//   - uuid: 8-4-4-4-12 hexadecimal digits of either case, of any version.
func Formats() []string { return slices.Sorted(maps.Keys(formats())) }

// formatMatcher is the format of that name; ok says whether there is one.
func formatMatcher(name string) (match func(text []byte) bool, ok bool) {
	is, ok := formats()[name]
	if !ok {
		return nil, false
	}
	return func(text []byte) bool { return len(text) <= maxMatchedBytes && is(text) }, true
}

func formats() map[string]func([]byte) bool {
	return map[string]func([]byte) bool{
		"date":     isDate,
		"datetime": isDateTime,
		"email":    isEmail,
		"ipv4":     isIPv4,
		"ipv6":     isIPv6,
		"iso3166":  isOneOf(iso3166Codes),
		"iso4217":  isOneOf(iso4217Codes),
		"url":      isURL,
		"uuid":     isUUID,
	}
}

func isOneOf(codes string) func([]byte) bool {
	known := map[string]struct{}{}
	for _, code := range strings.Fields(codes) {
		known[code] = struct{}{}
	}
	return func(text []byte) bool {
		_, ok := known[string(text)]
		return ok
	}
}

func isUUID(text []byte) bool {
	if len(text) != len("01234567-89ab-cdef-0123-456789abcdef") {
		return false
	}
	for i, b := range text {
		switch i {
		case 8, 13, 18, 23:
			if b != '-' {
				return false
			}
		default:
			if !isHex(b) {
				return false
			}
		}
	}
	return true
}

func isDate(text []byte) bool {
	if len(text) != len("2006-01-02") {
		return false
	}
	_, ok := parseRFC3339(text)
	return ok
}

func isDateTime(text []byte) bool {
	if len(text) <= len("2006-01-02") {
		return false
	}
	_, ok := parseRFC3339(text)
	return ok
}

func isDigit(b byte) bool  { return b-'0' <= 9 }
func isLetter(b byte) bool { return b|0x20-'a' < 26 }
func isHex(b byte) bool    { return isDigit(b) || b|0x20-'a' < 6 }
