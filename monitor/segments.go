package monitor

import (
	"encoding/binary"
	"fmt"
	"strings"

	"driftwatch/stats"
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

// count is of all of them, overall included.
func (s *segmentSets) count() int { return 1 + len(s.names) }

type segmentSet struct {
	dims  []dimension
	named stats.Dictionary // of crossed codes, their segment
	other int32
	all   []int32 // its segments
}

// dimension is one field's dictionary: code 0 is any value not in it, 1 is
// missing.
type dimension struct {
	field string
	codes stats.Dictionary
	size  uint64 // of the codes
}

const (
	otherCode   = 0
	missingCode = 1
)

// newSegmentSets rebuilds the sets from a reference's dimensions and names.
func newSegmentSets(dimensions [][]string, names []string) (*segmentSets, error) {
	s := &segmentSets{names: names}
	for _, fields := range dimensions {
		set := segmentSet{other: -1}
		for _, f := range fields {
			set.dims = append(set.dims, dimension{f, stats.NewDictionary(len(names)), 2})
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
		set.all = append(set.all, int32(i)+1)
		for d, part := range parts {
			dim := &set.dims[d]
			if !part.special && dim.codes.Find([]byte(part.value)) == 0 {
				dim.codes.Put(part.value, int(dim.size))
				dim.size++
			}
		}
	}
	for i := range s.sets {
		s.sets[i].named = stats.NewDictionary(len(s.sets[i].all))
	}
	for i, parts := range parsed {
		set := s.set(parts)
		if allOther(parts) {
			set.other = int32(i) + 1
			continue
		}
		key := uint64(0)
		for d, part := range parts {
			code := otherCode
			switch {
			case !part.special:
				code = set.dims[d].codes.Find([]byte(part.value))
			case part.value == missingValue:
				code = missingCode
			}
			key = set.cross(d, key, code)
		}
		set.named.Put(string(keyText(nil, key)), i+1)
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

func (set *segmentSet) cross(d int, key uint64, code int) uint64 {
	return key*set.dims[d].size + uint64(code)
}

func keyText(dst []byte, key uint64) []byte { return binary.LittleEndian.AppendUint64(dst, key) }

// segment gives the segment of a record, whose dimensions are those fields of the row.
func (set *segmentSet) segment(row []Value, fields []int, scratch *[]byte) int32 {
	key := uint64(0)
	for d, f := range fields {
		code := otherCode
		switch v := &row[f]; v.Type {
		case Absent, Null:
			code = missingCode
		case String:
			code = set.dims[d].codes.Find(v.Text)
		default:
			if text, ok := scalarText(*v, scratch); ok {
				code = set.dims[d].codes.Find(text)
			}
		}
		key = set.cross(d, key, code)
	}
	*scratch = keyText((*scratch)[:0], key)
	if s := set.named.Find(*scratch); s != 0 {
		return int32(s)
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
