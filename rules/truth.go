package rules

import "math"

// truth is Kleene's three-valued logic. With these numbers "and" is min, "or"
// is max and "not" is minus, and the zero value is the one that does no harm.
type truth int8

const (
	no      truth = -1
	unknown truth = 0
	yes     truth = 1
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// number is 1, 0 or NaN, so that conditions can be counted like statistics.
func (t truth) number() float64 {
	if t == unknown {
		return math.NaN()
	}
	return float64(t+1) / 2
}
