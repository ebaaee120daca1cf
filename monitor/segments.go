package monitor

import (
	"fmt"
	"sort"
	"strings"
)

// Segment values that are no value of the data. Real values that look like
// them are escaped.
const (
	otherValue   = "(other)"
	missingValue = "(missing)"
)

// segmentSets assigns each record to one segment of every declared set of
// dimensions. Segment 0 is overall; segment i+1 is names[i].
type segmentSets struct {
	names []string
	sets  []segmentSet
}

type segmentSet struct {
	dims  []dimension
	byKey map[uint64]int32 // crossed codes -> segment
	other int32
}

// dimension is one field's dictionary: code 0 is any value not in it, 1 is
// missing.
type dimension struct {
	field string
	codes map[string]uint64
}

const (
	otherCode   = 0
	missingCode = 1
)

// newSegmentSets rebuilds the sets from a reference's dimensions and names.
func newSegmentSets(dimensions [][]string, names []string) (*segmentSets, error) {
	s := &segmentSets{names: names}
	for _, fields := range dimensions {
		set := segmentSet{byKey: map[uint64]int32{}, other: -1}
		for _, f := range fields {
			set.dims = append(set.dims, dimension{f, map[string]uint64{}})
		}
		s.sets = append(s.sets, set)
	}
	parsed := make([][]segmentPart, len(names))
	for i, name := range names {
		parts, err := parseSegment(name)
		if err != nil {
			return nil, err
		}
		parsed[i] = parts
		set := s.set(parts)
		if set == nil {
			return nil, fmt.Errorf("segment %q belongs to none of the dimensions %v", name, dimensions)
		}
		for d, part := range parts {
			codes := set.dims[d].codes
			if _, known := codes[part.value]; !part.special && !known {
				codes[part.value] = uint64(len(codes)) + 2
			}
		}
	}
	for i, parts := range parsed {
		set := s.set(parts)
		if allOther(parts) {
			set.other = int32(i) + 1
			continue
		}
		key := uint64(0)
		for d, part := range parts {
			code := uint64(otherCode)
			switch {
			case !part.special:
				code = set.dims[d].codes[part.value]
			case part.value == missingValue:
				code = missingCode
			}
			key = set.cross(d, key, code)
		}
		set.byKey[key] = int32(i) + 1
	}
	for i, set := range s.sets {
		if set.other < 0 {
			return nil, fmt.Errorf("the segments of %v lack %s", dimensions[i], otherValue)
		}
	}
	return s, nil
}

func (s *segmentSets) set(parts []segmentPart) *segmentSet {
	for i := range s.sets {
		if len(s.sets[i].dims) != len(parts) {
			continue
		}
		same := true
		for d, p := range parts {
			same = same && s.sets[i].dims[d].field == p.field
		}
		if same {
			return &s.sets[i]
		}
	}
	return nil
}

func (set *segmentSet) cross(d int, key, code uint64) uint64 {
	return key*uint64(len(set.dims[d].codes)+2) + code
}

// segment gives the segment of a record whose dimensions hold values.
func (set *segmentSet) segment(values []Value, scratch *[]byte) int32 {
	key := uint64(0)
	for d := range set.dims {
		code := uint64(otherCode)
		switch text, ok := scalarText(values[d], scratch); {
		case values[d].Type == Absent || values[d].Type == Null:
			code = missingCode
		case ok:
			code = set.dims[d].codes[string(text)]
		}
		key = set.cross(d, key, code)
	}
	if s, named := set.byKey[key]; named {
		return s
	}
	return set.other
}

type segmentPart struct {
	field, value string
	special      bool // (other) or (missing)
}

func allOther(parts []segmentPart) bool {
	for _, p := range parts {
		if !p.special || p.value != otherValue {
			return false
		}
	}
	return true
}

// segmentName is the canonical name, "country=DE,channel=web".
func segmentName(parts []segmentPart) string {
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(escapeSegment(p.field))
		b.WriteByte('=')
		if p.special {
			b.WriteString(p.value)
		} else {
			b.WriteString(escapeSegment(p.value))
		}
	}
	return b.String()
}

func parseSegment(name string) ([]segmentPart, error) {
	var parts []segmentPart
	for piece := range strings.SplitSeq(name, ",") {
		field, value, ok := strings.Cut(piece, "=")
		if !ok {
			return nil, fmt.Errorf("segment %q is not of the form field=value,field=value", name)
		}
		if value == otherValue || value == missingValue {
			parts = append(parts, segmentPart{unescapeSegment(field), value, true})
			continue
		}
		parts = append(parts, segmentPart{unescapeSegment(field), unescapeSegment(value), false})
	}
	return parts, nil
}

// escapeSegment percent-encodes what would make a segment's name ambiguous or
// unprintable: % , = / a leading (, control characters, and invalid UTF-8.
func escapeSegment(s string) string {
	plain := true
	for i, r := range s {
		if mustEscape(i, r) {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		if r != '\uFFFD' && !mustEscape(i, r) {
			b.WriteRune(r)
			continue
		}
		for _, c := range []byte(s[i : i+runeBytes(s[i:], r)]) {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func mustEscape(i int, r rune) bool {
	return r < 0x20 || r == 0x7f || r == '\uFFFD' || strings.ContainsRune("%,=/", r) || i == 0 && r == '('
}

// runeBytes is how many bytes of s the first rune r stands for: one where it
// is a byte that is no UTF-8.
func runeBytes(s string, r rune) int {
	if r == '\uFFFD' && !strings.HasPrefix(s, "\uFFFD") {
		return 1
	}
	return len(string(r))
}

func unescapeSegment(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, lo := strings.IndexByte(hexDigits, s[i+1]), strings.IndexByte(hexDigits, s[i+2])
			if hi >= 0 && lo >= 0 {
				out = append(out, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

const hexDigits = "0123456789ABCDEF"

// segmentCounter finds the segments worth naming: it counts the crossed values
// of each set.
type segmentCounter struct {
	dimensions [][]string
	rows       []map[string]uint64 // by set: name -> rows
	scratch    []byte
}

// maxCrossings bounds the distinct crossings one set is counted at; those that
// come later pool as (other), as the rare ones do anyway.
const maxCrossings = 200_000

// maxSegmentValue is the longest value, in bytes, that names a segment: names
// are keys of the store, and nobody reads longer ones.
const maxSegmentValue = 256

func newSegmentCounter(dimensions [][]string) *segmentCounter {
	c := &segmentCounter{dimensions: dimensions}
	for range dimensions {
		c.rows = append(c.rows, map[string]uint64{})
	}
	return c
}

// count takes the values of all dimensions, set after set.
func (c *segmentCounter) count(values []Value) {
	for i, fields := range c.dimensions {
		parts := make([]segmentPart, len(fields))
		for d, f := range fields {
			text, ok := scalarText(values[d], &c.scratch)
			switch {
			case values[d].Type == Absent || values[d].Type == Null:
				parts[d] = segmentPart{f, missingValue, true}
			case !ok || len(text) > maxSegmentValue:
				parts[d] = segmentPart{f, otherValue, true}
			default:
				parts[d] = segmentPart{f, string(text), false}
			}
		}
		values = values[len(fields):]
		name := segmentName(parts)
		if _, known := c.rows[i][name]; known || len(c.rows[i]) < maxCrossings {
			c.rows[i][name]++
		}
	}
}

// names are the top most segments of each set by rows, ties by name, and each
// set's (other).
func (c *segmentCounter) names(most int) []string {
	var all []string
	for i, fields := range c.dimensions {
		other := make([]segmentPart, len(fields))
		for d, f := range fields {
			other[d] = segmentPart{f, otherValue, true}
		}
		otherName := segmentName(other)
		var names []string
		for name := range c.rows[i] {
			if name != otherName {
				names = append(names, name)
			}
		}
		sort.Slice(names, func(a, b int) bool {
			x, y := c.rows[i][names[a]], c.rows[i][names[b]]
			return x > y || x == y && names[a] < names[b]
		})
		if len(names) > most {
			names = names[:most]
		}
		all = append(append(all, names...), otherName)
	}
	return all
}
