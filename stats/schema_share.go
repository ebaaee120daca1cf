package stats

import "math"

// schemaShare is the largest share of the sampled rows, or of the field's values,
// in which one of the changes of the schema shows: 1 for a field that is gone and
// for a feature that is constant. 0 where nothing has changed; undefined where
// nothing can be said. It tells which of two windows is worse. Unit: share.
func schemaShare(t *Traffic) float64 {
	if t.Schema == nil {
		return math.NaN()
	}
	c := t.Schema()
	if c == nil {
		return math.NaN()
	}
	share, known := 0.0, false
	for _, list := range [][]FieldChange{c.Added, c.Types, c.Nulls} {
		known = known || list != nil
		for _, f := range list {
			share = max(share, f.Now)
		}
	}
	for _, list := range [][]FieldChange{c.Lost, c.Constant} {
		known = known || list != nil
		if len(list) > 0 {
			share = 1
		}
	}
	if !known {
		return math.NaN()
	}
	return share
}
