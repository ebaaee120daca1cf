package stats_test

import (
	"fmt"

	"driftwatch/stats"
)

// Of 5,000 rows of the reference all have amount and kind, 250 a coupon, and 500
// of the kinds are null.
func schemaReference() *stats.Reference {
	return &stats.Reference{FieldRows: 5000, Fields: []stats.Field{
		{Name: "amount", Types: [6]uint64{stats.NumberField: 5000}},
		{Name: "coupon", Types: [6]uint64{stats.StringField: 250}},
		{Name: "kind", Types: [6]uint64{stats.StringField: 4500, stats.NullField: 500}},
	}}
}

// Of 1,000 sampled rows 980 have a text for an amount, 30 have a promo, and no
// kind is null; the 50 coupons that were to be expected are gone.
func schemaTraffic() *stats.Traffic {
	s := stats.NewSchema(schemaReference()).Sample()
	add := func(n uint64, amount stats.FieldType, more ...stats.RowField) {
		s.Add(n, append([]stats.RowField{{Name: "amount", Type: amount}, {Name: "kind", Type: stats.StringField}}, more...), true)
	}
	add(950, stats.StringField)
	add(30, stats.StringField, stats.RowField{Name: "promo.code", Type: stats.StringField}, stats.RowField{Name: "promo.days", Type: stats.NumberField})
	add(20, stats.NumberField)
	return &stats.Traffic{Rows: 3000, Schema: func() *stats.SchemaChanges { return s.Compare(stats.MinSchemaRows) }}
}

func showSchema(name string, list func(*stats.SchemaChanges) []stats.FieldChange) {
	t := schemaTraffic()
	s, _ := stats.Lookup(name)
	fmt.Printf("%s %g %s:", name, s.Count(t), s.Unit)
	for _, f := range list(t.Schema()) {
		fmt.Printf(" %s %v->%v %g->%g", f.Name, f.Was, f.Is, f.Before, f.Now)
	}
	fmt.Println()
}

// The new object is one field.
func Example_schemaAdded() {
	showSchema("schema_added", func(c *stats.SchemaChanges) []stats.FieldChange { return c.Added })
	// Output: schema_added 1 fields: promo nested->nested 0->0.03
}

func Example_schemaLost() {
	showSchema("schema_lost", func(c *stats.SchemaChanges) []stats.FieldChange { return c.Lost })
	// Output: schema_lost 1 fields: coupon string->null 0.05->0
}

func Example_schemaTypeChanged() {
	showSchema("schema_type_changed", func(c *stats.SchemaChanges) []stats.FieldChange { return c.Types })
	// Output: schema_type_changed 1 fields: amount number->string 0->0.98
}

func Example_schemaNullChanged() {
	showSchema("schema_null_changed", func(c *stats.SchemaChanges) []stats.FieldChange { return c.Nulls })
	// Output: schema_null_changed 1 fields: kind string->null 0.1->0
}

// 200 of a boolean of which a fifth were false; 40 were to be expected.
func Example_schemaConstant() {
	e := stats.NewBoolean("active")
	l := stats.NewLayout([]*stats.Edges{e})
	profile := func(no, yes uint64) stats.Profile {
		c := l.NewCounts()
		c.Cells[stats.NoValues], c.Cells[stats.NoValues+1] = no, yes
		return l.Profile(c, 0)
	}
	fmt.Println(stats.TurnedConstant(profile(1000, 4000), profile(0, 200)))
	fmt.Println(stats.TurnedConstant(profile(1000, 4000), profile(1, 199)))
	fmt.Println(stats.TurnedConstant(profile(10, 4000), profile(0, 200)))
	fmt.Println(stats.TurnedConstant(profile(1000, 4000), profile(0, 99)))
	// Output:
	// true true
	// false true
	// false true
	// false false
}

func Example_schemaShare() {
	t := &stats.Traffic{Schema: func() *stats.SchemaChanges {
		return &stats.SchemaChanges{
			Added: []stats.FieldChange{{Name: "promo", Now: 0.03}},
			Types: []stats.FieldChange{{Name: "amount", Was: stats.NumberField, Is: stats.StringField, Now: 0.98}},
		}
	}}
	s, _ := stats.Lookup("schema_share")
	fmt.Printf("%s %g %s\n", s.Name, s.Count(t), s.Unit)
	// Output: schema_share 0.98 share
}
