package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// problem is one thing that is wrong in a configuration file. Line and column
// count from 1; the path names the key, as in "monitors[0].window.size".
type problem struct {
	file         string
	line, column int
	path         string
	message      string
	warning      bool // the configuration can run as it is
}

func (p problem) String() string {
	if p.path == "" {
		return fmt.Sprintf("%s:%d:%d: %s", p.file, p.line, p.column, p.message)
	}
	return fmt.Sprintf("%s:%d:%d: %s: %s", p.file, p.line, p.column, p.path, p.message)
}

// problems is the error of a configuration that was read but is wrong.
type problems []problem

// Error gives every problem, one a line.
func (ps problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// sorted orders by position and drops what was said twice.
func (ps problems) sorted() problems {
	slices.SortFunc(ps, func(a, b problem) int {
		return cmp.Or(
			cmp.Compare(a.file, b.file),
			cmp.Compare(a.line, b.line),
			cmp.Compare(a.column, b.column),
			cmp.Compare(a.path, b.path),
			cmp.Compare(a.message, b.message),
		)
	})
	return slices.Compact(ps)
}
