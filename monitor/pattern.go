package monitor

import (
	"fmt"
	"regexp"
)

// patternMatcher searches for a pattern in RE2's syntax, as the package regexp
// does: anywhere in the text, unless the pattern is anchored (^[A-Z]{3}$). A text
// of more than maxMatchedBytes never matches.
func patternMatcher(re string) (func(text []byte) bool, error) {
	compiled, err := regexp.Compile(re)
	if err != nil {
		return nil, fmt.Errorf("the pattern %q cannot be used: %w; write it in RE2's syntax, which has no lookaround and no backreferences", re, err)
	}
	return func(text []byte) bool { return len(text) <= maxMatchedBytes && compiled.Match(text) }, nil
}
