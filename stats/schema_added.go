package stats

// schemaAdded is the number of fields that the reference does not have, or in less
// than 0.1 % of its rows: those in at least 1 % of the sampled rows, and at least 3; the topmost of a new object,
// none below an object with arbitrary keys. Undefined without a reference that
// knows its fields, and where fewer than 100 rows are sampled. Undefined, too,
// where the reference has more fields than it knows. Unit: fields.
func schemaAdded(t *Traffic) float64 {
	return t.changes(func(c *SchemaChanges) []FieldChange { return c.Added })
}
