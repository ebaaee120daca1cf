package stats

import (
	"encoding/binary"
	"math"
	"slices"
	"unicode/utf8"
)

const (
	emptyIsMissing = 1
	coerces        = 2
	hasSentinels   = 4
)

// append writes edges as: name, kind (a byte), flags (a byte: 1 EmptyMissing, 2
// Coerce, 4 sentinels follow), sentinels if there are any, cuts, bin ends, center, scale, values, rare. A list or string starts with its length,
// an uvarint; a float64 is 8 bytes, little endian. Cuts and bin ends are uvarint
// differences from the one before: of ordered(cut), and of the index.
// This is also what Edges.ID hashes.
func (e *Edges) append(dst []byte) []byte {
	dst = appendString(dst, e.Name)
	dst = append(dst, byte(e.Kind), 0)
	if e.EmptyMissing {
		dst[len(dst)-1] |= emptyIsMissing
	}
	if e.Coerce {
		dst[len(dst)-1] |= coerces
	}
	if len(e.Sentinels) > 0 {
		dst[len(dst)-1] |= hasSentinels
		dst = appendStrings(dst, e.Sentinels)
	}
	dst = binary.AppendUvarint(dst, uint64(len(e.Cuts)))
	var before uint64
	for _, c := range e.Cuts {
		at := ordered(c)
		dst = binary.AppendUvarint(dst, at-before)
		before = at
	}
	dst = binary.AppendUvarint(dst, uint64(len(e.BinEnds)))
	before = 0
	for _, d := range e.BinEnds {
		dst = binary.AppendUvarint(dst, uint64(d)-before)
		before = uint64(d)
	}
	dst = appendFloat(appendFloat(dst, e.Center), e.Scale)
	return appendStrings(appendStrings(dst, e.Values), e.Rare)
}

func (r *reader) edges() *Edges {
	e := &Edges{Name: r.string(), Kind: Kind(r.byte())}
	flags := r.byte()
	e.EmptyMissing, e.Coerce = flags&emptyIsMissing != 0, flags&coerces != 0
	if flags&^(emptyIsMissing|coerces|hasSentinels) != 0 {
		r.fail("feature %q has unknown flags %#x", e.Name, flags)
	}
	if flags&hasSentinels != 0 {
		e.Sentinels = r.strings()
	}
	var before uint64
	for range r.count() {
		before += r.uvarint()
		e.Cuts = append(e.Cuts, unordered(before))
	}
	before = 0
	for range r.count() {
		before += r.uvarint()
		e.BinEnds = append(e.BinEnds, int(before))
	}
	e.Center, e.Scale = r.float(), r.float()
	e.Values, e.Rare = r.strings(), r.strings()
	if r.err != nil {
		return nil
	}
	e.prepare()
	if wrong := e.check(); wrong != "" {
		r.fail("feature %q: %s", e.Name, wrong)
		return nil
	}
	return e
}

// check says what is wrong with edges that were read, or nothing.
func (e *Edges) check() string {
	strings := len(e.Values) + len(e.Rare)
	switch e.Kind {
	case Numeric:
		if strings > 0 {
			return "it is numeric and has categories"
		}
		return e.checkNumeric()
	case Categorical:
		for _, v := range slices.Concat(e.Values, e.Rare) {
			if v == "" || !utf8.ValidString(v) {
				return "a category is empty or no valid UTF-8"
			}
		}
		if e.codes.n != strings {
			return "a category is there twice"
		}
	case Boolean:
		if strings != 2 || !slices.Equal(e.Values, []string{"false", "true"}) {
			return "it is boolean and its values are not false and true"
		}
	case Text:
		if strings > 0 {
			return "it is text and has categories"
		}
	default:
		return "its kind is unknown"
	}
	if len(e.Cuts)+len(e.BinEnds) > 0 {
		return "it is not numeric and has cuts"
	}
	return ""
}

func (e *Edges) checkNumeric() string {
	for i, c := range e.Cuts {
		if c-c != 0 || i > 0 && !(e.Cuts[i-1] < c) {
			return "its cuts are not finite and ascending"
		}
	}
	for i, d := range e.BinEnds {
		if d < 0 || d >= len(e.Cuts) || i > 0 && d <= e.BinEnds[i-1] {
			return "its bin ends are not cuts in ascending order"
		}
	}
	switch {
	case len(e.Cuts) > maxCuts, len(e.BinEnds) > maxBinEnds:
		return "it has too many cuts"
	case e.Center-e.Center != 0, !(e.Scale > 0), math.IsInf(e.Scale, 0), math.IsInf(e.perZ, 0):
		return "its center or scale is not usable"
	}
	return ""
}

// ordered maps float64 to uint64 so that the order is kept.
func ordered(f float64) uint64 {
	b := math.Float64bits(f)
	return b ^ (uint64(int64(b)>>63) | 1<<63) // all bits of a negative one, else the top one
}

func unordered(u uint64) float64 {
	if u>>63 != 0 {
		return math.Float64frombits(u &^ (1 << 63))
	}
	return math.Float64frombits(^u)
}
