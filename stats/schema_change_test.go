package stats_test

import (
	"testing"

	"driftwatch/stats"
)

// One stray record in the reference does not hide what all records do later; a
// field that is rare in it, and not so rare, is no news.
func TestSchemaOfAStrayRecord(t *testing.T) {
	sample := func(rare, nulls uint64) *stats.SchemaChanges {
		ref := &stats.Reference{FieldRows: 10_000, Fields: []stats.Field{
			{Name: "email", Types: [6]uint64{stats.StringField: 10_000 - nulls, stats.NullField: nulls}},
			{Name: "loyalty", Types: [6]uint64{stats.NumberField: rare}},
		}}
		s := stats.NewSchema(ref).Sample()
		email := stats.RowField{Name: "email", Type: stats.StringField}
		s.Add(500, []stats.RowField{email}, true)
		s.Add(300, []stats.RowField{email, {Name: "loyalty", Type: stats.NumberField}}, true)
		s.Add(200, []stats.RowField{{Name: "email", Type: stats.NullField}}, true)
		return s.Compare(stats.MinSchemaRows)
	}
	for _, test := range []struct {
		rare, nulls    uint64
		added, changed int
	}{{1, 1, 1, 1}, {9, 9, 1, 1}, {11, 11, 0, 0}} {
		c := sample(test.rare, test.nulls)
		if len(c.Added) != test.added || len(c.Nulls) != test.changed {
			t.Errorf("of %d and %d in 10,000 rows: added %v, nulls %v", test.rare, test.nulls, c.Added, c.Nulls)
		}
	}
}
