package rules

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// A rule with several windows asks its when of all of them that end at one time:
// it is true where it is true in each, else false where it is false in one, else
// unknown. What a short one shows is there now, what a long one shows is no matter
// of a moment.
//
// The shortest is the one that people look at: an alert's numbers, its since and
// what it is confined to are of that, and a clear is asked of it alone, since it is
// the first that the fault leaves.

// Shortest is the size of the rule's shortest window; 0: it has the monitor's own
// one only.
func (r Rule) Shortest() time.Duration {
	if len(r.Windows) == 0 {
		return 0
	}
	return time.Duration(slices.Min(r.Windows))
}

// Longest is likewise the size of the longest.
func (r Rule) Longest() time.Duration {
	if len(r.Windows) == 0 {
		return 0
	}
	return time.Duration(slices.Max(r.Windows))
}

// sizes are those of all windows that when is asked of; 0 is the monitor's own.
func (r Rule) sizes() []time.Duration {
	if len(r.Windows) == 0 {
		return []time.Duration{0}
	}
	all := make([]time.Duration, len(r.Windows))
	for i, size := range r.Windows {
		all[i] = time.Duration(size)
	}
	slices.Sort(all)
	return all
}

func (r Rule) validateWindows(path string) (problems []Problem) {
	for i, size := range r.Windows {
		report := func(format string, args ...any) {
			problems = append(problems, Problem{Path: fmt.Sprintf("%s.windows[%d]", path, i), Message: fmt.Sprintf(format, args...)})
		}
		if size <= 0 {
			report("a window of %s has no rows; write a size such as 1h", size)
		}
		if slices.Contains(r.Windows[:i], size) {
			report("%s stands there twice; remove one", size)
		}
	}
	return problems
}

// Span is a window that rules look at, beside the monitor's present one.
type Span struct {
	Size time.Duration // 0: the monitor's own
	Lag  time.Duration // how much earlier than the present one it ends
}

// Spans are all of them, in order, each once: the samples' In and Past are asked
// for these and no others.
func (e *Engine) Spans() []Span {
	seen := map[Span]bool{{}: true}
	var all []Span
	add := func(s Span) {
		if !seen[s] {
			seen[s] = true
			all = append(all, s)
		}
	}
	for _, r := range e.rules {
		for _, size := range r.sizes() {
			add(Span{Size: size})
			for _, u := range r.uses() {
				add(Span{Size: size, Lag: u.lag})
			}
		}
	}
	slices.SortFunc(all, func(a, b Span) int {
		return cmp.Or(cmp.Compare(a.Size, b.Size), cmp.Compare(a.Lag, b.Lag))
	})
	return all
}

// Misaligned names the rules that look at windows which are no whole number of
// panes, as wide as every, or did not end when one does, and those whose windows
// are longer than panes are kept for.
func (e *Engine) Misaligned(every, kept time.Duration) []Problem {
	var problems []Problem
	report := func(path, format string, args ...any) {
		problems = append(problems, Problem{Path: path, Message: fmt.Sprintf(format, args...)})
	}
	for _, r := range e.rules {
		for _, u := range r.uses() {
			if u.lag%every != 0 {
				report(r.path+".when", "no window ended %s before another; give delta a multiple of window.every, which is %s", Duration(u.lag), Duration(every))
			}
		}
		for i, size := range r.Windows {
			path := fmt.Sprintf("%s.windows[%d]", r.path, i)
			switch {
			case time.Duration(size)%every != 0:
				report(path, "a window of %s is not made of whole panes; give a multiple of window.every, which is %s", size, Duration(every))
			case time.Duration(size) > kept:
				report(path, "a window of %s is longer than panes are kept for, which is %s; make it shorter, or state.retention longer", size, Duration(kept))
			}
		}
	}
	return problems
}
