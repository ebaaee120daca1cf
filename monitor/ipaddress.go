package monitor

import "bytes"

// netip.ParseAddr takes a string, which would be a copy for every record. These
// take what it takes, except for a zone.

func isIPv4(text []byte) bool {
	for part := range 4 {
		digits, number := 0, 0
		for digits < len(text) && digits < 4 && isDigit(text[digits]) {
			number = 10*number + int(text[digits]-'0')
			digits++
		}
		if digits == 0 || number > 255 || digits > 1 && text[0] == '0' {
			return false
		}
		text = text[digits:]
		if part < 3 {
			if len(text) == 0 || text[0] != '.' {
				return false
			}
			text = text[1:]
		}
	}
	return len(text) == 0
}

// isIPv6 reads eight groups of up to four hexadecimal digits (RFC 4291, 2.2). One
// :: stands for one or more groups of zeros, and an IPv4 address for the last two.
func isIPv6(text []byte) bool {
	groups, short := 0, false
	if bytes.HasPrefix(text, []byte("::")) {
		short = true
		text = text[2:]
		if len(text) == 0 {
			return true
		}
	}
	for {
		digits := 0
		for digits < len(text) && digits < 5 && isHex(text[digits]) {
			digits++
		}
		if digits < len(text) && text[digits] == '.' {
			return isIPv4(text) && complete(groups+2, short)
		}
		if digits == 0 || digits > 4 {
			return false
		}
		groups++
		text = text[digits:]
		if len(text) == 0 {
			return complete(groups, short)
		}
		if text[0] != ':' || len(text) == 1 {
			return false
		}
		text = text[1:]
		if text[0] == ':' {
			if short {
				return false
			}
			short = true
			text = text[1:]
			if len(text) == 0 {
				return complete(groups, short)
			}
		}
	}
}

// complete says that groups are all of an address, or leave one for the ::.
func complete(groups int, short bool) bool {
	if short {
		return groups < 8
	}
	return groups == 8
}
