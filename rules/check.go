package rules

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Sizes are what is known of how many rows a rule will see.
type Sizes struct {
	Window    time.Duration
	Reference map[string]uint64 // rows of the reference, by segment; nil: not known yet
	Span      time.Duration     // the time those rows are of; 0: not known
}

// Check warns of what makes a rule useless although it is written well.
func (e *Engine) Check(sizes Sizes) []Problem {
	var problems []Problem
	warn := func(r *rule, key, format string, args ...any) {
		problems = append(problems, Problem{Path: r.path + "." + key, Warning: true, Message: fmt.Sprintf(format, args...)})
	}
	for _, r := range e.rules {
		window := cmp.Or(r.Shortest(), sizes.Window) // it is the first that rows leave, and has the fewest
		if r.For > 0 && time.Duration(r.For) < window {
			warn(r, "for", "for is %s and the window is %s: the same rows are still in the window then, so it debounces nothing; use 0 or at least %s",
				r.For, Duration(window), Duration(window))
		}
		if !r.asksDistributions() || len(r.series) == 0 || sizes.Reference == nil {
			continue
		}
		if some, all := r.segmentsBelow(sizes.Reference, float64(*r.MinReferenceSamples)); some > 0 {
			warn(r, "when", "in %d of its %d segments (all rows together count as one) the reference has less than min_reference_samples (%d) rows, so that it is never decided there; build the reference from more, or lower it",
				some, all, *r.MinReferenceSamples)
		}
		if sizes.Span <= 0 {
			continue
		}
		perWindow := float64(window) / float64(sizes.Span)
		if some, all := r.segmentsBelow(sizes.Reference, float64(*r.MinSamples)/perWindow); some > 0 {
			warn(r, "when", "in %d of its %d segments (all rows together count as one) a window has less than min_samples (%d) rows at the reference's rate, so that it is not decided there as a rule; make the window longer, or lower it",
				some, all, *r.MinSamples)
		}
	}
	return problems
}

// Idle names the rules that look at no feature and no segment, and so never
// fire. It makes sense once the features are known.
func (e *Engine) Idle() []Problem {
	var problems []Problem
	for _, r := range e.rules {
		switch {
		case len(r.series) > 0 && (!r.perSegment || !r.asksFeatures() || len(r.members) > 0):
		case r.asksFeatures() && len(r.members) == 0:
			problems = append(problems, Problem{Path: r.path + ".features", Message: "no feature is left for this rule, so it never fires"})
		default:
			problems = append(problems, Problem{Path: r.path + ".segments", Message: "no segment is left for this rule, so it never fires"})
		}
	}
	return problems
}

// asksDistributions says that a statistic which few rows leave undefined is
// asked for.
func (r *rule) asksDistributions() bool {
	return slices.ContainsFunc(r.uses(), func(u use) bool { return !u.limit && !u.Rowwise && !u.Stream })
}

// segmentsBelow counts the segments of a rule, and those with fewer rows.
func (r *rule) segmentsBelow(rows map[string]uint64, least float64) (some, all int) {
	seen := map[string]bool{}
	for _, s := range r.series {
		if seen[s.Segment] {
			continue
		}
		seen[s.Segment] = true
		all++
		if float64(rows[s.Segment]) < least {
			some++
		}
	}
	return some, all
}
