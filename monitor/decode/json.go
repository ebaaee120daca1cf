package decode

import (
	"unicode/utf8"

	"driftwatch/monitor"
)

// JSON makes a decoder of JSON objects (RFC 8259), one a record, for the named
// fields. A field is named by its keys joined by '.'; a '.' or '\' inside a
// key is written `\.` or `\\`. A field that is named twice is an error, as is
// any other use of '\'; a field and its parent ("a.b", "a") may both be named.
//
// A record is malformed where json.Valid says so, nesting deeper than 10,000
// included, or where it is not an object. Of equal keys the last one counts:
// {"a": {"b": 1}, "a": {}} has no a.b. Keys are compared as the bytes they are
// after unescaping. Numbers are rounded to the nearest float64, as
// strconv.ParseFloat does; one that overflows is Invalid, as is a string that
// is not UTF-8. Half of an escaped surrogate pair reads as U+FFFD. The Text of
// a value points into the record or into the decoder's own memory.
//
// Walk does not visit objects, only what is in them, and arrays as a whole.
func JSON(fields []string) (monitor.Decoder, error) {
	root, err := newLevel(fields)
	if err != nil {
		return nil, err
	}
	return &jsonDecoder{root: root, path: make([]byte, 0, 256)}, nil
}

type jsonDecoder struct {
	root    *level
	record  []byte
	row     []monitor.Value
	scratch []byte        // unescaped strings of the current record
	unnamed monitor.Value // takes what stands where only fields below are named
	path    []byte        // of Walk; longer ones than this has room for allocate
}

// Decode implements monitor.Decoder.
func (d *jsonDecoder) Decode(record []byte, row []monitor.Value) error {
	d.record, d.row, d.scratch = record, row, d.scratch[:0]
	clear(row)
	i := openObject(record)
	if i >= 0 {
		i = d.object(i, d.root, 1)
	}
	return closeObject(record, i)
}

// openObject finds the object that a record has to be; -1 if it is not one.
func openObject(record []byte) int {
	i := skipSpace(record, 0)
	if i == len(record) || record[i] != '{' {
		return -1
	}
	return i
}

// closeObject judges a record whose object ends at i.
func closeObject(record []byte, i int) error {
	if i < 0 || skipSpace(record, i) != len(record) {
		return monitor.ErrMalformed
	}
	return nil
}

// object reads the object at i, which is the depth-th container, and returns
// where it ends.
//
// The records of a topic mostly have their keys in one order. So the named key
// that followed last time is tried first, which is a comparison of bytes; only
// where it is not there the key is read and looked up.
func (d *jsonDecoder) object(i int, l *level, depth int) int {
	b := d.record
	guess := &l.first
	i, more := enter(b, i, '}', depth)
	for more {
		n := *guess
		if n != nil && len(b)-i >= len(n.quoted) && string(b[i:i+len(n.quoted)]) == n.quoted {
			i += len(n.quoted)
		} else {
			end, marks := scanKey(b, i)
			if end < 0 {
				return -1
			}
			if n = d.lookup(l, i+1, end, marks); n != nil && marks&escaped == 0 {
				*guess = n
			}
			i = end + 1
		}
		if i = colon(b, i); i < 0 {
			return -1
		}
		if n == nil {
			i = skip(b, i, depth)
		} else {
			guess = &n.next
			i = d.field(i, n, depth)
		}
		if i < 0 {
			return -1
		}
		i, more = leave(b, i, '}')
	}
	return i
}

// lookup finds what l names by the key record[start:end].
func (d *jsonDecoder) lookup(l *level, start, end int, marks marks) *node {
	key := d.record[start:end]
	if marks&escaped != 0 {
		key = d.unescape(key)
	}
	return l.find(key)
}

// field reads the value at i into what n names, and returns where it ends.
func (d *jsonDecoder) field(i int, n *node, depth int) int {
	v := &d.unnamed
	if n.field >= 0 {
		v = &d.row[n.field]
	}
	if n.below == nil {
		return d.value(i, v, depth)
	}
	for _, f := range n.below.fields { // an earlier duplicate may have set them
		d.row[f] = monitor.Value{}
	}
	if d.record[i] != '{' {
		return d.value(i, v, depth)
	}
	*v = monitor.Value{Type: monitor.Nested}
	return d.object(i, n.below, depth+1)
}

// value reads the value at i, whatever it is, into v, and returns where it
// ends.
func (d *jsonDecoder) value(i int, v *monitor.Value, depth int) int {
	b := d.record
	switch c := b[i]; c {
	case '"':
		end, marks := scanString(b, i+1)
		if end < 0 {
			return -1
		}
		v.Type, v.Integer, v.Num, v.Text = monitor.String, false, 0, b[i+1:end]
		if marks != 0 {
			d.text(v, marks)
		}
		return end + 1
	case '{', '[':
		*v = monitor.Value{Type: monitor.Nested}
		return skip(b, i, depth)
	case 't':
		*v = monitor.Value{Type: monitor.Bool, Num: 1}
		return literal(b, i, "true")
	case 'f':
		*v = monitor.Value{Type: monitor.Bool}
		return literal(b, i, "false")
	case 'n':
		*v = monitor.Value{Type: monitor.Null}
		return literal(b, i, "null")
	default:
		n, end := scanNumber(b, i)
		if end < 0 {
			return -1
		}
		f, ok := n.float(b[i:end])
		if !ok {
			*v = monitor.Value{Type: monitor.Invalid}
			return end
		}
		v.Type, v.Integer, v.Num, v.Text = monitor.Number, n.integer, f, b[i:end]
		return end
	}
}

// text finishes a string that is more than ASCII without escapes.
func (d *jsonDecoder) text(v *monitor.Value, marks marks) {
	if marks&high != 0 && !utf8.Valid(v.Text) {
		*v = monitor.Value{Type: monitor.Invalid}
		return
	}
	if marks&escaped != 0 {
		v.Text = d.unescape(v.Text)
	}
}
