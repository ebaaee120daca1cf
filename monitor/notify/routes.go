package notify

import (
	"fmt"
	"maps"
	"slices"

	"driftwatch/rules"
)

// Routes are the configuration's routes: which receivers an alert of a severity
// goes to.
type Routes map[string][]string

// Complete gives the routes that hold where none are declared: every severity
// to every receiver. Declared ones stay as they are.
func (r Routes) Complete(receivers []Receiver) Routes {
	if len(r) > 0 {
		return r
	}
	all := Routes{}
	for _, severity := range rules.Severities() {
		all[severity] = names(receivers)
	}
	return all
}

// For gives the receivers of an alert; override are its rule's own, which go
// before the routes. Complete must have been asked first.
func (r Routes) For(severity string, override []string) []string {
	if len(override) > 0 {
		return override
	}
	return r[severity]
}

// Validate gives everything that is wrong with the routes at path.
func (r Routes) Validate(path string, receivers []Receiver) (problems []rules.Problem) {
	known := names(receivers)
	for _, severity := range sortedKeys(r) {
		at := path + "." + severity
		if !slices.Contains(rules.Severities(), severity) {
			problems = append(problems, rules.Problem{Path: at, Message: rules.Unknown("severity", severity, rules.Severities())})
		}
		for i, name := range r[severity] {
			if !slices.Contains(known, name) {
				problems = append(problems, rules.Problem{Path: fmt.Sprintf("%s[%d]", at, i), Message: rules.Unknown("receiver", name, known)})
			}
		}
	}
	return problems
}

func names(receivers []Receiver) []string {
	all := make([]string, len(receivers))
	for i, r := range receivers {
		all[i] = r.Name
	}
	return all
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
