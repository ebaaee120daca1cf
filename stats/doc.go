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
// # Undefined
//
// NaN means that a statistic cannot be said: there are no rows on a side it
// needs, no reference, or the case that its Doc names. It never means "no
// drift".
package stats
