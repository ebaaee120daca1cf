package stats

// ErrorRate is the share of the values, or of the records, that are not as was
// declared of them: no / (no + yes) of a tally of the two. What is missing or of
// another type is neither: it has rates of its own. Undefined where there is
// nothing of which it can be said. It is what every statistic of the scope
// Constraint is.
func ErrorRate(p Profile) float64 {
	no, yes := p.count(NoValues), p.count(NoValues+1)
	return ratio(no, no+yes)
}
