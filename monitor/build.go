package monitor

import (
	"fmt"
	"slices"

	"driftwatch/stats"
)

// BuildReference summarises rows as a reference: it reads them once to find out
// what there is and to choose the cut points, and once more to count. Files,
// topic ranges and learnt samples all go through it. cfg.Features empty means
// every scalar field that is worth it; what is not, and why, is in LeftOut.
func BuildReference(cfg Config, format Format, rows Rows, source string) (*stats.Reference, error) {
	return buildReference(cfg, format, rows, source, nil)
}

// noRecordsError is nothing to build a reference from.
type noRecordsError string

func (e noRecordsError) Error() string { return string(e) }

// TheTimestamp is why the field of the event time is left out.
const TheTimestamp = "the timestamp"

// OpenObject is why the rare keys of an object are left out.
const OpenObject = "an object whose keys are values, of which ever new ones come"

// buildReference gives the reference the segments of like, unless that is nil.
func buildReference(cfg Config, format Format, rows Rows, source string, like *stats.Reference) (*stats.Reference, error) {
	_, ref, err := inferReference(cfg, format, rows, source)
	if err != nil {
		return nil, err
	}
	ref.Source = source
	if like != nil {
		ref.Segments = like.Segments
	}
	if err := countReference(ref, cfg, format, rows); err != nil {
		return nil, fmt.Errorf("cannot count the reference from %s: %w", source, err)
	}
	return ref, nil
}

// inferReference is the first reading: features, edges and segments, without
// counts.
func inferReference(cfg Config, format Format, rows Rows, source string) (*inference, *stats.Reference, error) {
	in := newInference(cfg)
	ref := (*stats.Reference)(nil)
	err := in.read(format, rows)
	switch {
	case err != nil:
	case in.seen == 0:
		err = noRecordsError("there are no records")
	case in.schema.rows == 0:
		err = noRecordsError(fmt.Sprintf("it has no usable record (%d were read, %d malformed): the first looks like %s", in.seen, in.malformed, in.looks))
	default:
		if ref, err = in.reference(); err == nil {
			err = in.absent()
		}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("cannot build the reference from %s: %w", source, err)
	}
	return in, ref, nil
}

// CountAt counts rows at the edges of a reference, for setting the two against
// each other: the same features and segments, other counts and fields. Malformed
// is how many records had to be left out. It fails where there is no other.
func CountAt(ref *stats.Reference, format Format, rows Rows, source string) (counted *stats.Reference, malformed uint64, err error) {
	var seen uint64
	var first []byte
	r := *ref
	r.Source, r.From, r.To, r.Volume = source, 0, 0, nil
	fields := newSchema()
	read, err := fields.read(format)
	if err != nil {
		return nil, 0, fmt.Errorf("cannot count %s: %w", source, err)
	}
	err = countReference(&r, Default(), format, func(yield func(Row) error) error {
		return rows(func(r Row) error {
			if seen++; seen == 1 {
				first = slices.Clone(r.Value)
			}
			if err := read(r.Value); err != nil {
				return err
			}
			return yield(r)
		})
	})
	if err != nil {
		return nil, 0, fmt.Errorf("cannot count %s: %w", source, err)
	}
	malformed = seen - r.Counts[0].Rows
	if r.Counts[0].Rows == 0 {
		err = fmt.Errorf("%s has no usable record (%d were read, %d malformed)", source, seen, malformed)
		if d, wrong := format(nil); wrong == nil && seen > 0 {
			if looks := d.Explain(first); looks != "" { // else it is left out for another reason
				err = fmt.Errorf("%w: the first looks like %s", err, looks)
			}
		}
		return nil, malformed, err
	}
	fields.describe(&r)
	return &r, malformed, nil
}
