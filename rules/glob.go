package rules

import "strings"

// globs selects names. A name is in when a pattern matches it and no pattern
// that starts with "!" does; a list of exclusions only starts from every name.
// "*" stands for any run of characters, "?" for one; all others for themselves,
// because names hold dots, brackets and backslashes of their own.
type globs []string

func (g globs) match(name string) bool {
	in, wanted := false, false
	for _, pattern := range g {
		rest, exclude := strings.CutPrefix(pattern, "!")
		switch {
		case exclude && globMatch(rest, name):
			return false
		case !exclude:
			wanted = true
			in = in || globMatch(pattern, name)
		}
	}
	return in || !wanted
}

// of leaves out, for a derived feature, the patterns that are for fields.
func (g globs) of(f Feature) globs {
	if !f.Derived {
		return g
	}
	own := globs{}
	for _, pattern := range g {
		if strings.HasPrefix(strings.TrimPrefix(pattern, "!"), "_") {
			own = append(own, pattern)
		}
	}
	if len(own) == 0 {
		return globs{"!*"}
	}
	return own
}

// globMatch backtracks to the last star only, so its time is at most the
// product of the lengths.
func globMatch(pattern, name string) bool {
	p, n := []rune(pattern), []rune(name)
	i, j, star, mark := 0, 0, -1, 0
	for j < len(n) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == n[j]):
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// Match says that a list of patterns selects a name, as those of a rule's
// features and segments do. An empty list selects every name.
func Match(patterns []string, name string) bool { return globs(patterns).match(name) }
