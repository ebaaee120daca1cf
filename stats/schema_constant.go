package stats

// schemaConstant is the number of watched features of which all values of the
// window, at least 100, are one and the same, where at least 20 others were to
// be expected. Undefined in a segment. Unit: features.
func schemaConstant(t *Traffic) float64 {
	return t.changes(func(c *SchemaChanges) []FieldChange { return c.Constant })
}
