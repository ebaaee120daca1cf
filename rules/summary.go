package rules

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"text/template/parse"
	"time"
	"unicode/utf8"
)

// prose is one of the texts that a rule can give a template for. Its bounds also
// bound the running time, together with the refusal of range and of templates that
// call templates.
type prose struct {
	key      string // of the rule
	written  int    // bytes of the template, at most
	rendered int    // bytes of what it makes, at most
	instead  string // where what does not fit belongs
}

// The two texts: a summary is one line in a message, a description the lines below
// it.
func summaryProse() prose     { return prose{"summary", 4 << 10, 2 << 10, "description"} }
func descriptionProse() prose { return prose{"description", 16 << 10, 8 << 10, "runbook"} }

// summaryData is what a template sees.
type summaryData struct {
	Monitor, Rule, Severity string
	Segment, Feature        string // "" is overall, "" is the stream or all features
	State                   State  // after the transition
	Since                   time.Time
	Stats                   map[string]float64
	What                    string // what changed, in words; "" where there are none for it
}

// summary is a template of a rule, of either text.
type summary struct {
	prose
	template *template.Template // nil: there is none
	names    []string           // the .Stats it reads
	ends     bool               // it reads .State, so it has words for the end, too
}

func parseSummary(of prose, text string) (summary, error) {
	if text == "" {
		return summary{prose: of}, nil
	}
	if len(text) > of.written {
		return summary{}, fmt.Errorf("the %s has %d bytes, more than %d; put details into the %s", of.key, len(text), of.written, of.instead)
	}
	t, err := template.New(of.key).Option("missingkey=error").Funcs(template.FuncMap{"percent": Percent}).Parse(text)
	if err != nil {
		return summary{}, err
	}
	if len(t.Templates()) > 1 {
		return summary{}, fmt.Errorf("define and block are not allowed in a %s; write one template", of.key)
	}
	s := summary{prose: of, template: t}
	if t.Tree == nil {
		return s, nil
	}
	if err := s.walk(t.Root); err != nil {
		return summary{}, err
	}
	slices.Sort(s.names)
	s.names = slices.Compact(s.names)
	return s, nil
}

// Percent writes a share for people, as every summary and message does: 0.184 as
// "18 %", 0.0123 as "1.2 %", 0.0004 as "under 0.1 %", NaN as "an unknown part".
func Percent(share float64) string {
	x := 100 * share
	switch {
	case math.IsNaN(x):
		return "an unknown part"
	case x > 0 && x < 0.1:
		return "under 0.1 %"
	case math.Abs(x) < 0.05:
		return "0 %" // and not -0.0 %
	case math.Abs(x) < 9.95 && x != math.Trunc(x):
		return strconv.FormatFloat(x, 'f', 1, 64) + " %"
	}
	return strconv.FormatFloat(x, 'f', 0, 64) + " %"
}

// walk collects .Stats.name and index .Stats "name", and refuses what loops.
func (s *summary) walk(node parse.Node) error {
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil {
			return nil
		}
		return s.walkAll(n.Nodes)
	case *parse.ActionNode:
		return s.walk(n.Pipe)
	case *parse.IfNode:
		return errors.Join(s.walk(n.Pipe), s.walk(n.List), s.walk(n.ElseList))
	case *parse.WithNode:
		return errors.Join(s.walk(n.Pipe), s.walk(n.List), s.walk(n.ElseList))
	case *parse.PipeNode:
		for _, command := range n.Cmds {
			if err := s.command(command); err != nil {
				return err
			}
		}
	case *parse.ChainNode:
		return s.walk(n.Node)
	case *parse.FieldNode:
		s.field(n.Ident)
	case *parse.VariableNode:
		s.field(n.Ident[1:])
	case *parse.RangeNode:
		return fmt.Errorf("range is not allowed in a %s; name the statistics, as in .Stats.psi", s.key)
	case *parse.TemplateNode:
		return fmt.Errorf("template is not allowed in a %s; write one template", s.key)
	}
	return nil
}

func (s *summary) walkAll(nodes []parse.Node) error {
	for _, node := range nodes {
		if err := s.walk(node); err != nil {
			return err
		}
	}
	return nil
}

func (s *summary) command(n *parse.CommandNode) error {
	for i, arg := range n.Args {
		if name, ok := arg.(*parse.StringNode); ok && i > 0 && strings.HasSuffix(n.Args[i-1].String(), ".Stats") {
			s.names = append(s.names, name.Text)
		}
	}
	return s.walkAll(n.Args)
}

func (s *summary) field(path []string) {
	s.ends = s.ends || len(path) > 0 && path[0] == "State"
	if len(path) > 1 && path[0] == "Stats" {
		s.names = append(s.names, path[1])
	}
}

// check renders the template once on made-up numbers, so that a wrong field is
// found when the rule is loaded and not when it fires.
func (s summary) check() error {
	if s.template == nil {
		return nil
	}
	stats := make(map[string]float64, len(s.names))
	for _, name := range s.names {
		stats[name] = 1
	}
	_, err := s.execute(summaryData{Monitor: "monitor", Rule: "rule", Severity: "warn", Feature: "feature", Since: time.Unix(0, 0).UTC(), Stats: stats, What: "what"})
	return err
}

func (s summary) execute(data summaryData) (string, error) {
	out := limited{prose: s.prose}
	if err := s.template.Execute(&out, data); err != nil {
		return "", err
	}
	return out.String(), nil
}

// own renders the rule's own words; "" where there are none, or they fail on this
// data. A template that does not ask for .State speaks of what fires: at the end it
// would say that amount has drifted, with a PSI of nothing, so it has no words then.
func (s summary) own(data summaryData) string {
	if s.template == nil || data.State == OK && !s.ends {
		return ""
	}
	text, err := s.execute(data)
	if err != nil {
		return ""
	}
	return text
}

// summarize never fails: without words of its own a rule has plain ones.
func (r *rule) summarize(data summaryData, limit float64, only []Part) string {
	if text := r.summary.own(data); text != "" {
		return text
	}
	if data.What != "" {
		return data.What
	}
	return plainSummary(data, r.When, limit) + OnlyWords(only)
}

// plainSummary says what the rule asks and what was seen:
// "amount of payments, country=DE: psi_lo > limit (psi_lo 0.281, limit 0.2)",
// and "no longer psi_lo > limit" at the end.
func plainSummary(data summaryData, when string, limit float64) string {
	var seen []string
	for _, name := range slices.Sorted(maps.Keys(data.Stats)) {
		seen = append(seen, name+" "+plainNumber(data.Stats[name]))
	}
	if !math.IsNaN(limit) {
		seen = append(seen, limitName+" "+strconv.FormatFloat(limit, 'g', -1, 64))
	}
	if data.State == OK {
		when = "no longer " + when
	}
	return fmt.Sprintf("%s: %s (%s)", subject(Series{data.Monitor, data.Segment, data.Feature}), when, strings.Join(seen, ", "))
}

// plainNumber writes a count in full, all else to 3 significant digits.
func plainNumber(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// subject names a series for people: "amount of payments, country=DE".
func subject(s Series) string {
	name := s.Monitor
	if s.Feature != "" {
		name = s.Feature + " of " + name
	}
	if s.Segment != "" {
		name += ", " + s.Segment
	}
	return name
}

// limited refuses to grow beyond what a text may have.
type limited struct {
	strings.Builder
	prose
}

func (l *limited) Write(b []byte) (int, error) {
	if l.Len()+len(b) > l.rendered {
		return 0, fmt.Errorf("the %s is longer than %d bytes", l.key, l.rendered)
	}
	return l.Builder.Write(b)
}

// problem turns text/template's message into ours, with the column in
// the template where it gives one.
func (of prose) problem(path, text string, err error) Problem {
	position := regexp.MustCompile(`^template: ` + of.key + `:(\d+)(?::(\d+))?: (?:executing "` + of.key + `" at (<.*?>): )?(?s:(.*))$`)
	m := position.FindStringSubmatch(err.Error())
	if m == nil {
		return Problem{Path: path, Message: err.Error()}
	}
	p := Problem{Path: path, Message: "the " + of.key + " cannot be read: " + m[4]}
	if m[3] != "" {
		p.Message = fmt.Sprintf("the %s cannot be rendered at %s; it can use .Monitor .Rule .Severity .Segment .Feature .State .Since .Stats .What: %s", of.key, m[3], m[4])
	}
	if line, _ := strconv.Atoi(m[1]); m[2] != "" {
		before := strings.SplitAfterN(text, "\n", line)
		byteInLine, _ := strconv.Atoi(m[2])
		last := before[len(before)-1]
		start := len(text) - len(last)
		p.Column = utf8.RuneCountInString(text[:min(start+byteInLine, len(text))]) + 1
	}
	return p
}
