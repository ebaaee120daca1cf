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
// The records of a topic mostly have their keys in one order, with the same
// spaces around them. So what stood between a value and the next one last time is
// tried first, which is one comparison of bytes; only where something else stands
// there it is read.
func (d *jsonDecoder) object(i int, l *level, depth int) int {
	if depth > maxDepth {
		return -1
	}
	b := d.record
	last := &l.first
	for first := true; ; first = false {
		if !first && i < len(b) && b[i] == '}' {
			return i + 1
		}
		var n *node
		if last.follows(b, i) {
			n, i = last.to, i+len(last.text)
			if b[i] <= ' ' { // more spaces than last time
				if i = skipSpace(b, i); i == len(b) {
					return -1
				}
			}
		} else if n, i = d.member(i, l, last, first); i < 0 || n == nil {
			return i
		}
		switch last = &n.next; {
		case n.field >= 0 && n.below == nil:
			i = d.value(i, &d.row[n.field], depth)
		case n.named():
			i = d.field(i, n, depth)
		default:
			i = skip(b, i, depth)
		}
		if i < 0 {
			return -1
		}
	}
}

// member reads what stands between the end of a value, or the beginning of the object
// where there is none before, and the next value. It returns what is named there
// and where the value begins; nil and where the object ends, if it does.
func (d *jsonDecoder) member(i int, l *level, last *step, first bool) (*node, int) {
	b, from, more := d.record, i, false
	if first {
		i, more = enter(b, i, '}', 1)
	} else {
		i, more = leave(b, i, '}')
	}
	if !more {
		return nil, i
	}
	end, marks := scanKey(b, i)
	if end < 0 {
		return nil, -1
	}
	key := b[i+1 : end]
	if marks&escaped != 0 {
		key = d.unescape(key)
	}
	n := l.find(key)
	if i = colon(b, end+1); i < 0 {
		return nil, -1
	}
	if marks&escaped == 0 && i-from <= longestStep {
		if n == nil {
			n = l.learn(key)
		}
		if n != nil {
			last.learn(b[from:i], n)
		}
	}
	if n == nil {
		n = &l.other
	}
	return n, i
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
