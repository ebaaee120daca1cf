// Package stats counts the values of streams at fixed cut points and says how
// far two such counts are apart, and how much of that is noise. It has no clock,
// does no I/O, starts no goroutine and does not panic on any data.
//
// What follows is all that one needs to know of drift statistics to set a limit
// that alarms when it matters and is quiet else. Who is in a hurry: compare
// psi_lo with 0.1, and ks_p with nothing.
//
// # What to count
//
// Drift is a change of a distribution: of where values are, how far they spread,
// which there are, and how many rows have none. A window is compared with a
// reference, the rows of a time that was good. Neither is kept as rows. Edges say
// which cell a value of a feature is counted in. They are built once, from a
// sample: a numeric feature is cut at its quantiles, 200 cells of equal mass by
// default; a categorical one has a dictionary. The first cells of every feature
// count the rows that have no value, by reason. A Layout puts the cells of
// several features into one slab, and Counts are such a slab for one segment and
// some time.
//
// Counts are integers, and so are the sums that means come from: adding and
// subtracting them is exact, in any order. So windows can roll over any length of
// time and give the same bits however the work was divided. Cells are for ever:
// whatever statistic one thinks of later can be computed for all the past. A
// Reference is the lasting summary of what is normal, a file; it contains values,
// and Redact leaves out what could single somebody out.
//
// A value that is heavier than 1/resolution has a cell of its own, and so has 0 in
// any case: a cut just below the value and one at it. Hence zero_rate and
// negative_rate are exact, and ks is where there are few distinct values.
//
// # Comparing
//
// A Base is the reference of one feature, a Comparison sets a current Profile
// against it, and each row of Table is a number that a comparison has, by name.
// The formula, the special cases and the source of each are in the file of its
// name.
//
// Most need bins, coarser than cells. Those of a numeric feature are its deciles,
// closed on the right, as numpy.quantile has them; a value that holds more than a
// tenth of the reference has a bin of its own. A segment has bins of its own, ten
// of equal mass in its own reference. Those of a categorical feature are the
// categories of the dictionary of which 10 rows or more are expected on the
// smaller side, and the 8 most frequent in any case; one more has whatever is
// rarer or was never seen. Rows without a value are one extra bin, so that a
// feature that is suddenly null has a PSI. Bins without a row on either side are
// left out.
//
// # Keys and distinct values
//
// What has no cell of its own is sampled by its hash: a KeySample keeps the 4,096
// smallest hashes with their rows, and says of any number of panes together how many
// distinct keys there are and which share of the rows came again. Up to 4,096 distinct
// keys in a window both are exact. Beyond that distinct is known to 1.6 % (that of a
// categorical feature, of whose values only those outside of the dictionary are
// sampled, 1,024 of them, to 3.1 %), and duplicate_rate and unique_error_rate, where
// 1 % of the keys are there twice, to 0.15 percentage points; never worse than 1.6, but
// for a few keys with less than 8 % of the rows, which may be missed. Samples cannot
// be subtracted, and are kept only as long as a window needs them: in the history the
// latest window has these statistics, and delta() of them is undefined.
//
// # The families
//
// PSI, the population stability index, is the sum over bins of (p-q) ln(p/q). It
// weighs each difference by how surprising it is, so it sees best what appears
// where there was little. By convention 0.1 is a moderate and 0.25 a large change.
// Every count is increased by 1/2 first. With a fixed epsilon instead, as 1e-4, an
// empty bin would weigh more the more rows there are.
//
// js, hellinger and tvd are distances of the same shares without the 1/2, from 0
// to 1. tvd is the one to explain to people: 0.16 says that 16 % of the rows are
// in another bin. chi2 is Pearson's test; cramer_v is chi2 without the number of
// rows. All of these see neither order nor size: a value that moves to the next
// bin counts as much as one that moves to the last, and within a bin nothing is
// seen. A category that is rare, or a new one, drowns among (other): new_rate_excess
// and lost_categories look there.
//
// ks is the largest difference of the two distribution functions. It sees shifts
// best, and moves within a decile, but it is blind to tails, where all functions
// are near 0 or 1, and to rows without a value. Since only cells are known it is an
// interval: the exact distance is at least ks and at most ks + ks_error, about
// 1/resolution. wasserstein is the area between the functions: how far values have
// moved on average, in their own unit, with what is beyond the reference's 0.1 and
// 99.9 % quantiles left to tail_rate.
//
// median_shift and iqr_ratio say in which direction: where the middle is, and how
// wide the middle half. Up to a quarter of the values can be anything without
// moving them far, so they are to be preferred over mean_shift and std_ratio, which
// a single far value moves. min and max are single values and never a limit for
// drift; they are for what cannot be, such as an age of -3.
//
// What moves within a bin is not seen by PSI, and within a cell by nothing but
// mean and std; ks_error grows where a cell is suddenly heavy. top_share sees values
// that have a cell of their own.
//
// # Noise
//
// A distance is never 0, even where nothing changed. Without drift PSI is about
//
//	(1/n + 1/m) x chi-squared with B-1 degrees of freedom
//
// for B bins, n rows in the reference and m now: on average (B-1)(1/n+1/m). So 0.1
// is noise on 100 rows, and 0.002 is real on a million. psi_debiased takes that
// average off, psi_noise is what 1 % of windows exceed. Where few rows are expected
// in a bin the law is another one, which is computed (noise.go).
//
// A p-value (psi_p, ks_p, chi2_p) tells noise from change but not small from large:
// on enough rows everything is significant, since no two days are the same. And of
// 100 features at the level 0.01 one alarms in each window without any drift; with
// windows each minute that is 1,440 false alarms a day. So p-values are not for
// rules. If one must, divide the level by the number of tests a day (Bonferroni),
// which p-values this far out allow: they are good to 1e-6 down to 1e-300.
//
// # What to alarm on
//
// psi_lo is a lower bound of the true PSI, that of all rows there could be, at 99 %
// and more. The rule to begin with is
//
//	psi_lo > 0.1
//
// It says that the change is large and that it is certain, in one number that can
// be compared between features, kinds and window sizes. With few rows it is
// negative and quiet, instead of loud. "psi > 0.2 && psi_p < 0.001" looks alike but
// only tests that the change is not nothing; its alarms depend on the number of
// rows. The tables below say what it sees: with 1,000 rows a true PSI of 0.2 in 9
// of 10 windows, and 0.1 or less next to never. It is well completed by
// missing_rate and type_error_rate, by new_rate_excess for categories, and, where a
// tail matters, by tail_rate. A rule on half of the features at once,
// share(psi_lo > 0.05) > 0.5, sees what is too small in each.
//
// # Rows are not independent
//
// All p-values, psi_noise and psi_lo take rows to be independent. In a stream they
// are not: a busy customer has many rows, and hours and weekdays differ. A window
// then holds less information than its number of rows says, by a factor that
// Baseline.Phi measures from the reference's own windows: 1 where they are
// independent, 5 where rows are correlated 0.9 with the next. psi_baseline is the
// psi that only 1 % of those windows exceeded; it makes no assumption but that the
// time of the reference was a normal one. Where a profile has it, the rule is
//
//	psi_lo > 0.1 && psi > psi_baseline
//
// A baseline of n windows knows its 99 % point no better than n allows: with 100 it
// is about the maximum.
//
// # What moved
//
// Comparison.Bins has the term of each bin, and Attribute splits the PSI among
// segments, exactly: into what comes from a segment's share of the rows having
// changed (mix) and from its own distribution (within). A mix alone often means
// that nothing is broken but traffic.
//
// # Measured
//
// Size: percent of windows of m rows, without drift, with psi_p < 0.01, and with ks_p < 0.01.
//
//	reference rows, m =                        100           1,000          10,000         100,000
//	continuous, 10 bins       1000       0.90 0.68       0.97 0.74       1.11 0.83       0.94 0.84
//	                         10000       1.07 0.88       0.97 0.80       0.94 0.76       1.13 0.72
//	                        100000       0.95 0.78       1.03 0.72       0.96 0.87       0.94 0.75
//	0 in 35 %, 4 between      1000       1.05 0.20       1.04 0.26       0.95 0.14       0.98 0.20
//	                         10000       1.06 0.22       0.93 0.17       0.98 0.23       0.95 0.20
//	                        100000       1.01 0.18       0.97 0.28       1.02 0.17       1.01 0.18
//	flag, 7 % other           1000       0.74 0.00       1.01 0.00       1.08 0.00       0.98 0.00
//	                         10000       0.93 0.00       1.09 0.00       0.89 0.00       1.00 0.00
//	                        100000       0.81 0.00       1.09 0.00       0.85 0.00       1.10 0.00
//	flag, 1 % other           1000       0.48 0.00       0.44 0.00       0.79 0.00       0.76 0.00
//	                         10000       0.39 0.00       0.82 0.00       0.98 0.00       1.02 0.00
//	                        100000       0.39 0.00       0.76 0.00       0.94 0.00       1.04 0.00
//	99 % one value            1000       0.32 0.00       0.80 0.00       0.81 0.00       0.84 0.00
//	                         10000       0.26 0.00       0.85 0.00       1.00 0.00       1.13 0.00
//	                        100000       0.26 0.00       0.79 0.00       0.94 0.00       0.96 0.00
//	99.9 % one value          1000       0.12 0.00       0.00 0.00       0.38 0.00       0.27 0.00
//	                         10000       0.31 0.00       0.35 0.00       0.76 0.00       0.82 0.00
//	                        100000       0.50 0.00       0.26 0.00       0.98 0.00       1.05 0.00
//	5 heavy, rare between     1000       0.80 0.20       0.31 0.16       0.27 0.18       0.27 0.16
//	                         10000       0.60 0.20       0.34 0.15       0.94 0.15       0.81 0.18
//	                        100000       0.72 0.18       0.23 0.20       0.74 0.23       1.03 0.16
//	5 heavy, next to none     1000       1.09 0.27       0.87 0.19       0.66 0.17       0.96 0.21
//	                         10000       1.01 0.18       0.75 0.19       0.30 0.16       0.39 0.18
//	                        100000       0.89 0.13       0.91 0.15       0.35 0.17       1.05 0.15
//
// Size: percent of windows of m rows, without drift, with psi_p < 0.01.
//
//	reference rows, m =                        100           1,000          10,000         100,000
//	20 equal categories       1000            1.13            0.88            1.00            0.90
//	                         10000            1.19            0.97            1.11            1.00
//	                        100000            0.92            0.92            0.92            0.98
//	Zipf of 60                1000            0.75            0.92            1.04            1.02
//	                         10000            0.84            0.81            0.99            1.10
//	                        100000            0.79            1.01            0.94            0.99
//	Zipf of 5,000             1000            0.50            1.04            1.05            1.06
//	                         10000            0.52            0.92            1.02            0.87
//	                        100000            0.50            1.12            1.07            1.06
//	Zipf of 100,000           1000            0.46            1.06            0.96            1.08
//	                         10000            0.36            1.04            0.84            0.84
//	                        100000            0.46            1.11            0.98            0.94
//
// Coverage: percent of windows of m rows where psi_lo is above the true PSI, by shift, by scale and by mixture.
//
//	true PSI, n, m =                           100           1,000          30,000
//	0     1000                                0.01            0.01            0.00
//	0     100000                              0.00            0.00            0.00
//	0.05  1000                      0.00 0.01 0.00  0.11 0.09 0.11  0.20 0.25 0.21
//	0.05  100000                    0.01 0.01 0.01  0.15 0.18 0.19  0.82 0.78 0.76
//	0.1   1000                      0.01 0.01 0.01  0.19 0.14 0.13  0.31 0.30 0.31
//	0.1   100000                    0.01 0.03 0.02  0.34 0.27 0.33  0.71 0.90 0.86
//	0.2   1000                      0.03 0.04 0.03  0.33 0.29 0.28  0.49 0.54 0.44
//	0.2   100000                    0.01 0.03 0.08  0.40 0.44 0.43  0.81 0.84 0.80
//
// Power: percent of windows with psi_p < 0.01 where half of the most frequent value of a Zipf of 5,000 is another one.
//
//	reference rows, m =                        500           2,000
//	10000                                    95.55          100.00
//	100000                                   96.62          100.00
//
// The recommended rule: percent of windows of m rows with psi_lo > 0.1, by shift, against 100,000 reference rows.
//
//	true PSI, m =                              500           1,000           3,000          10,000
//	0                                         0.00            0.00            0.00            0.00
//	0.05                                      0.00            0.00            0.00            0.00
//	0.1                                       0.18            0.34            0.46            0.79
//	0.15                                      7.95           28.85           88.97          100.00
//	0.2                                      44.93           90.00          100.00          100.00
//	0.3                                      98.17          100.00          100.00          100.00
//	0.5                                     100.00          100.00          100.00          100.00
//
// Autocorrelation: percent of clean windows of 500 rows of AR(1) streams with psi_p < 0.01, psi > psi_baseline, and psi_lo > 0.1; and phi.
//
//	correlation of rows           psi_p, baseline, psi_lo; phi
//	0                             0.80 1.38 0.00 1.00
//	0.5                           6.98 1.63 0.00 1.31
//	0.9                           77.30 1.55 3.55 4.85
//	0.98                          99.80 1.43 65.80 23.24
//
// # Undefined
//
// NaN means that a statistic cannot be said: there are no rows on a side it
// needs, no reference, or the case that its Doc names. It never means "no
// drift".
package stats
