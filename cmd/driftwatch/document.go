package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"driftwatch/rules"
)

// maxConfigBytes bounds a configuration file: a thousand rules take a quarter
// of it, and what is larger was not written as one.
const maxConfigBytes = 1 << 20

// document is one YAML file being read: its tree, where every value of it
// stands, and what is wrong with it.
type document struct {
	file     string
	root     *yaml.Node // the top mapping; nil for an empty file
	places   map[string]place
	problems problems
	failed   []string          // paths of values that could not be read
	meant    []string          // paths of keys that are there, misspelt
	expanded map[string]string // value of each ${NAME} that was used, to its name
	lookup   func(name string) (string, bool)
}

// place is where a value stands. Literal says that it holds no ${NAME}.
type place struct {
	line, column int
	literal      bool
	inside       int // the column its first character stands in, to count on from; 0: not known
}

// readDocument reads a file into a tree. The error is for a file that cannot be
// read at all; what is wrong inside it stands in the document's problems.
func readDocument(file string, lookup func(string) (string, bool)) (*document, error) {
	text, err := readCapped(file)
	if err != nil {
		return nil, err
	}
	return parseDocument(file, text, lookup), nil
}

func readCapped(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConfigBytes+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration %s: %w", file, err)
	}
	if len(text) > maxConfigBytes {
		return nil, fmt.Errorf("the configuration %s is larger than 1 MiB; split its rules into several rule_files", file)
	}
	return text, nil
}

func parseDocument(file string, text []byte, lookup func(string) (string, bool)) *document {
	d := &document{
		file:     file,
		places:   map[string]place{"": {line: 1, column: 1}},
		expanded: map[string]string{},
		lookup:   lookup,
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var top yaml.Node
	if err := dec.Decode(&top); err != nil {
		if !errors.Is(err, io.EOF) {
			d.syntax(err)
		}
		return d
	}
	var second yaml.Node
	if err := dec.Decode(&second); err == nil {
		d.at(&second, "", "a second document begins here; a configuration is one document")
	} else if !errors.Is(err, io.EOF) {
		d.syntax(err)
	}
	d.refuse(&top)
	if len(d.problems) == 0 {
		d.root = top.Content[0]
	}
	return d
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(.*)$`)

// syntax reports what the YAML parser says, which knows the line at most.
func (d *document) syntax(err error) {
	p := problem{file: d.file, line: 1, column: 1, message: "this is not YAML: " + err.Error()}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		p.message = "this is not YAML: " + m[2]
		if n, err := strconv.Atoi(m[1]); err == nil {
			p.line = n
		}
	}
	d.problems = append(d.problems, p)
}

// refuse reports what YAML offers and a configuration has no use for: aliases
// can blow a small file up to any size, tags change what a value is.
func (d *document) refuse(n *yaml.Node) {
	if n.Kind == yaml.AliasNode {
		d.at(n, "", "the alias *"+n.Value+" is not allowed; write the value out")
		return
	}
	if n.Anchor != "" {
		d.at(n, "", "the anchor &"+n.Anchor+" is not allowed; write the value out where it is needed")
	}
	if n.Style&yaml.TaggedStyle != 0 {
		d.at(n, "", "the tag "+n.Tag+" is not allowed; write the value without it")
	}
	for _, c := range n.Content {
		d.refuse(c)
	}
}

// at reports a problem at a node.
func (d *document) at(n *yaml.Node, path, message string) {
	d.problems = append(d.problems, problem{file: d.file, line: n.Line, column: n.Column, path: path, message: d.redact(message)})
}

// report reports a problem by its path alone: at the value of that path, or of
// the nearest one around it where there is none.
func (d *document) report(p rules.Problem) {
	if d.spoilt(p.Path) {
		return
	}
	at := d.find(p.Path)
	column := at.column
	if at.inside > 0 && p.Column > 0 {
		column = at.inside + p.Column - 1
	}
	d.problems = append(d.problems, problem{d.file, at.line, column, p.Path, d.redact(p.Message), p.Warning})
}

// unread notes the values that could not be read: what their checks would say
// of them makes no sense.
func (d *document) unread() {
	d.failed = slices.Clone(d.meant)
	for _, p := range d.problems {
		d.failed = append(d.failed, p.path)
	}
}

// spoilt says that a path is that of a value that could not be read, lies in
// one or around one.
func (d *document) spoilt(path string) bool {
	within := func(a, b string) bool {
		rest, ok := strings.CutPrefix(a, b)
		return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
	}
	return slices.ContainsFunc(d.failed, func(f string) bool { return f == "" || within(path, f) || within(f, path) })
}

// faulty says that a problem was found at a path or below it.
func (d *document) faulty(path string) bool {
	return slices.ContainsFunc(d.problems, func(p problem) bool {
		rest, below := strings.CutPrefix(p.path, path)
		return !p.warning && below && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}

func (d *document) find(path string) place {
	for {
		if at, ok := d.places[path]; ok {
			return at
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
}

// redact puts the names of environment variables back in the place of their
// values: those are where secrets come from. Longer values go first, since one
// can be a part of another; what is shorter than four bytes is no secret.
func (d *document) redact(message string) string {
	values := slices.SortedFunc(maps.Keys(d.expanded), func(a, b string) int {
		return cmp.Or(len(b)-len(a), cmp.Compare(a, b))
	})
	for _, value := range values {
		if len(value) < 4 {
			break
		}
		quoted := strconv.Quote(value)
		for _, v := range []string{value, quoted[1 : len(quoted)-1]} {
			message = strings.ReplaceAll(message, v, "${"+d.expanded[value]+"}")
		}
	}
	return message
}

// beside gives a path as the configuration file means it: relative to itself.
func (d *document) beside(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(d.file), path)
}
