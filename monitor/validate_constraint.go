package monitor

import (
	"errors"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"driftwatch/rules"
)

// validateConstraints finds what is asked of values that cannot be.
func (f Feature) validateConstraints(p *problems, key string) {
	number := f.Kind == "" || f.Kind == "numeric"
	text := f.Kind == "" || f.Kind == "categorical" || f.Kind == "text"
	for _, asked := range []struct {
		key    string
		is, of bool
		needs  string
	}{
		{"min", f.Min != nil, number, "numeric"},
		{"max", f.Max != nil, number, "numeric"},
		{"integer", f.Integer, number, "numeric"},
		{"monotonic", f.Monotonic, number, "numeric"},
		{"pattern", f.Pattern != nil, text && !IsDerived(f.Name), "categorical or text"},
		{"format", f.Format != "", text && !IsDerived(f.Name), "categorical or text"},
		{"length", f.Length != nil, text && !IsDerived(f.Name), "categorical or text"},
	} {
		if asked.is && !asked.of {
			p.add(key+"."+asked.key, "only a feature of kind %s has it", asked.needs)
		}
	}
	for _, bound := range []struct {
		key string
		is  *float64
	}{{"min", f.Min}, {"max", f.Max}} {
		if bound.is != nil && (math.IsNaN(*bound.is) || math.IsInf(*bound.is, 0)) {
			p.add(key+"."+bound.key, "%g is no bound; give a finite number, or remove %s where there is none", *bound.is, bound.key)
		}
	}
	if f.Min != nil && f.Max != nil && *f.Min > *f.Max {
		p.add(key+".min", "min %g is more than max %g: no value is in between", *f.Min, *f.Max)
	}
	if l := f.Length; l != nil {
		switch {
		case l.Min != nil && *l.Min < 0, l.Max != nil && *l.Max < 0:
			p.add(key+".length", "a length in characters is 0 or more")
		case l.Min != nil && l.Max != nil && *l.Min > *l.Max:
			p.add(key+".length.min", "min %d is more than max %d: no text is so long", *l.Min, *l.Max)
		}
	}
	if f.Values != nil && len(f.Values) == 0 {
		p.add(key+".values", "values lists none, so nothing is checked; list those that are allowed, or remove it")
	}
	if f.Pattern != nil && f.Format != "" {
		p.add(key+".pattern", "pattern and format have one statistic, pattern_error_rate; give one of them")
	}
	if f.Pattern != nil {
		if *f.Pattern == "" {
			p.add(key+".pattern", "an empty pattern is found in every text, so nothing is checked; write a regular expression, as in ^[A-Z]{2}$, or remove it")
		} else if _, err := patternMatcher(*f.Pattern); err != nil {
			p.add(key+".pattern", "%v", err)
		}
	}
	if f.Format != "" {
		if _, ok := formatMatcher(f.Format); !ok {
			if near := rules.Nearest(f.Format, Formats()); near != "" {
				p.add(key+".format", "format %q is not known; did you mean %q?", f.Format, near)
			} else {
				p.add(key+".format", "format %q is not known; there are %s", f.Format, strings.Join(Formats(), ", "))
			}
		}
	}
}

// checkName is what stands for a statistic in an expression.
var checkName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (c Config) validateChecks(p *problems) {
	for _, name := range slices.Sorted(maps.Keys(c.Checks)) {
		if !checkName.MatchString(name) {
			p.add("checks."+name, "%q: a check's name is part of its statistic, check_rate.NAME: give letters, digits and _", name)
		}
		_, err := parsePredicate(c.Checks[name])
		var at *predicateError
		switch {
		case errors.As(err, &at):
			p.all = append(p.all, rules.Problem{Path: p.path + ".checks." + name, Column: at.Column, Message: at.Message})
		case err != nil:
			p.add("checks."+name, "%v", err)
		}
	}
}
