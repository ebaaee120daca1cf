package stats

import (
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mathext"
)

// What makes a difference between the fields of a reference and those of a sample
// of a window's rows a change. A field in 2 % of a window's rows is in 1 % of a
// sample of 1,000 with a probability of 0.995, one in 1 % with 0.54, and one in
// 0.5 % with 0.03; of 100 rows it takes 10 % for 0.998. Of 1,000 rows one that is
// gone is missed where it was in 2 % of all or more.
const (
	// MinSchemaRows of a window are sampled, or nothing is said: of fewer rows 3 are
	// more than 3 %, and only what was in a fifth of all rows can be missed.
	MinSchemaRows = 100
	changedShare  = 0.01
	changedRows   = 3
	// missedRows were to be expected of what is gone: by chance there are none with
	// a probability of exp(-20), 2e-9.
	missedRows = 20
	// usualShare: a type that fewer of the reference's values have is no type of
	// the field, a field that fewer of its rows have is none of it, and one in which
	// fewer are null never is: one stray record must not hide the next thousand.
	usualShare = 0.001
	// byChance is the probability, for each field and window, of a difference as
	// large without a change. It matters where the reference has few rows itself:
	// a field in 1 of 1,000 of all rows is in none of 1,000 with 0.37.
	byChance = 1e-6
)

// FieldChange is one field that is other than the reference leads to expect.
type FieldChange struct {
	Name string
	// Was and Is are the most frequent type of its values in the reference, and the
	// type that changed.
	Was, Is FieldType
	// Before and Now are shares: of the rows, for a field that is new or gone; of
	// those that have the field, for a type.
	Before, Now float64
}

// SchemaChanges are the fields that differ between a reference and a window. A
// list is nil where nothing can be said, and empty where nothing has changed.
type SchemaChanges struct {
	Added, Lost, Types, Nulls, Constant []FieldChange
}

// Schema is the fields of a reference, prepared for comparing. It is not changed
// by comparing.
type Schema struct {
	ref    *Reference
	fields map[string]*schemaField
}

// schemaField is a field, or an object that has some.
type schemaField struct {
	types  [fieldTypes]uint64
	leaf   bool // it is a Field
	object bool // there are Fields below it
	open   bool
}

// NewSchema prepares the fields of a reference; nil where it does not know them.
func NewSchema(ref *Reference) *Schema {
	if ref.FieldRows == 0 {
		return nil
	}
	s := &Schema{ref: ref, fields: map[string]*schemaField{}}
	for i := range ref.Fields {
		f := &ref.Fields[i]
		own := s.field(f.Name)
		own.open = own.open || f.Open
		if f.Open {
			continue
		}
		own.leaf = true
		for t, n := range f.Types {
			own.types[t] += n
		}
		rows := f.Rows()
		for end := LastKey(f.Name); end >= 0; end = LastKey(f.Name[:end]) {
			above := s.field(f.Name[:end])
			above.object = true
			if !above.leaf { // it has at least as many rows
				above.types[NestedField] = max(above.types[NestedField], rows)
			}
		}
	}
	return s
}

func (s *Schema) field(name string) *schemaField {
	f := s.fields[name]
	if f == nil {
		f = &schemaField{}
		s.fields[name] = f
	}
	return f
}

// SchemaSample counts the fields of a sample of rows.
type SchemaSample struct {
	schema *Schema
	rows   uint64 // and those of them of which all fields are known
	whole  uint64
	fields map[string]*[fieldTypes]uint64
	// partial counts the fields of the rows that are not whole.
	partial map[string]uint64
}

// Sample begins a sample that is to be compared with s.
func (s *Schema) Sample() *SchemaSample {
	return &SchemaSample{schema: s, fields: map[string]*[fieldTypes]uint64{}, partial: map[string]uint64{}}
}

// RowField is one field of a row.
type RowField struct {
	Name string
	Type FieldType
}

// Add counts n rows that have these fields, in ascending order of their names;
// whole says that they have no others.
func (c *SchemaSample) Add(n uint64, fields []RowField, whole bool) {
	c.rows += n
	if whole {
		c.whole += n
	}
	for _, f := range c.schema.Fields(fields) {
		types := c.fields[f.Name]
		if types == nil {
			types = &[fieldTypes]uint64{}
			c.fields[f.Name] = types
		}
		types[f.Type] += n
		if !whole {
			c.partial[f.Name] += n
		}
	}
}

// Fields are the fields of a row as they are compared: a new object is one field,
// and so is one where a scalar was; what is below an open one is none.
func (s *Schema) Fields(fields []RowField) []RowField {
	var all []RowField
	for _, f := range fields {
		of, news := s.topmost(f)
		if news && (len(all) == 0 || all[len(all)-1].Name != of.Name) {
			all = append(all, of)
		}
	}
	return all
}

// topmost is the field that a row's field is news of: itself where it is known,
// else the first on its path that is not; news is false where it is below an open
// object.
func (s *Schema) topmost(f RowField) (of RowField, news bool) {
	if known := s.fields[f.Name]; known != nil && (known.leaf || known.object || known.open) {
		return f, true
	}
	if root := s.fields[""]; root != nil && root.open {
		return f, false
	}
	for end := range len(f.Name) {
		if f.Name[end] != '.' || LastKey(f.Name[:end+1]) != end {
			continue
		}
		above := s.fields[f.Name[:end]]
		switch {
		case above == nil || !above.object && !above.open:
			return RowField{f.Name[:end], NestedField}, true
		case above.open:
			return f, false
		}
	}
	return f, true
}

// Compare says what differs; all is unknown where there are fewer rows than least.
func (c *SchemaSample) Compare(least uint64) *SchemaChanges {
	changes := &SchemaChanges{}
	if c.rows < least {
		return changes
	}
	changes.Types, changes.Nulls, changes.Lost = []FieldChange{}, []FieldChange{}, []FieldChange{}
	if !c.schema.ref.FieldsCut {
		changes.Added = c.added()
	}
	for name, f := range c.schema.fields {
		types := c.fields[name]
		if types == nil {
			types = &[fieldTypes]uint64{}
		}
		if !f.open {
			changes.Types = append(changes.Types, f.typeChange(name, types)...)
			changes.Nulls = append(changes.Nulls, f.nullChange(name, types)...)
		}
		if f.leaf && c.isGone(f, name, types) {
			changes.Lost = append(changes.Lost, FieldChange{name, f.usual(), NullField, float64(f.rows()) / float64(c.schema.ref.FieldRows), 0})
		}
	}
	changes.Lost = slices.DeleteFunc(changes.Lost, func(f FieldChange) bool { return isBelow(f.Name, changes.Types) })
	for _, list := range []*[]FieldChange{&changes.Added, &changes.Lost, &changes.Types, &changes.Nulls} {
		SortChanges(*list)
	}
	return changes
}

// SortChanges puts what concerns most first, and equal ones by their names.
func SortChanges(changes []FieldChange) {
	slices.SortFunc(changes, func(a, b FieldChange) int {
		if x, y := math.Abs(a.Now-a.Before), math.Abs(b.Now-b.Before); x != y {
			if x > y {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
}

// isBelow says that a field is below one of those listed.
func isBelow(name string, of []FieldChange) bool {
	return slices.ContainsFunc(of, func(f FieldChange) bool { return strings.HasPrefix(name, f.Name+".") })
}

func (c *SchemaSample) added() []FieldChange {
	changes := []FieldChange{}
	for name, types := range c.fields {
		all, r := c.schema.ref.FieldRows, uint64(0)
		if f := c.schema.fields[name]; f != nil {
			r = f.rows()
			if !f.leaf || float64(r) >= usualShare*float64(all) {
				continue
			}
		}
		n, is := total(types), most(types)
		if many(n, c.rows) && unlikely(r, all, n, c.rows) {
			changes = append(changes, FieldChange{name, is, is, float64(r) / float64(all), float64(n) / float64(c.rows)})
		}
	}
	return changes
}

// isGone judges the rows only of which all fields are known.
func (c *SchemaSample) isGone(f *schemaField, name string, types *[fieldTypes]uint64) bool {
	all := c.schema.ref.FieldRows
	expected := float64(f.rows()) / float64(all) * float64(c.whole)
	return total(types)-c.partial[name] == 0 && expected >= missedRows && unlikely(0, c.whole, f.rows(), all)
}

// typeChange finds the most frequent of the types that are no types of the field
// in the reference.
func (f *schemaField) typeChange(name string, types *[fieldTypes]uint64) []FieldChange {
	before, now := f.rows()-f.types[NullField], total(types)-types[NullField]
	if before == 0 { // always null
		before = f.rows()
	}
	change := FieldChange{Name: name, Was: f.usual()}
	for t := NumberField; t < InvalidField; t++ {
		r, n := f.types[t], types[t]
		if float64(r) < usualShare*float64(before) && many(n, now) && unlikely(r, before, n, now) && float64(n)/float64(now) > change.Now {
			change.Is, change.Before, change.Now = t, float64(r)/float64(before), float64(n)/float64(now)
		}
	}
	if change.Now == 0 {
		return nil
	}
	return []FieldChange{change}
}

// nullChange tells a field that began to be null, or stopped.
func (f *schemaField) nullChange(name string, types *[fieldTypes]uint64) []FieldChange {
	before, now := f.rows(), total(types)
	r, n := f.types[NullField], types[NullField]
	change := FieldChange{name, f.usual(), NullField, float64(r) / float64(before), float64(n) / float64(now)}
	switch {
	case float64(r) < usualShare*float64(before) && many(n, now) && unlikely(r, before, n, now):
	case n == 0 && change.Before*float64(now) >= missedRows && unlikely(0, now, r, before):
	default:
		return nil
	}
	return []FieldChange{change}
}

func (f *schemaField) rows() uint64 { return total(&f.types) }

func (f *schemaField) usual() FieldType { return most(&f.types) }

func total(types *[fieldTypes]uint64) (rows uint64) { return sum(types[:]) }

// most is the most frequent type that is not null; NullField: there is none.
func most(types *[fieldTypes]uint64) FieldType { return (&Field{Types: *types}).Type() }

func many(n, all uint64) bool { return n >= changedRows && float64(n) >= changedShare*float64(all) }

// unlikely says that n of all rows here and r of the others there are improbable
// where both have the same rate: P(X >= n) < 1e-6 for X ~ Bin(n+r, all/(all+others)),
// which is I_q(n, r+1) with the regularised incomplete beta function. Given n+r,
// that is the exact law of two Poisson counts.
func unlikely(r, others, n, all uint64) bool { return Excess(r, others, n, all) < byChance }

// Excess is the probability, without a difference, of n or more of n+r rows among
// all rows rather than among the others.
func Excess(r, others, n, all uint64) float64 {
	if n == 0 || all == 0 || others == 0 {
		return 1
	}
	q := float64(all) / (float64(all) + float64(others))
	return mathext.RegIncBeta(float64(n), float64(r)+1, q)
}
