package stats

// schemaTypeChanged is the number of fields of which at least 1 % of the sampled
// values, and at least 3, are of a type that less than 0.1 % of the reference's
// have. Undefined without a reference that knows its fields, and where fewer
// than 100 rows are sampled. Unit: fields.
func schemaTypeChanged(t *Traffic) float64 {
	return t.changes(func(c *SchemaChanges) []FieldChange { return c.Types })
}
