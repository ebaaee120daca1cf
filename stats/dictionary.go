package stats

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
)

// Dictionary finds the numbers of texts. A text of up to 16 bytes is two words, which
// are hashed and compared in place of it: several times faster than a map's look-up.
type Dictionary struct {
	entries []entry // open addressing, at most half full; number 0: free
	shift   uint
	seed    maphash.Seed
	n       int
}

type entry struct {
	first, last uint64 // see words
	text        string
	number      int
}

// NewDictionary has room for n texts.
func NewDictionary(n int) Dictionary {
	size := bits.Len(uint(2*n + 1))
	return Dictionary{entries: make([]entry, 1<<size), shift: uint(64 - size), seed: maphash.MakeSeed()}
}

// Put gives a text its number, which is not 0.
func (d *Dictionary) Put(text string, number int) {
	b := []byte(text)
	first, last := d.words(b)
	e := d.entry(b, first, last)
	if e.number == 0 {
		d.n++
	}
	*e = entry{first, last, text, number}
}

// Find is the number of a text, 0 where it has none.
func (d *Dictionary) Find(text []byte) int {
	first, last := d.words(text)
	return d.entry(text, first, last).number
}

// entry is that of a text, or the free one that it would have.
func (d *Dictionary) entry(text []byte, first, last uint64) *entry {
	const golden = 0x9e3779b97f4a7c15 // Knuth, The Art of Computer Programming, 6.4
	at := (first ^ bits.RotateLeft64(last*golden, 32) ^ uint64(len(text))) * golden >> d.shift
	for {
		e := &d.entries[at&uint64(len(d.entries)-1)]
		if e.number == 0 || e.first == first && e.last == last && len(e.text) == len(text) && (len(text) <= 16 || string(text) == e.text) {
			return e
		}
		at++
	}
}

// words are the first and the last eight bytes of a text, which overlap where it is
// short; of a long one the second is a hash of all.
func (d *Dictionary) words(text []byte) (first, last uint64) {
	n := len(text)
	switch {
	case n > 16:
		return binary.LittleEndian.Uint64(text), maphash.Bytes(d.seed, text)
	case n >= 8:
		return binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint64(text[n-8:])
	case n >= 4:
		return uint64(binary.LittleEndian.Uint32(text)), uint64(binary.LittleEndian.Uint32(text[n-4:]))
	case n > 0:
		return uint64(text[0])<<16 | uint64(text[n/2])<<8 | uint64(text[n-1]), 0
	}
	return 0, 0
}
