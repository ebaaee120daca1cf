package stats

import "slices"

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
	// rows or no reference, or Doc names the case. It is nil where the scope is
	// Family or OverTime: those are made of other statistics, by the rules; and
	// where it is Clock.
	Compute func(*Comparison) float64
}

// Scope says what a statistic is a number of.
type Scope uint8

// The scopes. Feature is one feature in one window; Stream the rows of a window;
// Family all features that a rule selects, in one window; OverTime one feature
// in a window and in an earlier one; Clock the reading of a topic as it is now,
// outside of windows.
const (
	Feature Scope = iota
	Stream
	Family
	OverTime
	Clock
)

// String returns "feature", "stream", "family", "over time" or "clock".
func (s Scope) String() string {
	return [...]string{"feature", "stream", "family", "over time", "clock"}[s]
}

const (
	anyKind    = Numeric | Categorical | Boolean | Text
	binned     = Numeric | Categorical | Boolean // kinds that have bins
	categories = Categorical | Boolean
)

// table is never written to. Each row's function, with its formula, its special
// cases and its source, is in the file of that name.
var table = [...]Statistic{
	{"rows", Stream, "rows", "0..", "number of rows", anyKind, false, rows},

	{"missing_rate", Feature, "share", "0..1", "share of rows that are absent, null or a declared sentinel, or empty where that was declared missing", anyKind, false, missingRate},
	{"absent_rate", Feature, "share", "0..1", "share of rows without the field", anyKind, false, absentRate},
	{"null_rate", Feature, "share", "0..1", "share of rows where the field is null", anyKind, false, nullRate},
	{"empty_rate", Feature, "share", "0..1", "share of rows where the field is the empty string", anyKind, false, emptyRate},
	{"type_error_rate", Feature, "share", "0..1", "share of rows where the value has another type", anyKind, false, typeErrorRate},
	{"invalid_rate", Feature, "share", "0..1", "share of rows where the value is NaN, infinite, overflows or is no valid UTF-8", anyKind, false, invalidRate},

	{"psi", Feature, "nats", "0..", "population stability index, the sum over bins of (p-q) ln(p/q), with 1/2 added to every count", binned, true, (*Comparison).PSI},
	{"psi_p", Feature, "probability", "0..1", "chance of a psi as large without drift, asymptotic, for independent rows: psi ~ (1/n+1/m) chi2(B-1)", binned, true, psiP},
	{"psi_debiased", Feature, "nats", "any", "psi less what it is on average without drift, about (B-1)(1/n+1/m); may be negative", binned, true, psiDebiased},
	{"psi_noise", Feature, "nats", "0..", "the psi that 1 % of windows exceed without drift, for independent rows", binned, true, psiNoise},
	{"psi_lo", Feature, "nats", "any", "one-sided 99 % lower bound of the true psi: psi_debiased - 2.326 standard deviations", binned, true, psiLo},
	{"psi_baseline", Feature, "nats", "0..", "the psi that 1 % of the reference's own windows exceeded, against the rest of it; undefined where the profile has none", binned, true, psiBaseline},

	{"js", Feature, "1", "0..1", "Jensen-Shannon distance: the square root of the divergence to base 2", binned, true, js},
	{"hellinger", Feature, "1", "0..1", "Hellinger distance: sqrt(1/2 sum (sqrt p - sqrt q)^2)", binned, true, hellinger},
	{"tvd", Feature, "share", "0..1", "total variation distance, 1/2 sum |p-q|: the share of rows that are in another bin now", binned, true, tvd},
	{"chi2", Feature, "1", "0..", "Pearson's chi-squared of the two rows of counts, without continuity correction", binned, true, chi2},
	{"chi2_p", Feature, "probability", "0..1", "chance of a chi2 as large without drift, asymptotic, for independent rows", binned, true, chi2P},

	{"ks", Feature, "share", "0..1", "largest difference of the distribution functions at the cuts: the exact Kolmogorov-Smirnov distance is at least that", Numeric, true, ks},
	{"ks_error", Feature, "share", "0..1", "the exact Kolmogorov-Smirnov distance is at most ks + ks_error", Numeric, true, ksError},
	{"ks_p", Feature, "probability", "0..1", "chance of a distance of ks or more without drift, asymptotic, for independent rows; conservative", Numeric, true, ksP},
	{"wasserstein", Feature, "value", "0..", "area between the distribution functions, from the reference's 0.1 % to its 99.9 % quantile", Numeric, true, wasserstein},
	{"wasserstein_norm", Feature, "reference iqr/1.349", "0..", "wasserstein / (reference interquartile range / 1.349); undefined where that is 0", Numeric, true, wassersteinNorm},
	{"tail_rate", Feature, "share", "0..1", "share of values outside of what wasserstein covers, about 0.002 without drift", Numeric, true, tailRate},

	{"median_shift", Feature, "reference iqr", "any", "(median - reference median) / reference interquartile range, or p95-p05 where that is 0; undefined where both are", Numeric, true, medianShift},
	{"iqr_ratio", Feature, "1", "0..", "interquartile range / reference interquartile range; undefined where that is 0", Numeric, true, iqrRatio},
	{"mean", Feature, "value", "any", "arithmetic mean, without values further out than 2^20 reference std; undefined where all are", Numeric, false, mean},
	{"std", Feature, "value", "0..", "standard deviation, with n-1, of the values that mean is of; undefined below two of them", Numeric, false, std},
	{"mean_shift", Feature, "reference std", "any", "(mean - reference mean) / reference std; where that is 0, 0 if the means are equal, else undefined; undefined for a reference of one value", Numeric, true, meanShift},
	{"std_ratio", Feature, "1", "0..", "std / reference std; undefined where that is 0", Numeric, true, stdRatio},
	{"p01", Feature, "value", "any", "1 % quantile", Numeric, false, p01},
	{"p05", Feature, "value", "any", "5 % quantile", Numeric, false, p05},
	{"p50", Feature, "value", "any", "median", Numeric, false, p50},
	{"p95", Feature, "value", "any", "95 % quantile", Numeric, false, p95},
	{"p99", Feature, "value", "any", "99 % quantile", Numeric, false, p99},
	{"p01_shift", Feature, "reference iqr", "any", "(p01 - reference p01) / reference interquartile range, or p95-p05 where that is 0; undefined where both are", Numeric, true, p01Shift},
	{"p05_shift", Feature, "reference iqr", "any", "(p05 - reference p05) / reference interquartile range, or p95-p05 where that is 0; undefined where both are", Numeric, true, p05Shift},
	{"p50_shift", Feature, "reference iqr", "any", "the same as median_shift", Numeric, true, medianShift},
	{"p95_shift", Feature, "reference iqr", "any", "(p95 - reference p95) / reference interquartile range, or p95-p05 where that is 0; undefined where both are", Numeric, true, p95Shift},
	{"p99_shift", Feature, "reference iqr", "any", "(p99 - reference p99) / reference interquartile range, or p95-p05 where that is 0; undefined where both are", Numeric, true, p99Shift},
	{"min", Feature, "value", "any", "least value", Numeric, false, least},
	{"max", Feature, "value", "any", "greatest value", Numeric, false, greatest},
	{"zero_rate", Feature, "share", "0..1", "share of the values that are 0", Numeric, false, zeroRate},
	{"negative_rate", Feature, "share", "0..1", "share of the values that are below 0", Numeric, false, negativeRate},
	{"constant_changed", Feature, "1", "0..1", "1 where all values of the reference are the same one and not all are that one now, else 0", Numeric, true, constantChanged},

	{"top_share", Feature, "share", "0..1", "share of the most frequent value among the values, of those that have a cell of their own", binned, false, topShare},
	{"entropy", Feature, "nats", "0..", "Shannon entropy of the values, with all rare ones taken as one, and all unseen ones", categories, false, entropy},
	{"cramer_v", Feature, "1", "0..1", "Cramer's V: sqrt(chi2 / (n+m)), the strength of the association of value and side", categories, true, cramerV},
	{"new_rate", Feature, "share", "0..1", "share of values that were not seen when the edges were built", Categorical, false, newRate},
	{"new_rate_excess", Feature, "share", "-1..1", "new_rate less the rate that the reference leads to expect: values it saw once / values (Good and Turing)", Categorical, true, newRateExcess},
	{"lost_categories", Feature, "categories", "0..", "categories of at least 1 % of the reference that are gone, where 10 rows or more were expected", categories, true, lostCategories},

	{"share", Family, "share", "0..1", "share(condition): the share of the rule's features for which it is true, of those for which it is known", anyKind, false, nil},
	{"count", Family, "features", "0..", "count(condition): the number of the rule's features for which it is true", anyKind, false, nil},
	{"max", Family, "of the statistic", "any", "max(statistic): the greatest among the rule's features", anyKind, false, nil},

	{"delta", OverTime, "of the statistic", "any", "delta(statistic, 1h): the statistic now less that of the window that ended so much earlier", anyKind, false, nil},

	{"lag", Clock, "records", "0..", "records up to the last stable offset that are not counted yet, over all partitions; judged by the clock outside of windows, undefined in backtest", anyKind, false, nil},
	{"freshness", Clock, "s", "any", "seconds from the highest event time counted until now; undefined before there is one; judged by the clock outside of windows, undefined in backtest", anyKind, false, nil},
	{"blind", Clock, "partitions", "0..", "partitions without a successful fetch for window.idle_timeout; judged by the clock outside of windows, undefined in backtest", anyKind, false, nil},
	{"partitions", Clock, "partitions", "0..", "partitions of the topic; judged by the clock outside of windows, undefined in backtest", anyKind, false, nil},
	{"lost", Clock, "records", "0..", "records that were deleted before they were read, found since the last look, of which there are several a second: give it a keep_firing_for; judged by the clock outside of windows, undefined in backtest", anyKind, false, nil},
	{"recreated", Clock, "partitions", "0..", "partitions found made anew since the last look: give it a keep_firing_for; judged by the clock outside of windows, undefined in backtest", anyKind, false, nil},
}

// Table returns all rows, of every scope.
func Table() []Statistic { return slices.Clone(table[:]) }

// Statistics returns the rows that can be computed: those of a feature or of
// the stream.
func Statistics() []Statistic {
	return slices.DeleteFunc(Table(), func(s Statistic) bool { return s.Compute == nil })
}

// Lookup returns the statistic of that name, among those that can be computed.
func Lookup(name string) (Statistic, bool) {
	for i := range table {
		if table[i].Name == name && table[i].Compute != nil {
			return table[i], true
		}
	}
	return Statistic{}, false
}
