package stats

import "encoding/hex"

// Reference is the lasting summary that windows are compared with. Written to a
// file it is a .profile. It contains values: categories, cut points, least and
// greatest values; Redact leaves out what few rows have.
type Reference struct {
	Source   string // what it was built from, for people
	From, To int64  // first and last event time, Unix milliseconds; 0 if unknown

	Layout *Layout
	// Singletons has an entry per feature: the number of values seen exactly
	// once, from which Good and Turing estimate the rate of unseen values.
	Singletons []uint64
	// Baselines has an entry per feature, or none at all where the rows were
	// not in the order of time.
	Baselines []Baseline

	Dimensions [][]string // segment dimensions, such as [[country] [country channel]]
	Segments   []string   // names of segments
	Counts     []*Counts  // of all rows, then of each of Segments
	LeftOut    []LeftOut

	Volume *Volume // nil where it is not known: the rows have no times
	// Fields are all that the records have, watched or not, in ascending order
	// of their names; see Field.
	Fields    []Field
	FieldRows uint64 // how many rows Fields are of; 0: they are not known
	FieldsCut bool   // there are more than Fields, which was too many
}

// LeftOut is a field that is not watched, and why.
type LeftOut struct{ Name, Reason string }

// Base prepares one feature for comparing: of all rows where counts is 0, else
// of Segments[counts-1], with bins of its own.
func (r *Reference) Base(counts, feature int) *Base {
	b := NewBase(r.Layout.Profile(r.Counts[counts], feature), counts > 0)
	all := r.Layout.Profile(r.Counts[0], feature)
	b.NewRate = ratio(r.Singletons[feature], all.Values())
	if counts == 0 && feature < len(r.Baselines) {
		b.Baseline = r.Baselines[feature]
	}
	return b
}

// Hash returns a short hash, 16 hexadecimal digits, over everything in r. It
// is "" where r cannot be marshalled.
func (r *Reference) Hash() string {
	b, err := r.MarshalBinary()
	if err != nil {
		return ""
	}
	return hex.EncodeToString(b[len(b)-checksumSize:])
}
