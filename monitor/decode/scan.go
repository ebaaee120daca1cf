package decode

import (
	"encoding/binary"
	"math/bits"
)

// The functions of this file look at the JSON text b from index i on and
// return the index where what they are about ends, or -1 where b is malformed.
// Together they accept exactly what json.Valid accepts.

// maxDepth is the nesting that encoding/json allows. It bounds the recursion.
const maxDepth = 10000

// marks says what a string holds beside plain ASCII.
type marks uint8

const (
	escaped marks = 1 << iota // escape sequences
	high                      // bytes above 0x7f
)

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// enter steps into the container that opens at i and says whether there is
// anything in it; if there is not, it returns the index after its end.
func enter(b []byte, i int, closing byte, depth int) (next int, more bool) {
	i = skipSpace(b, i+1)
	switch {
	case depth > maxDepth || i >= len(b):
		return -1, false
	case b[i] == closing:
		return i + 1, false
	}
	return i, true
}

// leave steps from the end of one element of a container to the next one, or
// past the container's end.
func leave(b []byte, i int, closing byte) (next int, more bool) {
	if i < len(b) && b[i] <= ' ' {
		i = skipSpace(b, i)
	}
	switch {
	case i >= len(b):
		return -1, false
	case b[i] == closing:
		return i + 1, false
	case b[i] != ',':
		return -1, false
	}
	i++
	if i < len(b) && b[i] <= ' ' {
		i = skipSpace(b, i)
	}
	if i >= len(b) {
		return -1, false
	}
	return i, true
}

// scanKey returns the index of the closing quote of the key at i.
func scanKey(b []byte, i int) (end int, m marks) {
	if b[i] != '"' {
		return -1, 0
	}
	return scanString(b, i+1)
}

// colon steps from the end of a key to its value, which lies inside of b.
func colon(b []byte, i int) int {
	if i < len(b) && b[i] <= ' ' {
		i = skipSpace(b, i)
	}
	if i >= len(b) || b[i] != ':' {
		return -1
	}
	i++
	if i < len(b) && b[i] <= ' ' {
		i = skipSpace(b, i)
	}
	if i >= len(b) {
		return -1
	}
	return i
}

// skip passes over the value at i, an element of the depth-th container.
func skip(b []byte, i, depth int) int {
	switch c := b[i]; c {
	case '"':
		end, _ := scanString(b, i+1)
		if end < 0 {
			return -1
		}
		return end + 1
	case '{':
		return skipObject(b, i, depth+1)
	case '[':
		return skipArray(b, i, depth+1)
	case 't':
		return literal(b, i, "true")
	case 'f':
		return literal(b, i, "false")
	case 'n':
		return literal(b, i, "null")
	default:
		_, end := scanNumber(b, i)
		return end
	}
}

func skipObject(b []byte, i, depth int) int {
	i, more := enter(b, i, '}', depth)
	for more {
		if i, _ = scanKey(b, i); i < 0 {
			return -1
		}
		if i = colon(b, i+1); i < 0 {
			return -1
		}
		if i = skip(b, i, depth); i < 0 {
			return -1
		}
		i, more = leave(b, i, '}')
	}
	return i
}

func skipArray(b []byte, i, depth int) int {
	i, more := enter(b, i, ']', depth)
	for more {
		if i = skip(b, i, depth); i < 0 {
			return -1
		}
		i, more = leave(b, i, ']')
	}
	return i
}

func literal(b []byte, i int, word string) int {
	if len(b)-i < len(word) || string(b[i:i+len(word)]) != word {
		return -1
	}
	return i + len(word)
}

// scanString starts after the opening quote and returns the index of the
// closing one. It looks at eight bytes at a time.
func scanString(b []byte, i int) (end int, m marks) {
	var seen uint64
	for {
		w := word(b, i)
		stop := stops(w)
		if stop == 0 {
			seen |= w
			i += 8
			continue
		}
		n := bits.TrailingZeros64(stop) &^ 7
		seen |= w & (1<<n - 1)
		i += n / 8
		if i >= len(b) {
			return -1, 0
		}
		if b[i] == '"' {
			break
		}
		if i = skipEscape(b, i); i < 0 {
			return -1, 0
		}
		m = escaped
	}
	if seen&(0x80*each) != 0 {
		m |= high
	}
	return i, m
}

// each has a 1 in every byte.
const each = 0x0101010101010101

// stops has the top bit of the first byte of w that is a quote, a backslash or
// a control character; it is 0 if there is none. Higher bits may be set too.
// (x - each) &^ x finds a zero byte; see "Determine if a word has a byte less
// than n" in S. E. Anderson's Bit Twiddling Hacks.
func stops(w uint64) uint64 {
	quote, slash := w^('"'*each), w^('\\'*each)
	return ((quote-each)&^quote | (slash-each)&^slash | (w-0x20*each)&^w) & (0x80 * each)
}

// word is the eight bytes at i, with zeros after the end of b.
func word(b []byte, i int) uint64 {
	if len(b)-i >= 8 {
		return binary.LittleEndian.Uint64(b[i:])
	}
	return lastWord(b, i)
}

func lastWord(b []byte, i int) (w uint64) {
	for k, c := range b[i:] {
		w |= uint64(c) << (8 * k)
	}
	return w
}

// skipEscape passes over the escape sequence at i.
func skipEscape(b []byte, i int) int {
	if b[i] != '\\' || i+1 >= len(b) {
		return -1 // a control character
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		if hex4(b, i+2) >= 0 {
			return i + 6
		}
	}
	return -1
}
