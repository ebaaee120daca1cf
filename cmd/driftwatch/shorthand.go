package main

import (
	"go.yaml.in/yaml/v3"
)

// canonical rewrites the short forms of a configuration into the long ones, so
// that the types behind need one form each:
//
//	features: [amount]       features: [{name: amount}]
//	timestamp: event_time    timestamp: {field: event_time}
//	segments: [country]      segments: [[country]]
func canonical(root *yaml.Node) {
	for _, m := range items(child(root, "monitors")) {
		wrap(child(m, "timestamp"), asKey("field"))
		for _, f := range items(child(m, "features")) {
			wrap(f, asKey("name"))
		}
		for _, s := range items(child(m, "segments")) {
			wrap(s, asList)
		}
	}
}

// wrap replaces a word by a tree that holds it, at the same place.
func wrap(n *yaml.Node, tree func(word *yaml.Node) yaml.Node) {
	if n == nil || n.Kind != yaml.ScalarNode || isNull(n) {
		return
	}
	word := *n
	*n = tree(&word)
	n.Line, n.Column = word.Line, word.Column
}

func asKey(key string) func(*yaml.Node) yaml.Node {
	return func(word *yaml.Node) yaml.Node {
		k := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key, Line: word.Line, Column: word.Column}
		return yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{k, word}}
	}
}

func asList(word *yaml.Node) yaml.Node {
	return yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{word}}
}

// child is the value of a mapping's key, nil where there is none.
func child(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func items(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}
