package decode

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// level is the tree of named fields at one object: a hash table from keys to
// what is named there, and to some keys of records that are not named.
type level struct {
	table  []*node // open addressing, at most a quarter full of what is named
	shift  uint
	fields []int // all fields named here or below
	first  step  // to the first member
	other  node  // a key that is not in the table
	room   int   // for keys that are not named
}

// node is one key of a level.
type node struct {
	key   string
	field int    // -1: it is not named itself
	below *level // nil: no fields below it are named
	next  step

	text  string // of the last step to it that was learned
	texts int    // that were learned
}

// named says that the value is asked for, or something in it.
func (n *node) named() bool { return n.field >= 0 || n.below != nil }

// step is what followed a value in the last record: the text up to the next value,
// which is a comma, a key, a colon and any spaces, and whose value that is.
//
// INVARIANT: behind some value of the level, or at its beginning, text was found to be
// right. Whether it is does not depend on anything before or after it.
type step struct {
	text       string
	head, tail uint64 // its first and last eight bytes, where it has so many
	to         *node
}

// longestStep bounds what is learned of a step; longer ones are read each time.
const longestStep = 256

// follows says that the text, and something after it, stands at i.
func (s *step) follows(b []byte, i int) bool {
	n := len(s.text)
	if len(b)-i <= n || n == 0 {
		return false
	}
	if n < 8 {
		return string(b[i:i+n]) == s.text
	}
	at := b[i : i+n]
	return binary.LittleEndian.Uint64(at) == s.head && binary.LittleEndian.Uint64(at[n-8:]) == s.tail && (n <= 16 || string(at) == s.text)
}

// mostTexts bounds the memory that records with ever other spaces can ask for.
const mostTexts = 100

// learn takes the text of a step to n. Where it is the usual one, nothing is allocated.
func (s *step) learn(text []byte, n *node) {
	if n.text != string(text) {
		if n.texts == mostTexts {
			return
		}
		n.texts++
		n.text = string(text)
	}
	*s = step{text: n.text, to: n}
	if k := len(text); k >= 8 {
		s.head, s.tail = word(text, 0), word(text, k-8)
	}
}

// tree is a level that is being built.
type tree struct {
	field int
	keys  []string // in the order they were named
	below map[string]*tree
}

func newLevel(fields []string) (*level, error) {
	root := &tree{field: -1}
	for i, name := range fields {
		keys, err := splitPath(name)
		if err != nil {
			return nil, err
		}
		t := root
		for _, key := range keys {
			t = t.child(key)
		}
		if t.field >= 0 {
			return nil, fmt.Errorf("field %q is named twice, name it once", name)
		}
		t.field = i
	}
	return root.level(), nil
}

func (t *tree) child(key string) *tree {
	if c := t.below[key]; c != nil {
		return c
	}
	if t.below == nil {
		t.below = map[string]*tree{}
	}
	c := &tree{field: -1}
	t.below[key] = c
	t.keys = append(t.keys, key)
	return c
}

func (t *tree) level() *level {
	const unnamed = 64 // keys that are remembered, so that steps to them can be, too
	size := bits.Len(uint(4*len(t.keys) + 2*unnamed))
	l := &level{table: make([]*node, 1<<size), shift: uint(64 - size), other: node{field: -1}, room: unnamed}
	for _, key := range t.keys {
		c := t.below[key]
		n := &node{key: key, field: c.field}
		if c.field >= 0 {
			l.fields = append(l.fields, c.field)
		}
		if len(c.keys) > 0 {
			n.below = c.level()
			l.fields = append(l.fields, n.below.fields...)
		}
		l.put(n)
	}
	return l
}

func (l *level) put(n *node) {
	h := l.hash([]byte(n.key))
	for l.table[h] != nil {
		h = (h + 1) % len(l.table)
	}
	l.table[h] = n
}

// learn remembers a key that is not named; nil: there is no room for more of them.
func (l *level) learn(key []byte) *node {
	if l.room == 0 {
		return nil
	}
	l.room--
	n := &node{key: string(key), field: -1}
	l.put(n)
	return n
}

// find returns what stands for key, nil if nothing does.
func (l *level) find(key []byte) *node {
	for h := l.hash(key); ; h = (h + 1) & (len(l.table) - 1) {
		n := l.table[h]
		if n == nil || n.key == string(key) {
			return n
		}
	}
}

// hash is the place of key in the table: keys that differ in the first eight
// bytes, the last eight or the length are well spread.
func (l *level) hash(key []byte) int {
	var first, last uint64
	if n := len(key); n >= 8 {
		first, last = word(key, 0), word(key, n-8)
	} else {
		first = lastWord(key, 0)
	}
	// Odd numbers without a pattern: the fractions of the golden ratio and of √2.
	x := first*0x9e3779b97f4a7c15 ^ bits.RotateLeft64(last+uint64(len(key)), 32)*0x6a09e667f3bcc909
	return int(x >> l.shift)
}

// splitPath undoes appendKey for every key of a field's name.
func splitPath(name string) ([]string, error) {
	var keys []string
	var key []byte
	for i := 0; i < len(name); i++ {
		switch c := name[i]; c {
		case '.':
			keys, key = append(keys, string(key)), key[:0]
		case '\\':
			i++
			if i == len(name) || name[i] != '.' && name[i] != '\\' {
				return nil, fmt.Errorf(`field %q has a '\' that escapes nothing: inside a key write \. for '.' and \\ for '\'`, name)
			}
			key = append(key, name[i])
		default:
			key = append(key, c)
		}
	}
	return append(keys, string(key)), nil
}

// appendKey appends key to a path, escaped.
func appendKey(path, key []byte) []byte {
	if bytes.IndexByte(key, '.') < 0 && bytes.IndexByte(key, '\\') < 0 {
		return append(path, key...)
	}
	for _, c := range key {
		if c == '.' || c == '\\' {
			path = append(path, '\\')
		}
		path = append(path, c)
	}
	return path
}
