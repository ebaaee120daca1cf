// Package rules turns samples into alert transitions: declared conditions over
// statistics, and one state per rule and series.
//
// It has no clock, does no I/O and starts no goroutine. Time is an argument, so
// that the live service, a backtest and a unit test of rules all run the same
// step function and give the same bytes.
//
// A condition is three-valued. A statistic that cannot be said is NaN, a
// comparison with NaN is unknown, and unknown neither fires nor resolves an
// alert unless the rule's no_data says so.
package rules
