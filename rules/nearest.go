package rules

import (
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest gives the known name that was probably meant, however its letters are
// written: the first that begins with it, else the one that differs in the fewest
// letters, "" where each differs in more than a third of them, and in more than
// two.
func Nearest(name string, known []string) string {
	name = strings.ToLower(name)
	best, least := "", max(2, len(name)/3)+1
	for _, k := range known {
		if len(name) >= 3 && strings.HasPrefix(strings.ToLower(k), name) {
			return k
		}
		if n := levenshtein.ComputeDistance(name, strings.ToLower(k)); n < least && n < len(name) {
			best, least = k, n
		}
	}
	return best
}

// Unknown says that there is no thing of that name, and which was meant or which
// there are.
func Unknown(what, name string, known []string) string {
	text := fmt.Sprintf("there is no %s %q", what, name)
	if near := Nearest(name, known); near != "" {
		return text + fmt.Sprintf("; did you mean %q?", near)
	}
	if len(known) == 0 {
		return text + ", nor any other"
	}
	return text + "; there are: " + some(known)
}

// Severities are those of alerts, the most urgent first.
func Severities() []string { return []string{"page", "warn", "info"} }
