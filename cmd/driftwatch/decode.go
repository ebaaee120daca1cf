package main

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"driftwatch/rules"
)

// decoder fills Go values from a document's tree, strictly, and goes on after
// a problem so that all of them are found. What the value holds already is its
// default; a key without a value leaves it. Keys are the yaml tags of struct
// fields. The YAML package's own decoder is not used for more than single
// scalars: it stops knowing positions and strictness below the top.
type decoder struct {
	*document
	elements map[reflect.Type]reflect.Value // defaults of what stands in lists
}

func (d *decoder) value(n *yaml.Node, v reflect.Value, path string) {
	d.places[path] = place{n.Line, n.Column, true, inside(n)}
	if v.Kind() == reflect.Pointer {
		if isNull(n) && v.Type().Elem().Kind() != reflect.Struct {
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if isNull(n) {
		return
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		d.text(n, u, path)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(n, v, path)
	case reflect.Map:
		d.mapping(n, v, path)
	case reflect.Slice:
		d.list(n, v, path)
	default:
		d.scalar(n, v, path)
	}
}

func (d *decoder) structure(n *yaml.Node, v reflect.Value, path string) {
	fields := keysOf(v.Type())
	for key, value := range d.pairs(n, path) {
		name := join(path, key.Value)
		i, ok := fields[key.Value]
		if !ok {
			known := slices.Sorted(maps.Keys(fields))
			d.at(key, name, unknownKey(key.Value, known))
			if near := rules.Nearest(key.Value, known); near != "" && child(n, near) == nil {
				d.meant = append(d.meant, join(path, near))
			}
			continue
		}
		d.value(value, v.Field(i), name)
		if f := v.Field(i); f.Kind() == reflect.String && isPathKey(key.Value) {
			f.SetString(d.beside(f.String()))
		}
	}
}

func (d *decoder) mapping(n *yaml.Node, v reflect.Value, path string) {
	filled := reflect.MakeMap(v.Type())
	for key, value := range d.pairs(n, path) {
		e := reflect.New(v.Type().Elem()).Elem()
		d.value(value, e, join(path, key.Value))
		filled.SetMapIndex(reflect.ValueOf(key.Value), e)
	}
	v.Set(filled)
}

// pairs gives the keys and values of a mapping, each key once.
func (d *decoder) pairs(n *yaml.Node, path string) func(yield func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		if n.Kind != yaml.MappingNode {
			d.at(n, path, "must be a set of keys, not "+describe(n))
			return
		}
		lines := map[string]int{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != yaml.ScalarNode {
				d.at(key, path, "a key must be a word, not "+describe(key))
				continue
			}
			if line, ok := lines[key.Value]; ok {
				d.at(key, join(path, key.Value), fmt.Sprintf("is given twice, first in line %d; remove one", line))
				continue
			}
			lines[key.Value] = key.Line
			if !yield(key, n.Content[i+1]) {
				return
			}
		}
	}
}

func (d *decoder) list(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.SequenceNode {
		d.at(n, path, "must be a list, not "+describe(n)+"; write [ ] around it")
		return
	}
	filled := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		at := path + "[" + strconv.Itoa(i) + "]"
		if isNull(item) {
			d.at(item, at, `is empty; remove the item, or write "" for an empty text`)
			continue
		}
		if e, ok := d.elements[v.Type().Elem()]; ok {
			filled.Index(i).Set(e)
		}
		d.value(item, filled.Index(i), at)
	}
	v.Set(filled)
}

func (d *decoder) text(n *yaml.Node, u encoding.TextUnmarshaler, path string) {
	if n.Kind != yaml.ScalarNode {
		d.at(n, path, "must be one value, not "+describe(n))
		return
	}
	if !d.expand(n, path) {
		return
	}
	if err := u.UnmarshalText([]byte(n.Value)); err != nil {
		d.at(n, path, err.Error())
	}
}

func (d *decoder) scalar(n *yaml.Node, v reflect.Value, path string) {
	var want string
	var tags []string
	switch v.Kind() {
	case reflect.String:
		want = "text"
	case reflect.Bool:
		want, tags = "true or false", []string{"!!bool"}
	case reflect.Int, reflect.Int64, reflect.Uint64:
		want, tags = "a whole number", []string{"!!int"}
	case reflect.Float64:
		want, tags = "a number", []string{"!!int", "!!float"}
	default:
		panic("a configuration holds a value of an unforeseen type: " + v.Type().String())
	}
	if n.Kind != yaml.ScalarNode {
		d.at(n, path, "must be "+want+", not "+describe(n))
		return
	}
	if !d.expand(n, path) {
		return
	}
	if v.Kind() == reflect.String {
		v.SetString(n.Value)
		return
	}
	if !slices.Contains(tags, n.ShortTag()) || n.Decode(v.Addr().Interface()) != nil {
		d.at(n, path, "must be "+want+", not "+describe(n))
	}
}

var variable = regexp.MustCompile(`\$?\$\{([^}]*)(\}?)`)

// expand replaces each ${NAME} in a value by the environment's variable; $${
// writes a literal ${. It happens in the tree, so that what a variable holds
// can never be read as more than this one value.
func (d *decoder) expand(n *yaml.Node, path string) (ok bool) {
	ok = true
	text := variable.ReplaceAllStringFunc(n.Value, func(m string) string {
		name, closed := strings.CutSuffix(strings.TrimLeft(m, "${"), "}")
		switch value, found := d.lookup(name); {
		case strings.HasPrefix(m, "$$"):
			return m[1:]
		case !closed:
			d.at(n, path, "the ${ has no }; write $${ for the characters themselves")
			ok = false
		case !found:
			d.at(n, path, "the environment variable "+name+" is not set")
			ok = false
		default:
			d.places[path] = place{line: n.Line, column: n.Column}
			if value != "" {
				d.expanded[value] = name
			}
			return value
		}
		return m
	})
	if text != n.Value && n.Style == 0 {
		n.Tag = "" // an unquoted value is what it reads as: a number, true, text
	}
	n.Value = text
	return ok
}

// keysOf maps the keys of a struct to its fields.
func keysOf(t reflect.Type) map[string]int {
	keys := map[string]int{}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if name != "" && name != "-" {
			keys[name] = i
		}
	}
	return keys
}

// isPathKey says whether a key names a file or folder. The profile of a
// reference is not among them: it names the reference in alerts as well.
func isPathKey(key string) bool {
	return strings.HasSuffix(key, "_file") || key == "dir" || key == "web_config"
}

func unknownKey(key string, known []string) string {
	if near := rules.Nearest(key, known); near != "" {
		return fmt.Sprintf("there is no such key; did you mean %q?", near)
	}
	return "there is no such key; there are: " + strings.Join(known, ", ")
}

func isNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}

// describe names what stands at a node as its writer sees it.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a set of keys"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.ShortTag() == "!!str":
		return strconv.Quote(n.Value)
	default:
		return n.Value
	}
}

// inside is the column of a value's first character, 0 where the value is
// written otherwise than it reads, so that columns cannot be counted on.
func inside(n *yaml.Node) int {
	switch {
	case n.Style == 0:
		return n.Column
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 && !strings.ContainsAny(n.Value, "\\'\"\n"):
		return n.Column + 1
	}
	return 0
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
