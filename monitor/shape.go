package monitor

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// The shape of a record is what fields it has and of which types: a byte that is 1
// where some were left out, else 0, and then, in the order of their names and each
// once, the type's letter, the length of the name as an unsigned varint, and the
// name. It is a string so that equal ones are one.

// letters are the types as they stand in a shape.
var letters = [...]byte{Null: 'n', Number: '0', String: 's', Bool: 'b', Invalid: 'i', Nested: 'a'}

// What of a record goes into its shape. An object with random keys has any number
// of fields.
const (
	maxShapeFields = 500
	maxShapeName   = 256
	maxShapeBytes  = 16 << 10 // what the sample of a pane with paneRows has room for
)

// shaper makes shapes of records.
type shaper struct {
	known  fieldNames
	fields []shapeField
	text   []byte // of the names
	buf    []byte
	cut    bool
	names  interned
	visits func(path []byte, v Value) // visit, made once
}

type shapeField struct {
	from, to int // in text
	letter   byte
}

func newShaper(known fieldNames) *shaper {
	s := &shaper{known: known, names: interned{}}
	s.visits = s.visit
	return s
}

// shape is that of a record that the decoder has found to be one.
func (s *shaper) shape(d Decoder, record []byte) string {
	s.fields, s.text, s.cut = s.fields[:0], s.text[:0], false
	if err := d.Walk(record, s.visits); err != nil {
		return ""
	}
	slices.SortStableFunc(s.fields, func(a, b shapeField) int { return bytes.Compare(s.text[a.from:a.to], s.text[b.from:b.to]) })
	s.buf = append(s.buf[:0], 0)
	for i, f := range s.fields {
		name := s.text[f.from:f.to]
		if i+1 < len(s.fields) && bytes.Equal(name, s.text[s.fields[i+1].from:s.fields[i+1].to]) {
			continue // of equal names the last counts
		}
		if len(s.buf)+len(name)+3 > maxShapeBytes {
			s.cut = true
			break
		}
		s.buf = append(s.buf, f.letter)
		s.buf = append(binary.AppendUvarint(s.buf, uint64(len(name))), name...)
	}
	if s.cut {
		s.buf[0] = 1
	}
	return s.names.of(s.buf, func(b string) string { return b })
}

func (s *shaper) visit(path []byte, v Value) {
	switch {
	case s.known.arbitrary(path):
	case len(s.fields) == maxShapeFields || len(path) > maxShapeName:
		s.cut = true
	default:
		from := len(s.text)
		s.text = append(s.text, path...)
		s.fields = append(s.fields, shapeField{from, len(s.text), letters[v.Type]})
	}
}

// eachField visits what a shape says, in the order of the names, and returns
// whether that is all of the record. ok is false where the bytes are no shape.
func eachField(shape string, visit func(name string, letter byte)) (whole, ok bool) {
	if shape == "" || shape[0] > 1 {
		return false, false
	}
	whole = shape[0] == 0
	for shape = shape[1:]; shape != ""; {
		n, size := uvarint(shape[1:])
		if size <= 0 || n > uint64(len(shape)-1-size) {
			return whole, false
		}
		at := 1 + size
		visit(shape[at:at+int(n)], shape[0])
		shape = shape[at+int(n):]
	}
	return whole, true
}

// uvarint is binary.Uvarint of a string.
func uvarint(s string) (n uint64, size int) {
	var b [binary.MaxVarintLen64]byte
	return binary.Uvarint(b[:copy(b[:], s)])
}

// interned makes equal bytes one string, whose memory is shared by all rows.
type interned map[string]string

// maxInterned bounds what is remembered of values that keep changing.
const maxInterned = 1000

func (t interned) of(b []byte, make func(string) string) string {
	if s, known := t[string(b)]; known {
		return s
	}
	if len(t) >= maxInterned {
		clear(t)
	}
	s := make(string(b))
	t[string(b)] = s
	return s
}
