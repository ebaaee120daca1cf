package stats

import (
	"slices"

	"github.com/agnivade/levenshtein"
)

// Statistic is a row of the table of statistics: a number that a comparison
// has, by name.
type Statistic struct {
	Name  string
	Unit  string // "1" for a plain number, "value" for the feature's own
	Range string
	Doc   string // one line: meaning and formula
	Kinds Kind   // the kinds of features it is defined for
	// NeedsReference says that it is undefined without a reference.
	NeedsReference bool
	// Compute never panics. NaN means that it cannot be said: there are no
	// rows or no reference, or Doc names the case.
	Compute func(*Comparison) float64
}

// Statistics returns the table of all statistics of one feature.
func Statistics() []Statistic {
	return slices.Concat(
		qualityStatistics(),
		psiStatistics(),
		ksStatistics(),
		distanceStatistics(),
		chi2Statistics(),
		meanStatistics(),
		quantileStatistics(),
		categoryStatistics(),
	)
}

// Lookup returns the statistic of that name.
func Lookup(name string) (Statistic, bool) {
	all := Statistics()
	i := slices.IndexFunc(all, func(s Statistic) bool { return s.Name == name })
	if i < 0 {
		return Statistic{}, false
	}
	return all[i], true
}

// Nearest returns the name of the statistic that is spelt most like name, or ""
// where none is near enough to have been meant.
func Nearest(name string) string {
	// A third of the letters wrong, two at any rate, but never all of them.
	nearest, least := "", 1+min(max(2, len(name)/3), len(name)-1)
	for _, s := range Statistics() {
		if d := levenshtein.ComputeDistance(name, s.Name); d < least {
			nearest, least = s.Name, d
		}
	}
	return nearest
}
