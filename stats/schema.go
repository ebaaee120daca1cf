package stats

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// FieldType is what a field of a record holds, as its format says.
type FieldType uint8

// The types of a field's values.
const (
	NullField FieldType = iota
	NumberField
	StringField
	BooleanField
	NestedField  // an array, or an object below which no fields are told apart
	InvalidField // a string that is not UTF-8, or a number that overflows float64
	fieldTypes
)

func (t FieldType) String() string {
	return [...]string{"null", "number", "string", "boolean", "nested", "invalid"}[t]
}

// Field is one of the fields that the records of a reference have, watched or
// not.
type Field struct {
	Name string // its path: keys joined by '.'
	// Types counts the rows in which it stands by the type of its value.
	Types [fieldTypes]uint64
	// Constant says that all its values that are not null are one and the same,
	// and that there are any. Arrays are not looked into: they are not constant.
	Constant bool
	// Open says that this is an object whose keys are values, such as ids: what
	// is below it is told apart only where it is a Field of its own, and other
	// keys are no news. The record itself, named "", can be one.
	Open bool
}

// Pattern is its name or, of an open object, what stands for all below it: a.*
func (f *Field) Pattern() string {
	switch {
	case !f.Open:
		return f.Name
	case f.Name == "":
		return "*"
	default:
		return f.Name + ".*"
	}
}

// Rows is how many rows it stands in.
func (f *Field) Rows() (rows uint64) {
	for _, n := range f.Types {
		rows += n
	}
	return rows
}

// Type is the most frequent type of its values that are not null, the first of
// equal ones; NullField where there are none.
func (f *Field) Type() FieldType {
	most := NullField
	for t := NumberField; t < fieldTypes; t++ {
		if n := f.Types[t]; n > 0 && (most == NullField || n > f.Types[most]) {
			most = t
		}
	}
	return most
}

// order is that of Reference.Fields.
func (f *Field) order(o *Field) int {
	if f.Name == o.Name && f.Open != o.Open { // the record itself, and a key of no characters
		if f.Open {
			return 1
		}
		return -1
	}
	return cmp.Compare(f.Name, o.Name)
}

// SortFields brings fields in the order that Reference.Fields has.
func SortFields(fields []Field) {
	slices.SortFunc(fields, func(a, b Field) int { return a.order(&b) })
}

// Field finds a field by its path, or else the open object that it is below. It
// is nil where there is neither, which is news only if FieldRows is not 0 and
// not FieldsCut.
func (r *Reference) Field(path string) *Field {
	if f := r.find(path, false); f != nil {
		return f
	}
	for end := len(path); end >= 0; end = LastKey(path[:end]) {
		if f := r.find(path[:end], true); f != nil {
			return f
		}
	}
	return r.find("", true)
}

func (r *Reference) find(name string, open bool) *Field {
	want := &Field{Name: name, Open: open}
	i, found := slices.BinarySearchFunc(r.Fields, want, func(f Field, want *Field) int { return f.order(want) })
	if !found {
		return nil
	}
	return &r.Fields[i]
}

// LastKey is where the '.' before the last key of a path stands, -1 where there
// is only one key. A '.' or '\' that is part of a key has a '\' before it.
func LastKey[T string | []byte](path T) int {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] != '.' {
			continue
		}
		first := i
		for first > 0 && path[first-1] == '\\' {
			first--
		}
		if (i-first)%2 == 0 {
			return i
		}
	}
	return -1
}

// redactFields leaves out those that few rows have: their names may be values.
func (r *Reference) redactFields() {
	few := func(f *Field) bool { return f.Rows() < namedRows }
	kept := slices.DeleteFunc(slices.Clone(r.Fields), func(f Field) bool { return few(&f) })
	r.LeftOut = slices.DeleteFunc(slices.Clone(r.LeftOut), func(l LeftOut) bool {
		f := r.find(l.Name, false)
		return f != nil && few(f)
	})
	r.FieldsCut = r.FieldsCut || len(kept) < len(r.Fields)
	r.Fields = kept
}

const (
	constantField = 1 << iota
	openField
)

func (r *Reference) appendFields(dst []byte) []byte {
	cut := byte(0)
	if r.FieldsCut {
		cut = 1
	}
	dst = append(binary.AppendUvarint(dst, r.FieldRows), cut)
	dst = binary.AppendUvarint(dst, uint64(len(r.Fields)))
	for _, f := range r.Fields {
		flags := byte(0)
		if f.Constant {
			flags |= constantField
		}
		if f.Open {
			flags |= openField
		}
		dst = append(appendString(dst, f.Name), flags)
		for _, n := range f.Types {
			dst = binary.AppendUvarint(dst, n)
		}
	}
	return dst
}

func (r *reader) fields(ref *Reference) {
	ref.FieldRows = r.uvarint()
	cut := r.byte()
	if cut > 1 {
		r.fail("the mark of fields that are cut off is %d", cut)
	}
	ref.FieldsCut = cut == 1
	for range r.count() {
		f := Field{Name: r.string()}
		flags, left := r.byte(), ref.FieldRows
		for t := range f.Types {
			f.Types[t] = r.uvarint()
			if f.Types[t] > left {
				r.fail("the field %q stands in more than all %d rows", f.Name, ref.FieldRows)
			}
			left -= f.Types[t]
		}
		if flags > constantField|openField {
			r.fail("the field %q has the flags %d", f.Name, flags)
		}
		f.Constant, f.Open = flags&constantField != 0, flags&openField != 0
		if n := len(ref.Fields); n > 0 && ref.Fields[n-1].order(&f) >= 0 {
			r.fail("the field %q is not in order", f.Name)
		}
		if r.err != nil {
			return
		}
		ref.Fields = append(ref.Fields, f)
	}
}
