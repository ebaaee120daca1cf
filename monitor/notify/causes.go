package notify

import (
	"regexp"
	"slices"
	"strings"

	"driftwatch/monitor"
)

// identifier takes the parenthesis of a function along: max(psi) does not name
// the statistic max. What follows a dot names a check: check_rate.in_order.
var identifier = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)?\(?`)

// causes are what conditions ask about, causes before what they may have
// caused: a topic that cannot be read, schema, types and missing values, range,
// volume.
// All else is drift.
var causes = [][]string{
	{"blind", "lost", "recreated", "partitions", "lag", "freshness", "malformed_rate", "rejected_rate"},
	{
		"schema_type_changed", "schema_lost", "schema_added", "schema_null_changed", "schema_constant", "schema_share",
		"type_error_rate", "invalid_rate", "missing_rate", "null_rate", "absent_rate", "empty_rate", "required_error_rate",
	},
	{
		"min", "max", "new_rate", "new_rate_excess", "tail_rate", "zero_rate", "negative_rate",
		"out_of_range_rate", "set_error_rate", "pattern_error_rate", "length_error_rate", "integer_error_rate",
		"monotonic_error_rate", "unique_error_rate", "check_rate",
	},
	{"rows", "record_rate", "rate_ratio", "late_rate", "duplicate_rate"},
}

// cause is the first of the causes that an alert's condition names; a topic that
// has stopped is one that cannot be read.
func cause(a monitor.Alert) int {
	names := identifier.FindAllString(a.When, -1)
	for rank, of := range causes {
		if slices.ContainsFunc(names, func(n string) bool { return slices.Contains(of, statistic(n)) }) {
			if rank == len(causes)-1 && a.Window.Rows == 0 {
				return 0
			}
			return rank
		}
	}
	return len(causes)
}

// statistic is what an identifier names: check_rate for that of one check.
func statistic(name string) string {
	if strings.HasPrefix(name, "check_rate.") {
		return "check_rate"
	}
	return name
}
