package stats

import "math"

// Traffic is what is known of the records of a window, or of those of one
// segment of it, beside their values.
type Traffic struct {
	Rows    uint64  // that are counted in the window
	Seconds float64 // length of the window; 0: it began before the counting did, so that its number of rows says nothing
	// Expected is the number of rows that the reference leads to expect; NaN where
	// it does not say.
	Expected float64
	// Arrivals are of all records together; nil in a segment.
	Arrivals *Arrivals
	// Keys gives the sample of the rows' keys, nil where it is not of all rows.
	// Keys is nil in a segment.
	Keys func() *KeySample
	// Schema says how the fields differ from the reference's, of all records
	// together; nil where nobody has looked.
	Schema func() *SchemaChanges
}

// Arrivals are the records that arrived while the window was the present one and
// are not counted in it.
type Arrivals struct {
	Malformed uint64
	Rejected  uint64 // for any reason, Malformed among them, without tombstones
	Late      uint64
}

// Stat is the statistic of a name, NaN where it cannot be said or is none of the
// stream.
func (t *Traffic) Stat(name string) float64 {
	s, ok := Lookup(name)
	if !ok || s.Count == nil {
		return math.NaN()
	}
	return s.Count(t)
}

// changes is the length of a list of what changed in the schema.
func (t *Traffic) changes(of func(*SchemaChanges) []FieldChange) float64 {
	if t.Schema == nil {
		return math.NaN()
	}
	changes := t.Schema()
	if changes == nil || of(changes) == nil {
		return math.NaN()
	}
	return float64(len(of(changes)))
}
