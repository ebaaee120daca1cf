package main

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"driftwatch/monitor/notify"
	"driftwatch/rules"
)

// validate collects what is wrong with values that could be read: each
// package's view of its own section, and what must agree between sections.
func (c *Config) validate() {
	for _, p := range slices.Concat(
		c.Kafka.Validate("kafka"),
		c.State.Validate("state"),
		c.HTTP.Validate("http"),
		c.Incidents.Validate("incidents", c.receiverNames()),
		c.validateReceivers(),
		c.validatePaging(),
		c.validateMonitors(),
	) {
		c.documents[0].report(p)
	}
	c.validateRules()
}

func (c *Config) validateMonitors() (ps []rules.Problem) {
	if len(c.Monitors) == 0 {
		ps = append(ps, rules.Problem{Path: "monitors", Message: "is missing: name at least one topic to watch"})
	}
	seen := map[string]string{}
	for i, m := range c.Monitors {
		path := fmt.Sprintf("monitors[%d]", i)
		own := append(m.Validate(path), taken(seen, m.Name, path)...)
		named := func(p rules.Problem) bool { return p.Path == path+".name" }
		if !slices.ContainsFunc(own, named) && !nameForm.MatchString(m.Name) {
			own = append(own, rules.Problem{Path: path + ".name", Message: fmt.Sprintf(
				"the name %q goes into labels, alert ids and group names; use up to 100 letters, digits, - _ and .", m.Name)})
		}
		ps = append(ps, own...)
	}
	return ps
}

// validateReceivers looks at what else names receivers, too.
func (c *Config) validateReceivers() (ps []rules.Problem) {
	seen := map[string]string{}
	for i, r := range c.Receivers {
		path := fmt.Sprintf("receivers[%d]", i)
		ps = append(ps, r.Validate(path)...)
		ps = append(ps, taken(seen, r.Name, path)...)
		if r.Name == printer {
			ps = append(ps, rules.Problem{Path: path + ".name", Message: "the name --json is that of the flag's own receiver; use another one"})
		}
	}
	if len(c.Receivers) == 0 {
		ps = append(ps, rules.Problem{Path: "receivers", Warning: true, Message: "there is none, so alerts show in the API and the metrics only"})
	}
	ps = append(ps, c.Routes.Validate("routes", c.Receivers)...)
	if s := c.Kafka.SASL; s != nil && s.Password != "" && c.documents[0].find("kafka.sasl.password").literal {
		ps = append(ps, rules.Problem{Path: "kafka.sasl.password", Message: "a password is not written into a configuration; use password_file, or ${NAME} for an environment variable"})
	}
	return ps
}

// taken reports a name that something before has, and remembers it.
func taken(seen map[string]string, name, path string) []rules.Problem {
	first, ok := seen[name]
	if !ok {
		seen[name] = path
	}
	if !ok || name == "" {
		return nil
	}
	return []rules.Problem{{Path: path + ".name", Message: fmt.Sprintf("the name %q is taken by %s; each needs one of its own", name, first)}}
}

func (c *Config) validateRules() {
	monitors, receivers, routes := c.monitorNames(), c.receiverNames(), c.Routes.Complete(c.Receivers)
	seen := map[string]string{}
	for i, r := range c.Rules {
		at := c.sources[i]
		ps := r.Validate(at.path)
		ps = append(ps, taken(seen, r.Name, at.path)...)
		if seen[r.Name] == at.path {
			seen[r.Name] = at.path + " in " + at.file // another file has the same paths
		}
		if r.Monitor != "" && !slices.Contains(monitors, r.Monitor) {
			ps = append(ps, rules.Problem{Path: at.path + ".monitor", Message: rules.Unknown("monitor", r.Monitor, monitors)})
		}
		ps = append(ps, c.unheard(at.path, r, routes.For(cmp.Or(r.Severity, "warn"), r.Receivers))...)
		for j, name := range r.Receivers {
			if !slices.Contains(receivers, name) {
				path := fmt.Sprintf("%s.receivers[%d]", at.path, j)
				ps = append(ps, rules.Problem{Path: path, Message: rules.Unknown("receiver", name, receivers)})
			}
		}
		for _, p := range ps {
			at.report(p)
		}
	}
}

// callsNobody is why a page does not, and what to do.
const callsNobody = "stdout calls nobody, and Slack only whom mention.page names; give a receiver a mention.page, or send pages to a webhook that leads to a pager"

// validatePaging warns, once for all rules, where no receiver calls anybody.
func (c *Config) validatePaging() (ps []rules.Problem) {
	n := 0
	for _, r := range c.Rules {
		if r.Severity == "page" {
			n++
		}
	}
	if n > 0 && len(c.Receivers) > 0 && !slices.ContainsFunc(c.Receivers, notify.Receiver.Pages) {
		ps = append(ps, rules.Problem{Path: "receivers", Warning: true, Message: fmt.Sprintf(
			"%s of severity page and no receiver calls anybody: "+callsNobody, map[bool]string{true: "there is a rule", false: fmt.Sprintf("there are %d rules", n)}[n == 1])})
	}
	return ps
}

// unheard warns of a rule of whose alerts nobody is told, or that pages and calls
// nobody by that, where another receiver would.
func (c *Config) unheard(path string, r rules.Rule, told []string) []rules.Problem {
	warn := func(format string, args ...any) []rules.Problem {
		return []rules.Problem{{Path: path + ".severity", Warning: true, Message: fmt.Sprintf(format, args...)}}
	}
	pages := func(of notify.Receiver) bool { return slices.Contains(told, of.Name) && of.Pages() }
	switch severity := cmp.Or(r.Severity, "warn"); {
	case len(c.Receivers) == 0: // which is said
	case len(told) == 0:
		return warn("nobody is told of its alerts: routes send %s to no receiver, and the rule names none", severity)
	case severity == "page" && slices.ContainsFunc(c.Receivers, notify.Receiver.Pages) && !slices.ContainsFunc(c.Receivers, pages):
		return warn("a page of this rule calls nobody: it goes to %s, and there "+callsNobody, strings.Join(told, ", "))
	}
	return nil
}

func (c *Config) monitorNames() []string {
	names := make([]string, len(c.Monitors))
	for i, m := range c.Monitors {
		names[i] = m.Name
	}
	return names
}

func (c *Config) receiverNames() []string {
	names := make([]string, len(c.Receivers))
	for i, r := range c.Receivers {
		names[i] = r.Name
	}
	return names
}

// nameForm is what is safe in a metric's label, an alert's id, a consumer
// group's name and a URL alike.
var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$`)
