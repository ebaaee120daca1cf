package rules

import (
	"maps"
	"slices"
	"time"
)

// Split tells the rules that windows are stepped through from those that the
// clock is, because they name clock statistics. Each of the two engines has its
// own states, and e is not used any more.
func (e *Engine) Split() (windows, clock *Engine) {
	windows, clock = &Engine{}, &Engine{}
	for _, r := range e.rules {
		to := windows
		if slices.ContainsFunc(r.uses(), func(u use) bool { return u.Clock }) {
			to = clock
		}
		to.rules = append(to.rules, r)
	}
	return windows, clock
}

// Shift moves what is under way by as much as the clock that steps are taken by
// was set, so that it goes on for as long as it would have: for, keep_firing_for
// and stale_after are spans, not times of day. Ids stay.
func (e *Engine) Shift(by time.Duration) {
	for _, r := range e.rules {
		for i := range r.series {
			a := &r.series[i].alert
			for _, t := range []*time.Time{&a.began, &a.clear, &a.unknown} {
				if !t.IsZero() {
					*t = t.Add(by)
				}
			}
		}
	}
}

// Rule gives the rule of a name, with its defaults; false: the engine has none.
func (e *Engine) Rule(name string) (Rule, bool) {
	i := slices.IndexFunc(e.rules, func(r *rule) bool { return r.Name == name })
	if i < 0 {
		return Rule{}, false
	}
	return e.rules[i].Rule, true
}

// Names are those of the engine's rules, in their order.
func (e *Engine) Names() []string {
	names := make([]string, len(e.rules))
	for i, r := range e.rules {
		names[i] = r.Name
	}
	return names
}

// clock reports what makes no sense in a rule that is judged by the clock: such
// a rule knows no window, and so nothing of rows, features and segments.
func (b *builder) clock(r *rule, given Rule) {
	uses := slices.DeleteFunc(r.uses(), func(u use) bool { return u.limit })
	if len(uses) == 0 {
		return
	}
	first := uses[0].Statistic
	b.mixed(r, first)
	if !first.Clock {
		return
	}
	for _, e := range r.asks() {
		for _, u := range e.uses {
			if u.lag > 0 {
				b.problems = append(b.problems, Problem{Path: r.path + "." + e.key, Column: u.column, Message: "delta looks back to an earlier window, and " + u.Name + " is judged by the clock, outside of windows"})
			}
		}
	}
	if len(given.Windows) > 0 {
		b.report(r.path+".windows", "%s is judged by the clock, outside of windows; remove the line", first.Name)
	}
	for _, k := range []struct {
		key   string
		given []string
	}{{"features", given.Features}, {"segments", given.Segments}} {
		if len(k.given) > 0 {
			b.report(r.path+"."+k.key, "%s is one number of the whole monitor, which has no %s; remove the line", first.Name, k.key)
		}
	}
	for _, k := range []struct {
		key   string
		given *int
	}{{"min_samples", given.MinSamples}, {"min_reference_samples", given.MinReferenceSamples}} {
		if k.given != nil {
			b.warn(r.path+"."+k.key, "%s is judged by the clock, outside of windows and their rows, so this does nothing", first.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given.Limits)) {
		if name != "default" {
			b.warn(r.path+".limits."+name, "%s is one number of the whole monitor, so a limit for a feature does nothing", first.Name)
		}
	}
}

// mixed reports statistics that another engine would have to judge than the
// first one that the rule names.
func (b *builder) mixed(r *rule, first Statistic) {
	complain := func(path string, column int, st Statistic) {
		byClock, inWindow := st.Name, first.Name
		if first.Clock {
			byClock, inWindow = first.Name, st.Name
		}
		b.problems = append(b.problems, Problem{Path: path, Column: column, Message: byClock + " is judged by the clock and " + inWindow + " by windows, and one rule cannot be both; make two rules"})
	}
	for _, e := range r.asks() {
		for _, u := range e.uses {
			if !u.limit && u.Clock != first.Clock {
				complain(r.path+"."+e.key, u.column, u.Statistic)
				return
			}
		}
	}
	for _, text := range []summary{r.summary, r.description} {
		for _, name := range text.names {
			if st, ok := b.known[name]; ok && st.Clock != first.Clock {
				complain(r.path+"."+text.key, 0, st)
				return
			}
		}
	}
}
