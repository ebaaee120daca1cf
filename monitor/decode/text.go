package decode

import (
	"unicode/utf16"
	"unicode/utf8"
)

// unescape resolves the escape sequences of s, which scanString has accepted.
// The result is valid until the next record.
func (d *jsonDecoder) unescape(s []byte) []byte {
	start := len(d.scratch)
	t := d.scratch
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			t = append(t, s[i])
			i++
			continue
		}
		if s[i+1] != 'u' {
			t = append(t, unescaped(s[i+1]))
			i += 2
			continue
		}
		r := rune(hex4(s, i+2))
		i += 6
		if utf16.IsSurrogate(r) {
			second := rune(-1)
			if i+1 < len(s) && s[i] == '\\' && s[i+1] == 'u' {
				second = rune(hex4(s, i+2))
			}
			if r = utf16.DecodeRune(r, second); r != utf8.RuneError {
				i += 6
			}
		}
		t = utf8.AppendRune(t, r)
	}
	d.scratch = t
	return t[start:len(t):len(t)]
}

// unescaped is the character that '\' and c stand for.
func unescaped(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// hex4 reads the four hexadecimal digits at i; it is -1 if they are not there.
func hex4(b []byte, i int) int {
	if len(b)-i < 4 {
		return -1
	}
	r := 0
	for _, c := range b[i : i+4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return -1
		}
		r = r<<4 | int(c)
	}
	return r
}
