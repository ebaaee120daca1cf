package stats

// schemaNullChanged is the number of fields that are null in less than 0.1 % of the
// reference's rows that have them and are in at least 1 % of the sampled rows that have them, and at least 3; or
// that are not null where at least 20 nulls were to be expected. Undefined
// without a reference that knows its fields, and where fewer than 100 rows are
// sampled. Unit: fields.
func schemaNullChanged(t *Traffic) float64 {
	return t.changes(func(c *SchemaChanges) []FieldChange { return c.Nulls })
}
