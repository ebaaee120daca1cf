package stats

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// Reference is the lasting summary that windows are compared with. Written to a
// file it is a .profile. It contains values: categories and cut points.
type Reference struct {
	Source   string // what it was built from, for people
	From, To int64  // first and last event time, Unix milliseconds; 0 if unknown

	Layout *Layout
	// Singletons has an entry per feature: the number of values seen exactly
	// once, from which Good and Turing estimate the rate of unseen values.
	Singletons []uint64

	Dimensions [][]string // segment dimensions, such as [[country] [country channel]]
	Segments   []string   // names of segments
	Counts     []*Counts  // of all rows, then of each of Segments
	LeftOut    []LeftOut
}

// LeftOut is a field that is not watched, and why.
type LeftOut struct{ Name, Reason string }

// Base prepares one feature for comparing: of all rows where counts is 0, else
// of Segments[counts-1], with bins of its own.
func (r *Reference) Base(counts, feature int) *Base {
	b := NewBase(r.Layout.Profile(r.Counts[counts], feature), counts > 0)
	all := r.Layout.Profile(r.Counts[0], feature)
	b.NewRate = ratio(r.Singletons[feature], all.Values())
	return b
}

// Hash returns a short hash, 16 hexadecimal digits, over everything in r. It
// is "" where r cannot be marshalled.
func (r *Reference) Hash() string {
	b, err := r.MarshalBinary()
	if err != nil {
		return ""
	}
	return hex.EncodeToString(b[len(b)-checksumSize:])
}

const (
	// ReferenceMagic is what a profile file begins with.
	ReferenceMagic   = "DRIFTWATCH\x00"
	referenceVersion = 1
	checksumSize     = 8
	// maxReferenceCells bounds what a small file can make its reader allocate:
	// 512 MiB, about 200 segments of 1,600 features at 200 cuts.
	maxReferenceCells = 1 << 26
)

// MarshalBinary encodes r. The same content gives the same bytes. It fails
// where Counts or Singletons do not fit Segments and Layout.
func (r *Reference) MarshalBinary() ([]byte, error) {
	features := len(r.Layout.Features)
	if len(r.Counts) != 1+len(r.Segments) || len(r.Singletons) != features {
		return nil, fmt.Errorf("encode the profile of %s: it has %d counts for %d segments and %d singletons for %d features",
			r.Source, len(r.Counts), len(r.Segments), len(r.Singletons), features)
	}
	b := append([]byte(ReferenceMagic), referenceVersion)
	b = appendString(b, r.Source)
	b = binary.AppendVarint(binary.AppendVarint(b, r.From), r.To)
	b = binary.AppendUvarint(b, uint64(features))
	for i, e := range r.Layout.Features {
		b = binary.AppendUvarint(e.append(b), r.Singletons[i])
	}
	b = binary.AppendUvarint(b, uint64(len(r.Dimensions)))
	for _, d := range r.Dimensions {
		b = appendStrings(b, d)
	}
	b = appendStrings(b, r.Segments)
	b = binary.AppendUvarint(b, uint64(len(r.LeftOut)))
	for _, l := range r.LeftOut {
		b = appendString(appendString(b, l.Name), l.Reason)
	}
	for _, c := range r.Counts {
		b = r.Layout.Append(b, c)
	}
	sum := sha256.Sum256(b)
	return append(b, sum[:checksumSize]...), nil
}

// UnmarshalBinary decodes a profile into r, which is unchanged on error. The
// format is
//
//	"DRIFTWATCH" and a zero byte, version 1 (a byte)
//	Source; From and To (varints)
//	the features: edges as in edges_encoding.go, then singletons (an uvarint)
//	the dimensions: the names of each; the segments; what was left out: name, reason
//	the counts of all rows and of each segment, as Layout.Append writes them
//	the first 8 bytes of the SHA-256 of all before
//
// where a list or string starts with its length, an uvarint. The length of any
// list is checked against the bytes that are left before room is made for it.
func (r *Reference) UnmarshalBinary(data []byte) error {
	body, ok := bytes.CutPrefix(data, []byte(ReferenceMagic))
	if !ok || len(body) < 1+checksumSize {
		return fmt.Errorf("decode profile: this is no driftwatch profile, or it is cut short")
	}
	if body[0] != referenceVersion {
		return fmt.Errorf("decode profile: its version is %d, this driftwatch reads version %d: build the profile again", body[0], referenceVersion)
	}
	end := len(data) - checksumSize
	if sum := sha256.Sum256(data[:end]); !bytes.Equal(sum[:checksumSize], data[end:]) {
		return fmt.Errorf("decode profile: the checksum does not match: the file is damaged, copy or build it again")
	}
	in := &reader{b: body[1 : len(body)-checksumSize]}
	read := in.reference()
	if len(in.b) > 0 {
		in.fail("%d bytes follow the end", len(in.b))
	}
	if in.err != nil {
		return fmt.Errorf("decode profile: %w", in.err)
	}
	*r = *read
	return nil
}

func (r *reader) reference() *Reference {
	ref := &Reference{Source: r.string(), From: r.varint(), To: r.varint()}
	var features []*Edges
	names := map[string]bool{}
	for range r.count() {
		e := r.edges()
		singletons := r.uvarint()
		if r.err != nil {
			return nil
		}
		if names[e.Name] {
			r.fail("feature %q is there twice", e.Name)
		}
		names[e.Name] = true
		features = append(features, e)
		ref.Singletons = append(ref.Singletons, singletons)
	}
	for range r.count() {
		ref.Dimensions = append(ref.Dimensions, r.strings())
	}
	ref.Segments = r.strings()
	for range r.count() {
		ref.LeftOut = append(ref.LeftOut, LeftOut{r.string(), r.string()})
	}
	ref.Layout = NewLayout(features)
	cells := ref.Layout.Offsets[len(features)]
	if sets := 1 + len(ref.Segments); cells > maxReferenceCells/sets {
		r.fail("%d segments of %d cells are more than the %d that can be read", sets, cells, maxReferenceCells)
	}
	for range 1 + len(ref.Segments) {
		if r.err != nil {
			return nil
		}
		c := ref.Layout.NewCounts()
		if ref.Layout.read(r, c) != len(features) && r.err == nil {
			r.fail("the counts of a segment lack a feature")
		}
		ref.Counts = append(ref.Counts, c)
	}
	return ref
}
