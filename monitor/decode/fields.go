package decode

import (
	"bytes"
	"fmt"
	"math/bits"
)

// level is the tree of named fields at one object: a hash table from keys to
// what is named there.
type level struct {
	table  []*node // open addressing, at most a quarter full
	shift  uint
	fields []int // all fields named here or below
	first  *node // the first named key of the last record
}

// node is one key of a level.
type node struct {
	key    string
	quoted string // the key as it stands in a record where nothing is escaped
	field  int    // -1 if only fields below it are named
	below  *level // nil if there are none
	next   *node  // the named key that followed in the last record
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
	size := bits.Len(uint(4*len(t.keys) + 1))
	l := &level{table: make([]*node, 1<<size), shift: uint(64 - size)}
	for _, key := range t.keys {
		c := t.below[key]
		n := &node{key: key, quoted: `"` + key + `"`, field: c.field}
		if c.field >= 0 {
			l.fields = append(l.fields, c.field)
		}
		if len(c.keys) > 0 {
			n.below = c.level()
			l.fields = append(l.fields, n.below.fields...)
		}
		h := l.hash([]byte(key))
		for l.table[h] != nil {
			h = (h + 1) % len(l.table)
		}
		l.table[h] = n
	}
	return l
}

// find returns what is named by key, nil if nothing is.
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
