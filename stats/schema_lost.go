package stats

// schemaLost is the number of fields of the reference that are in none of the
// sampled rows, where at least 20 were to be expected. Undefined without a
// reference that knows its fields, and where fewer than 100 rows are sampled.
// Unit: fields.
func schemaLost(t *Traffic) float64 {
	return t.changes(func(c *SchemaChanges) []FieldChange { return c.Lost })
}
