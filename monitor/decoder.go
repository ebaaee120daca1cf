package monitor

import "errors"

// ValueType is what a field of a record holds.
type ValueType uint8

// The types of a field's value. Absent is the zero value: the field is not there.
const (
	Absent ValueType = iota
	Null
	Number  // Num holds it, Text its literal as written
	String  // Text holds it, unescaped
	Bool    // Num is 1 or 0
	Invalid // a string that is not UTF-8, or a number that overflows float64
	Nested  // an object or an array
)

// Value is one field of one record. Text is valid until the next call of the
// decoder that made it.
type Value struct {
	Type    ValueType
	Integer bool // a Number written without '.' or exponent
	Num     float64
	Text    []byte
}

// Decoder turns one record's bytes into fields. It is used by one worker at a
// time and keeps its memory between calls.
type Decoder interface {
	// Decode sets row[i] to the value of the i-th field the decoder was made
	// for. It fails with ErrMalformed and leaves row undefined if the whole
	// record is not a well-formed one.
	Decode(record []byte, row []Value) error
	// Walk visits every scalar, null and array of the record by its path (keys
	// joined by '.', a '.' or '\' inside a key escaped by '\'), in the order
	// of the record, for finding out what there is. A field that a later
	// duplicate replaces may be visited twice; the last visit counts.
	Walk(record []byte, visit func(path []byte, v Value)) error
	// Explain says what a record that is malformed most likely is and what to
	// do about it, for the person who configured the topic. It names kinds and
	// positions and shows nothing of the content. "" is for a record that is
	// not malformed.
	Explain(record []byte) string
}

// Format makes decoders of one format for the named fields.
type Format func(fields []string) (Decoder, error)

// ErrMalformed is a record that is not what its format says.
var ErrMalformed = errors.New("the record is malformed")
