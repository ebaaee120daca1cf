package stats

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Statistic is a row of the table of statistics.
type Statistic struct {
	Name  string
	Scope Scope
	Unit  string // "1" for a plain number, "value" for the feature's own
	Range string // such as "0..1"; "any" may be negative
	Doc   string // one line: meaning and formula
	Kinds Kind   // the kinds of features it is defined for
	// NeedsReference says that it is undefined without a reference.
	NeedsReference bool
	// Compute never panics. NaN means that it cannot be said: there are no
	// rows or no reference, or Doc names the case. It is nil but for features.
	Compute func(*Comparison) float64
	// Count is the same of a window's traffic; nil but where the scope is Stream.
	// A statistic that has neither is made of others by the rules.
	Count func(*Traffic) float64
}

// Scope says what a statistic is a number of.
type Scope uint8

// The scopes. Feature is one feature in one window; Stream the rows of a window;
// Constraint what is declared of a feature's values, in one window;
// Family all features that a rule selects, in one window; OverTime one feature
// in a window and in an earlier one; Clock the reading of a topic as it is now,
// outside of windows.
const (
	Feature Scope = iota
	Stream
	Constraint
	Family
	OverTime
	Clock
)

// String returns "feature", "stream", "constraint", "family", "over time" or
// "clock".
func (s Scope) String() string {
	return [...]string{"feature", "stream", "constraint", "family", "over time", "clock"}[s]
}

const (
	anyKind    = Numeric | Categorical | Boolean | Text
	binned     = Numeric | Categorical | Boolean // kinds that have bins
	categories = Categorical | Boolean
)

// table is never written to. Each row's function, with its formula, its special
// cases and its source, is in the file of that name.
var table = [...]Statistic{
	{"rows", Stream, "rows", "0..", "number of rows", anyKind, false, nil, rows},
	{"record_rate", Stream, "1/s", "0..", "rows / length of the window in seconds", anyKind, false, nil, recordRate},
	{"rate_ratio", Stream, "1", "0..", "rows / the rows that the reference leads to expect in such a time, by the hour of the week where it is two weeks long or more", anyKind, true, nil, rateRatio},
	{"malformed_rate", Stream, "share", "0..1", "share of the records that are not what their format says; overall only", anyKind, false, nil, malformedRate},
	{"rejected_rate", Stream, "share", "0..1", "share of the records that are rejected, for whatever reason, tombstones apart; overall only", anyKind, false, nil, rejectedRate},
	{"late_rate", Stream, "share", "0..1", "share of the records that came after their pane had closed; they are in no window; overall only", anyKind, false, nil, lateRate},
	{"duplicate_rate", Stream, "share", "0..1", "share of the rows whose key another row of the window has, of those with a key, not counting the first of each; exact up to 4,096 keys, then estimated; overall only, undefined without a declared key", anyKind, false, nil, duplicateRate},
	{"schema_added", Stream, "fields", "0..", "fields that less than 0.1 % of the reference's rows have, in at least 1 % of a sample of the window's rows, and 3 rows; a new object is one; overall only", anyKind, true, nil, schemaAdded},
	{"schema_lost", Stream, "fields", "0..", "fields of the reference that are in no row of a sample of the window's where 20 or more were expected; overall only", anyKind, true, nil, schemaLost},
	{"schema_type_changed", Stream, "fields", "0..", "fields of which at least 1 % of the sampled values, and 3, are of a type that less than 0.1 % of the reference's are; overall only", anyKind, true, nil, schemaTypeChanged},
	{"schema_null_changed", Stream, "fields", "0..", "fields that are null in less than 0.1 % of the reference and are in 1 % of the sampled rows, or not where 20 or more were expected; overall only", anyKind, true, nil, schemaNullChanged},
	{"schema_constant", Stream, "features", "0..", "features of which all values, 100 or more, are the same where 20 or more others were expected; overall only", anyKind, true, nil, schemaConstant},
	{"schema_share", Stream, "share", "0..1", "largest share of the sampled rows in which one of these changes shows; overall only", anyKind, true, nil, schemaShare},

	{"missing_rate", Feature, "share", "0..1", "share of rows that are absent, null or a declared sentinel, or empty where that was declared missing", anyKind, false, missingRate, nil},
	{"absent_rate", Feature, "share", "0..1", "share of rows without the field", anyKind, false, absentRate, nil},
	{"null_rate", Feature, "share", "0..1", "share of rows where the field is null", anyKind, false, nullRate, nil},
	{"empty_rate", Feature, "share", "0..1", "share of rows where the field is the empty string", anyKind, false, emptyRate, nil},
	{"type_error_rate", Feature, "share", "0..1", "share of rows where the value has another type", anyKind, false, typeErrorRate, nil},
	{"invalid_rate", Feature, "share", "0..1", "share of rows where the value is NaN, infinite, overflows or is no valid UTF-8", anyKind, false, invalidRate, nil},
	{"unique_error_rate", Feature, "share", "0..1", "share of the values that another row of the window has, not counting the first of each; exact up to 4,096 distinct ones, then estimated; overall only, where declared unique", Numeric | Categorical | Text, false, uniqueErrorRate, nil},
	{"distinct", Feature, "values", "0..", "number of distinct values; those without a cell of their own are estimated beyond 1,024 of them, to 3 %; overall only, of numbers and texts where declared", anyKind, false, distinct, nil},

	{"psi", Feature, "nats", "0..", "population stability index, the sum over bins of (p-q) ln(p/q), with 1/2 added to every count", binned, true, (*Comparison).PSI, nil},
	{"psi_p", Feature, "probability", "0..1", "chance of a psi as large without drift, asymptotic, for independent rows: psi ~ (1/n+1/m) chi2(B-1)", binned, true, psiP, nil},
	{"psi_debiased", Feature, "nats", "any", "psi less what it is on average without drift, about (B-1)(1/n+1/m); may be negative", binned, true, psiDebiased, nil},
	{"psi_noise", Feature, "nats", "0..", "the psi that 1 % of windows exceed without drift, for independent rows", binned, true, psiNoise, nil},
	{"psi_lo", Feature, "nats", "any", "one-sided 99 % lower bound of the true psi: psi_debiased - 2.326 standard deviations", binned, true, psiLo, nil},
	{"psi_baseline", Feature, "nats", "0..", "the psi that 1 % of the reference's own windows exceeded, against the rest of it; undefined where the profile has none", binned, true, psiBaseline, nil},

	{"js", Feature, "1", "0..1", "Jensen-Shannon distance: the square root of the divergence to base 2", binned, true, js, nil},
	{"hellinger", Feature, "1", "0..1", "Hellinger distance: sqrt(1/2 sum (sqrt p - sqrt q)^2)", binned, true, hellinger, nil},
	{"tvd", Feature, "share", "0..1", "total variation distance, 1/2 sum |p-q|: the share of rows that are in another bin now", binned, true, tvd, nil},
	{"chi2", Feature, "1", "0..", "Pearson's chi-squared of the two rows of counts, without continuity correction", binned, true, chi2, nil},
	{"chi2_p", Feature, "probability", "0..1", "chance of a chi2 as large without drift, asymptotic, for independent rows", binned, true, chi2P, nil},

	{"ks", Feature, "share", "0..1", "largest difference of the distribution functions at the cuts: the exact Kolmogorov-Smirnov distance is at least that", Numeric, true, ks, nil},
	{"ks_error", Feature, "share", "0..1", "the exact Kolmogorov-Smirnov distance is at most ks + ks_error", Numeric, true, ksError, nil},
	{"ks_p", Feature, "probability", "0..1", "chance of a distance of ks or more without drift, asymptotic, for independent rows; conservative", Numeric, true, ksP, nil},
	{"wasserstein", Feature, "value", "0..", "area between the distribution functions, from the reference's 0.1 % to its 99.9 % quantile", Numeric, true, wasserstein, nil},
	{"wasserstein_norm", Feature, "reference iqr/1.349", "0..", "wasserstein / (reference interquartile range / 1.349); undefined where that is 0", Numeric, true, wassersteinNorm, nil},
	{"tail_rate", Feature, "share", "0..1", "share of values outside of what wasserstein covers, about 0.002 without drift", Numeric, true, tailRate, nil},

	{"median_shift", Feature, "reference iqr", "any", "(median - reference median) / reference interquartile range, or p95-p05 where that is 0; undefined where both are", Numeric, true, medianShift, nil},
	{"iqr_ratio", Feature, "1", "0..", "interquartile range / reference interquartile range; undefined where that is 0", Numeric, true, iqrRatio, nil},
	{"mean", Feature, "value", "any", "arithmetic mean, without values further out than 2^20 reference std; undefined where all are", Numeric, false, mean, nil},
	{"std", Feature, "value", "0..", "standard deviation, with n-1, of the values that mean is of; undefined below two of them", Numeric, false, std, nil},
	{"mean_shift", Feature, "reference std", "any", "(mean - reference mean) / reference std; where that is 0, 0 if the means are equal, else undefined; undefined for a reference of one value", Numeric, true, meanShift, nil},
	{"std_ratio", Feature, "1", "0..", "std / reference std; undefined where that is 0", Numeric, true, stdRatio, nil},
	{"p01", Feature, "value", "any", "1 % quantile", Numeric, false, p01, nil},
	{"p05", Feature, "value", "any", "5 % quantile", Numeric, false, p05, nil},
	{"p50", Feature, "value", "any", "median", Numeric, false, p50, nil},
	{"p95", Feature, "value", "any", "95 % quantile", Numeric, false, p95, nil},
	{"p99", Feature, "value", "any", "99 % quantile", Numeric, false, p99, nil},
	{"p01_shift", Feature, "reference iqr", "any", "(p01 - reference p01) / reference interquartile range, or p95-p05 where that is 0; undefined where both are", Numeric, true, p01Shift, nil},
	{"p05_shift", Feature, "reference iqr", "any", "(p05 - reference p05) / reference interquartile range, or p95-p05 where that is 0; undefined where both are", Numeric, true, p05Shift, nil},
	{"p50_shift", Feature, "reference iqr", "any", "the same as median_shift", Numeric, true, medianShift, nil},
	{"p95_shift", Feature, "reference iqr", "any", "(p95 - reference p95) / reference interquartile range, or p95-p05 where that is 0; undefined where both are", Numeric, true, p95Shift, nil},
	{"p99_shift", Feature, "reference iqr", "any", "(p99 - reference p99) / reference interquartile range, or p95-p05 where that is 0; undefined where both are", Numeric, true, p99Shift, nil},
	{"min", Feature, "value", "any", "least value", Numeric, false, least, nil},
	{"max", Feature, "value", "any", "greatest value", Numeric, false, greatest, nil},
	{"zero_rate", Feature, "share", "0..1", "share of the values that are 0", Numeric, false, zeroRate, nil},
	{"negative_rate", Feature, "share", "0..1", "share of the values that are below 0", Numeric, false, negativeRate, nil},
	{"constant_changed", Feature, "1", "0..1", "1 where all values of the reference are the same one and not all are that one now, else 0", Numeric, true, constantChanged, nil},

	{"top_share", Feature, "share", "0..1", "share of the most frequent value among the values, of those that have a cell of their own", binned, false, topShare, nil},
	{"entropy", Feature, "nats", "0..", "Shannon entropy of the values, with all rare ones taken as one, and all unseen ones", categories, false, entropy, nil},
	{"cramer_v", Feature, "1", "0..1", "Cramer's V: sqrt(chi2 / (n+m)), the strength of the association of value and side", categories, true, cramerV, nil},
	{"new_rate", Feature, "share", "0..1", "share of values that were not seen when the edges were built", Categorical, false, newRate, nil},
	{"new_rate_excess", Feature, "share", "-1..1", "new_rate less the rate that the reference leads to expect: values it saw once / values (Good and Turing)", Categorical, true, newRateExcess, nil},
	{"lost_categories", Feature, "categories", "0..", "categories of at least 1 % of the reference that are gone, where 10 rows or more were expected", categories, true, lostCategories, nil},

	{"required_error_rate", Constraint, "share", "0..1", "required: share of the rows where the field is absent or null", anyKind, false, nil, nil},
	{"out_of_range_rate", Constraint, "share", "0..1", "min, max: share of the values that are below or above", Numeric, false, nil, nil},
	{"set_error_rate", Constraint, "share", "0..1", "values: share of the values that are others", Categorical, false, nil, nil},
	{"pattern_error_rate", Constraint, "share", "0..1", "pattern, format: share of the texts that are not of it", Categorical | Text, false, nil, nil},
	{"length_error_rate", Constraint, "share", "0..1", "length: share of the texts that are shorter or longer, in characters", Categorical | Text, false, nil, nil},
	{"integer_error_rate", Constraint, "share", "0..1", "integer: share of the values with a fraction", Numeric, false, nil, nil},
	{"monotonic_error_rate", Constraint, "share", "0..1", "monotonic: share of the values that are less than the one before in the partition", Numeric, false, nil, nil},
	{"check_rate", Constraint, "share", "0..1", "checks: check_rate.NAME is the share of the records for which the check NAME does not hold, of those of which it can be said", anyKind, false, nil, nil},

	{"share", Family, "share", "0..1", "share(condition): the share of the rule's features for which it is true, of those for which it is known", anyKind, false, nil, nil},
	{"count", Family, "features", "0..", "count(condition): the number of the rule's features for which it is true", anyKind, false, nil, nil},
	{"max", Family, "of the statistic", "any", "max(statistic): the greatest among the rule's features", anyKind, false, nil, nil},

	{"delta", OverTime, "of the statistic", "any", "delta(statistic, 1h): the statistic now less that of the window that ended so much earlier", anyKind, false, nil, nil},

	{"lag", Clock, "records", "0..", "records up to the last stable offset that are not counted yet, over all partitions; judged by the clock outside of windows, undefined in backtest", anyKind, false, nil, nil},
	{"freshness", Clock, "s", "any", "seconds from the highest event time counted until now; undefined before there is one; judged by the clock outside of windows, undefined in backtest", anyKind, false, nil, nil},
	{"blind", Clock, "partitions", "0..", "partitions without a successful fetch for window.idle_timeout; judged by the clock outside of windows, undefined in backtest", anyKind, false, nil, nil},
	{"partitions", Clock, "partitions", "0..", "partitions of the topic; judged by the clock outside of windows, undefined in backtest", anyKind, false, nil, nil},
	{"lost", Clock, "records", "0..", "records that were deleted before they were read, found since the last look, of which there are several a second: give it a keep_firing_for; judged by the clock outside of windows, undefined in backtest", anyKind, false, nil, nil},
	{"recreated", Clock, "partitions", "0..", "partitions found made anew since the last look: give it a keep_firing_for; judged by the clock outside of windows, undefined in backtest", anyKind, false, nil, nil},
	{"undecided", Clock, "rules", "0..", "rules that were unknown in over half of their windows of the last 24 h of event time; undefined while the reference is learned; judged by the clock outside of windows, undefined in backtest", anyKind, false, nil, nil},
}

// Bounds are the ends of the Range, infinite where it has none.
func (s Statistic) Bounds() (least, most float64) {
	from, to, _ := strings.Cut(s.Range, "..")
	least, most = math.Inf(-1), math.Inf(1)
	if x, err := strconv.ParseFloat(from, 64); err == nil { // else it is "any"
		least = x
	}
	if x, err := strconv.ParseFloat(to, 64); err == nil {
		most = x
	}
	return least, most
}

// Table returns all rows, of every scope.
func Table() []Statistic { return slices.Clone(table[:]) }

// Statistics returns the rows that can be computed of a feature.
func Statistics() []Statistic {
	return slices.DeleteFunc(Table(), func(s Statistic) bool { return s.Compute == nil })
}

// Lookup returns the statistic of that name, of a feature or of the stream.
func Lookup(name string) (Statistic, bool) {
	for i := range table {
		if table[i].Name == name && (table[i].Compute != nil || table[i].Count != nil) {
			return table[i], true
		}
	}
	return Statistic{}, false
}
