package monitor

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"driftwatch/stats"
)

// A constraint is a yes or no about each value of a feature or, as a check, about
// each record. It has a tally of its own, so that another declaration begins
// another count and leaves the feature alone.
type constraint struct {
	statistic string // such as out_of_range_rate, or check_rate.NAME
	feature   string // "" for a check
	declared  string // what is asked, for the tally's name
	judge     judge
	monotonic bool // it is judged by the value before, in the order of the log
}

// judge says whether a value that was counted in a cell is as declared. number is
// that of a numeric feature, else undefined.
type judge func(e *stats.Edges, cell int, number float64, v Value) answer

// The cells of a constraint's tally, after those that every feature has; what
// cannot be said is counted as absent.
const (
	tallyNo  = stats.NoValues
	tallyYes = stats.NoValues + 1
)

func (a answer) cell() int {
	switch a {
	case no:
		return tallyNo
	case yes:
		return tallyYes
	}
	return stats.Absent
}

func (c constraint) String() string {
	if c.feature == "" {
		return c.statistic
	}
	return c.statistic + " of " + c.feature
}

func (c constraint) edges() *stats.Edges {
	return stats.NewTally("_"+c.String()+": "+c.declared, []string{"no", "yes"})
}

// constraints are all that are declared, by feature, then the checks by name. An
// error is one that Validate reports, too.
func (c Config) constraints() ([]constraint, error) {
	var all []constraint
	for _, f := range c.Features {
		of, err := f.constraints()
		if err != nil {
			return nil, err
		}
		all = append(all, of...)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Checks)) {
		all = append(all, constraint{statistic: checkPrefix + name, declared: c.Checks[name]})
	}
	return all, nil
}

// checkPrefix begins the statistic of a check.
const checkPrefix = "check_rate."

func (f Feature) constraints() (all []constraint, err error) {
	add := func(statistic, declared string, j judge) {
		all = append(all, constraint{statistic: statistic, feature: f.Name, declared: declared, judge: j})
	}
	if f.Required {
		add("required_error_rate", "", isThere)
	}
	if f.Min != nil || f.Max != nil {
		low, high := bound(f.Min, math.Inf(-1)), bound(f.Max, math.Inf(1))
		add("out_of_range_rate", fmt.Sprint(low, high), inRange(low, high))
	}
	if len(f.Values) > 0 {
		add("set_error_rate", "", inSet(slices.Contains(f.Values, "")))
	}
	if f.Pattern != nil {
		match, err := patternMatcher(*f.Pattern)
		if err != nil {
			return nil, err
		}
		add("pattern_error_rate", "pattern "+*f.Pattern, matches(match))
	}
	if f.Format != "" {
		match, ok := formatMatcher(f.Format)
		if !ok {
			return nil, fmt.Errorf("format %q is not known; there are %s", f.Format, strings.Join(Formats(), ", "))
		}
		add("pattern_error_rate", "format "+f.Format, matches(match))
	}
	if f.Length != nil && (f.Length.Min != nil || f.Length.Max != nil) {
		low, high := cmp.Or(f.Length.Min, new(0)), cmp.Or(f.Length.Max, new(math.MaxInt))
		add("length_error_rate", fmt.Sprint(*low, *high), inLength(*low, *high))
	}
	if f.Integer {
		add("integer_error_rate", "", isWhole)
	}
	if f.Monotonic {
		all = append(all, constraint{statistic: "monotonic_error_rate", feature: f.Name, monotonic: true})
	}
	return all, nil
}

func bound(given *float64, otherwise float64) float64 {
	if given == nil {
		return otherwise
	}
	return *given
}

func isThere(_ *stats.Edges, cell int, _ float64, _ Value) answer {
	return answerOf(cell != stats.Absent && cell != stats.Null)
}

func inRange(low, high float64) judge {
	return func(e *stats.Edges, cell int, x float64, _ Value) answer {
		if cell < stats.NoValues || e.Kind != stats.Numeric {
			return unknown
		}
		return answerOf(x >= low && x <= high)
	}
}

func isWhole(e *stats.Edges, cell int, x float64, _ Value) answer {
	if cell < stats.NoValues || e.Kind != stats.Numeric {
		return unknown
	}
	return answerOf(x == math.Trunc(x))
}

// inSet goes by the dictionary, which is the set.
func inSet(empty bool) judge {
	return func(e *stats.Edges, cell int, _ float64, _ Value) answer {
		switch {
		case !e.HasValue(cell):
			return unknown
		case cell == stats.Empty:
			return answerOf(empty)
		}
		return answerOf(cell < stats.NoValues+len(e.Values))
	}
}

// matches judges texts; a value of another type has an error of its own.
func matches(match func([]byte) bool) judge {
	return func(e *stats.Edges, cell int, _ float64, v Value) answer {
		if !e.HasValue(cell) || v.Type != String {
			return unknown
		}
		return answerOf(match(v.Text))
	}
}

func inLength(low, high int) judge {
	return func(e *stats.Edges, cell int, _ float64, v Value) answer {
		if !e.HasValue(cell) || v.Type != String {
			return unknown
		}
		n := utf8.RuneCount(v.Text)
		return answerOf(n >= low && n <= high)
	}
}
