package monitor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"driftwatch/rules"
	"driftwatch/stats"
)

// schema says how the window's fields differ from the reference's.
func (v *view) schema() *stats.SchemaChanges {
	root := v.root
	if root.changes == nil {
		root.changes = v.s.ref.changes(v.sampled(), root.of.sums[0], stats.MinSchemaRows)
	}
	return root.changes
}

// changes compares the fields of sampled rows, at least so many, and all rows'
// values.
func (r *reference) changes(rows *rowSample, all *stats.Counts, least uint64) *stats.SchemaChanges {
	c := &stats.SchemaChanges{}
	if r.schema != nil {
		c = r.shapes(rows.shapes, least)
	}
	for f := range r.Layout.Features {
		p := r.layout.Profile(all, f)
		if !whole(p, all) {
			continue
		}
		is, known := stats.TurnedConstant(r.Layout.Profile(r.Counts[0], f), p)
		if known && c.Constant == nil {
			c.Constant = []stats.FieldChange{}
		}
		if is {
			c.Constant = append(c.Constant, stats.FieldChange{Name: p.Edges.Name})
		}
	}
	return c
}

// shapes compares rows that have these shapes, by how many, and at least so many.
func (r *reference) shapes(of map[string]int, least uint64) *stats.SchemaChanges {
	sample := r.schema.Sample()
	for shape, n := range of {
		if fields, whole, ok := rowFields(shape); ok {
			sample.Add(uint64(n), fields, whole)
		}
	}
	return sample.Compare(least)
}

func rowFields(shape string) (fields []stats.RowField, whole, ok bool) {
	whole, ok = eachField(shape, func(name string, letter byte) {
		fields = append(fields, stats.RowField{Name: name, Type: typeOf(letter)})
	})
	return fields, whole, ok
}

func typeOf(letter byte) stats.FieldType {
	switch letter {
	case letters[Null]:
		return stats.NullField
	case letters[Number]:
		return stats.NumberField
	case letters[String]:
		return stats.StringField
	case letters[Bool]:
		return stats.BooleanField
	case letters[Nested]:
		return stats.NestedField
	default:
		return stats.InvalidField
	}
}

// schemaChange is a list of changes, with the statistic that counts it.
type schemaChange struct {
	statistic string
	of        func(*stats.SchemaChanges) []stats.FieldChange
	words     func(stats.FieldChange) string
	shown     bool // rows that have the field show it
}

// schemaChanges are in the order in which they are told: causes before what they
// may have caused.
var schemaChanges = [...]schemaChange{
	{"schema_type_changed", func(c *stats.SchemaChanges) []stats.FieldChange { return c.Types }, func(f stats.FieldChange) string {
		return typeWord(f.Was) + " → " + typeWord(f.Is) + " in " + rules.Percent(f.Now) + " of rows"
	}, true},
	{"schema_lost", func(c *stats.SchemaChanges) []stats.FieldChange { return c.Lost }, func(f stats.FieldChange) string {
		return "gone, was in " + rules.Percent(f.Before) + " of rows"
	}, false},
	{"schema_added", func(c *stats.SchemaChanges) []stats.FieldChange { return c.Added }, func(f stats.FieldChange) string {
		if f.Before > 0 {
			return "in " + rules.Percent(f.Now) + " of rows, hardly ever before"
		}
		return "new, in " + rules.Percent(f.Now) + " of rows"
	}, true},
	{"schema_null_changed", func(c *stats.SchemaChanges) []stats.FieldChange { return c.Nulls }, func(f stats.FieldChange) string {
		if f.Now == 0 {
			return "null no more, was in " + rules.Percent(f.Before) + " of rows"
		}
		before := "never before"
		if f.Before > 0 {
			before = "hardly ever before"
		}
		return "null in " + rules.Percent(f.Now) + " of rows, " + before
	}, true},
	{"schema_constant", func(c *stats.SchemaChanges) []stats.FieldChange { return c.Constant }, func(stats.FieldChange) string {
		return "always the same value"
	}, false},
}

func typeWord(t stats.FieldType) string {
	if t == stats.NestedField {
		return "object or array"
	}
	return t.String()
}

// maxTold changes are told in words before the rest is counted.
const maxTold = 3

// what tells of those changes of the schema that the statistics count.
func (v *view) what(segment int, names []string) string {
	if segment != 0 || !slices.ContainsFunc(names, isSchema) {
		return ""
	}
	var told []string
	changes := v.schema()
	for _, c := range schemaChanges {
		if slices.Contains(names, c.statistic) {
			for _, f := range c.of(changes) {
				told = append(told, "`"+fieldText(f.Name)+"`: "+c.words(f))
			}
		}
	}
	return list(told)
}

func isSchema(name string) bool {
	return slices.ContainsFunc(schemaChanges[:], func(c schemaChange) bool { return c.statistic == name })
}

// list joins the first few and counts the rest.
func list(told []string) string {
	text := strings.Join(told[:min(len(told), maxTold)], "; ")
	if more := len(told) - maxTold; more > 0 {
		text += " and " + strconv.Itoa(more) + " more"
	}
	return text
}

// maxFieldText is what of a field's name is read in a sentence, in characters.
const maxFieldText = 80

// fieldText makes a field's name safe to show: what is in a name is up to whoever
// writes the records. A backtick would end the name, and what is no letter of a
// line is written as in a segment's name.
func fieldText(name string) string {
	var b strings.Builder
	for i, r := range name {
		switch {
		case r == '`':
			b.WriteByte('\'')
		case r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r):
			for _, c := range []byte(name[i : i+runeBytes(name[i:], r)]) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		default:
			b.WriteRune(r)
		}
	}
	text := []rune(b.String())
	if len(text) > maxFieldText {
		text = append(text[:maxFieldText-1], '…')
	}
	return string(text)
}
