package rules

import (
	"slices"
	"strings"
)

// Part is the rows of a window that have one value of a dimension in common:
// the partition they lie in, _partition, or a header, _header.app_version.
type Part struct{ Dimension, Value string }

// Words name the part: "partition 3", "header app_version=1.42".
func (p Part) Words() string {
	if name, ok := strings.CutPrefix(p.Dimension, "_header."); ok {
		return "header " + name + "=" + p.Value
	}
	return strings.TrimPrefix(p.Dimension, "_") + " " + p.Value
}

// OnlyWords are ", only partition 3" for each.
func OnlyWords(parts []Part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(", only " + p.Words())
	}
	return b.String()
}

// only names the parts to which what fires is confined: when is true of the rows
// of that part alone, true of no other part of the dimension, and known to be
// false of all rows without it. As pane by pane, min_samples do not apply; and
// what a rule about features asks of the stream is asked of all rows.
func (r *rule) only(s *series, data view) []Part {
	sample := data.in(s.Series, r.Shortest())
	if s.Segment != "" || sample == nil || sample.Parts == nil {
		return nil
	}
	holds := func(p Part, inside bool) truth {
		return r.when.eval(r.scope(s, func(of Series) source {
			switch sample := data.in(of, r.Shortest()); {
			case sample == nil || sample.Split == nil:
				return source{}
			case of.Feature == "" && r.asksFeatures():
				return source{stat: sample.Stat}
			default:
				return source{stat: sample.Split(p, inside)}
			}
		}))
	}
	parts := sample.Parts()
	var only []Part
	for from := 0; from < len(parts); {
		to := from + 1
		for to < len(parts) && parts[to].Dimension == parts[from].Dimension {
			to++
		}
		there := slices.DeleteFunc(slices.Clone(parts[from:to]), func(p Part) bool { return holds(p, true) != yes })
		if len(there) == 1 && r.differs(s, data, there[0]) && holds(there[0], false) == no {
			only = append(only, there[0])
		}
		from = to
	}
	return only
}

// differs says that what the rule is about is not the same there: one of its
// features or, where it names none, the stream.
func (r *rule) differs(s *series, data view, p Part) bool {
	return slices.ContainsFunc(r.reads(s), func(feature string) bool {
		sample := data.in(Series{Monitor: s.Monitor, Segment: s.Segment, Feature: feature}, r.Shortest())
		return (feature != "") == r.asksFeatures() && sample != nil && sample.Differs != nil && sample.Differs(p)
	})
}
