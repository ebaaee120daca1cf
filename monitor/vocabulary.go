package monitor

import (
	"driftwatch/rules"
	"driftwatch/stats"
)

// Statistics is the vocabulary of the rules' conditions about a monitor: the
// statistics of a constraint are of the features that declare it, and there is one
// for each check.
func Statistics(c Config) []rules.Statistic {
	var known []rules.Statistic
	for _, st := range stats.Table() {
		r := rules.Statistic{Name: st.Name, OverallOnly: overallOnly[st.Name], Sampled: sampled[st.Name]}
		r.Min, r.Max = st.Bounds()
		if inOwnUnit(st.Name) {
			r.Hidden = c.sensitive()
		}
		kinds := st.Kinds
		switch st.Scope {
		case stats.Feature:
			r.Rowwise = rowwise[st.Name]
		case stats.Stream:
			r.Stream, r.Rowwise = true, true
			if isSchema(st.Name) {
				r.Measure = "schema_share"
			}
		case stats.Clock:
			r.Stream, r.Rowwise, r.Clock = true, true, true
		case stats.Constraint:
			if st.Name+"." == checkPrefix {
				continue
			}
			r.Rowwise, r.Features = true, c.asking(st.Name)
		default:
			continue
		}
		switch st.Name {
		case "duplicate_rate":
			if c.Key == "" {
				r.Lacks = "key"
			}
		case "unique_error_rate":
			r.Features = c.named(func(f Feature) bool { return f.Unique })
		case "distinct":
			kinds = stats.Categorical | stats.Boolean
			r.Also = c.named(func(f Feature) bool { return f.Unique || f.Distinct })
		}
		for _, k := range []stats.Kind{stats.Numeric, stats.Categorical, stats.Boolean, stats.Text} {
			if kinds&k != 0 {
				r.Kinds = append(r.Kinds, k.String())
			}
		}
		known = append(known, r)
	}
	for name := range c.Checks {
		known = append(known, rules.Statistic{Name: checkPrefix + name, Stream: true, Rowwise: true, Max: 1})
	}
	return known
}

// rowwise statistics are shares of the rows and mean something at any number
// of them.
var rowwise = map[string]bool{
	"missing_rate": true, "absent_rate": true, "null_rate": true,
	"empty_rate": true, "type_error_rate": true, "invalid_rate": true,
	"zero_rate": true, "negative_rate": true, "unique_error_rate": true,
}

// sampled statistics are made of the samples that the present window has.
var sampled = map[string]bool{
	"duplicate_rate": true, "unique_error_rate": true, "distinct": true,
	"schema_added": true, "schema_lost": true, "schema_type_changed": true,
	"schema_null_changed": true, "schema_constant": true, "schema_share": true,
}

// overallOnly statistics are made of samples, or of records that have no segment.
var overallOnly = map[string]bool{
	"malformed_rate": true, "rejected_rate": true, "late_rate": true,
	"duplicate_rate": true, "unique_error_rate": true, "distinct": true,
	"schema_added": true, "schema_lost": true, "schema_type_changed": true,
	"schema_null_changed": true, "schema_constant": true, "schema_share": true,
}
