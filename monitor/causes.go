package monitor

import (
	"regexp"
	"slices"
	"strings"
)

// identifier takes the parenthesis of a function along: max(psi) does not name
// the statistic max. What follows a dot names a check: check_rate.in_order.
var identifier = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)?\(?`)

// Cause ranks what an alert is about: causes before what they may have caused.
type Cause int

// The causes, the first of all first.
const (
	CauseReading Cause = iota // a topic that cannot be read, or has stopped
	CauseSchema               // schema, types and missing values
	CauseRange                // values that are not as they should be
	CauseVolume               // how many rows there are
	CauseDrift                // all else
)

// causes are what conditions ask about.
var causes = map[Cause][]string{
	CauseReading: {"blind", "lost", "recreated", "partitions", "lag", "freshness", "undecided", "malformed_rate", "rejected_rate"},
	CauseSchema: {
		"schema_type_changed", "schema_lost", "schema_added", "schema_null_changed", "schema_constant", "schema_share",
		"type_error_rate", "invalid_rate", "missing_rate", "null_rate", "absent_rate", "empty_rate", "required_error_rate",
	},
	CauseRange: {
		"min", "max", "new_rate", "new_rate_excess", "tail_rate", "zero_rate", "negative_rate",
		"out_of_range_rate", "set_error_rate", "pattern_error_rate", "length_error_rate", "integer_error_rate",
		"monotonic_error_rate", "unique_error_rate", "check_rate",
	},
	CauseVolume: {"rows", "record_rate", "rate_ratio", "late_rate", "duplicate_rate"},
}

// CauseOf is the first of the causes that an alert's condition names; a topic that
// has stopped is one that cannot be read.
func CauseOf(a Alert) Cause {
	names := identifier.FindAllString(a.When, -1)
	for cause := CauseReading; cause < CauseDrift; cause++ {
		if slices.ContainsFunc(names, func(n string) bool { return slices.Contains(causes[cause], asked(n)) }) {
			if cause == CauseVolume && a.Window.Rows == 0 {
				return CauseReading
			}
			return cause
		}
	}
	return CauseDrift
}

// asked is what an identifier names: check_rate for that of one check.
func asked(name string) string {
	if strings.HasPrefix(name, "check_rate.") {
		return "check_rate"
	}
	return name
}
