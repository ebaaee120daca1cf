package stats

// qualityStatistics say how many rows there are and how many have no value.
// The rates are shares of the feature's rows, NaN without rows.
func qualityStatistics() []Statistic {
	rate := func(cell int) func(*Comparison) float64 {
		return func(c *Comparison) float64 { return ratio(c.cur.count(cell), c.rows) }
	}
	return []Statistic{
		{
			Name: "rows", Unit: "rows", Range: "0..", Kinds: allKinds,
			Compute: func(c *Comparison) float64 { return float64(c.rows) },
			Doc:     "number of rows",
		},
		{
			Name: "missing_rate", Unit: "share", Range: "0..1", Kinds: allKinds,
			Compute: func(c *Comparison) float64 { return ratio(c.cur.Missing(), c.rows) },
			Doc:     "share of rows that are absent, null or a declared sentinel, or empty where that was declared missing",
		},
		{
			Name: "absent_rate", Unit: "share", Range: "0..1", Kinds: allKinds, Compute: rate(Absent),
			Doc: "share of rows without the field",
		},
		{
			Name: "null_rate", Unit: "share", Range: "0..1", Kinds: allKinds, Compute: rate(Null),
			Doc: "share of rows where the field is null",
		},
		{
			Name: "empty_rate", Unit: "share", Range: "0..1", Kinds: allKinds, Compute: rate(Empty),
			Doc: "share of rows where the field is the empty string",
		},
		{
			Name: "type_error_rate", Unit: "share", Range: "0..1", Kinds: allKinds, Compute: rate(WrongType),
			Doc: "share of rows where the value has another type",
		},
		{
			Name: "invalid_rate", Unit: "share", Range: "0..1", Kinds: allKinds, Compute: rate(Invalid),
			Doc: "share of rows where the value is NaN, infinite, overflows or is no valid UTF-8",
		},
	}
}

// count returns the count of a cell, 0 in the zero Profile.
func (p Profile) count(cell int) uint64 {
	if cell >= len(p.Cells) {
		return 0
	}
	return p.Cells[cell]
}
