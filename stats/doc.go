// Package stats counts the values of streams at fixed cut points and says how
// far two such counts are apart. It has no clock, does no I/O, starts no
// goroutine and does not panic on any data.
//
// # Counting
//
// Edges say which cell a value of one feature is counted in. They are built
// once, from a sample: a numeric feature is cut at its quantiles, a categorical
// one has a dictionary. The first cells of every feature count the rows that
// have no value, by reason. A Layout puts the cells of several features into
// one slab, and Counts are such a slab for one segment and some time. Counts are
// integers, and so are the sums that means come from: adding and subtracting
// them is exact, in any order, so that windows can roll over any length of time
// and give the same bits however the work was divided. A Reference is the
// lasting summary of what is normal; it can be written to a file.
//
// # Comparing
//
// A Base is the reference of one feature, a Comparison sets a current Profile
// against it, and each row of Statistics is a number that a comparison has.
//
// PSI, the population stability index, is the sum over bins of (p-q) ln(p/q),
// with every count increased by 1/2. The bins of a numeric feature are the
// deciles of the reference, equal ones merged and closed on the right. Those of
// a categorical one are the reference's categories with an expected count of 5
// or more, and one more bin for whatever is rarer or was never seen. Rows
// without a value are one extra bin, so that a feature which is suddenly null
// has a PSI. The other distances (js, hellinger, tvd, chi2) use the same bins,
// without the 1/2.
//
// The Kolmogorov-Smirnov distance needs all values, and only cells are known.
// It is hence given as an interval: the exact one is at least ks and at most
// ks + ks_error, which is about 1/resolution. Rows without a value have no part
// in it, nor in means and quantiles.
//
// # What to alarm on
//
// A distance is never 0, even where nothing changed: PSI is then about
// (1/n + 1/m) times chi-squared with B-1 degrees of freedom, for B bins and n
// and m rows. So 0.1 is noise on 100 rows and real on a million. A p-value
// (psi_p, ks_p, chi2_p) tells noise from change but not small from large: on
// enough rows everything is significant. The statistic to compare with a
// threshold is psi_lo, a lower bound of the true PSI at 99 %: psi_lo > 0.1 says
// that the change is large and that it is certain. All of this takes rows to be
// independent; where streams are autocorrelated, noise is larger.
//
// # Blind spots
//
// PSI does not see what happens within a bin. Where one value holds the lowest
// deciles, whatever falls below it stays in its bin: a constant that rises has a
// PSI, one that falls has none, and neither has a flag of 0 and 1 that was
// mostly 1 and is 0 now. ks, mean_shift and top_share see all of these, as a
// value heavier than 1/resolution has a cell of its own, and so do the bins of
// segments, which are made from the cells. A rule on psi_lo is well completed
// by one on ks.
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
