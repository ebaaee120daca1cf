package stats

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
)

const (
	// ReferenceMagic is what a profile file begins with.
	ReferenceMagic   = "DRIFTWATCH\x00"
	referenceVersion = 3
	checksumSize     = 8
	// maxReferenceCells bounds what a small file can make its reader allocate:
	// 512 MiB, about 200 segments of 1,600 features at 200 cuts.
	maxReferenceCells = 1 << 26
)

// MarshalBinary encodes r. The same content gives the same bytes. It fails
// where Counts, Singletons or Baselines do not fit Segments and Layout.
func (r *Reference) MarshalBinary() ([]byte, error) {
	features := len(r.Layout.Features)
	if len(r.Counts) != 1+len(r.Segments) || len(r.Singletons) != features {
		return nil, fmt.Errorf("encode the profile of %s: it has %d counts for %d segments and %d singletons for %d features",
			r.Source, len(r.Counts), len(r.Segments), len(r.Singletons), features)
	}
	if n := len(r.Baselines); n != 0 && n != features {
		return nil, fmt.Errorf("encode the profile of %s: it has %d baselines for %d features", r.Source, n, features)
	}
	b := append([]byte(ReferenceMagic), referenceVersion)
	b = appendString(b, r.Source)
	b = binary.AppendVarint(binary.AppendVarint(b, r.From), r.To)
	b = binary.AppendUvarint(b, uint64(features))
	for i, e := range r.Layout.Features {
		b = binary.AppendUvarint(e.append(b), r.Singletons[i])
		var own Baseline
		if len(r.Baselines) > 0 {
			own = r.Baselines[i]
		}
		b = own.append(b)
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
	b = r.Volume.append(b)
	b = r.appendFields(b)
	for _, c := range r.Counts {
		b = r.Layout.Append(b, c)
	}
	sum := sha256.Sum256(b)
	return append(b, sum[:checksumSize]...), nil
}

// UnmarshalBinary decodes a profile into r, which is unchanged on error. A
// uvarint is 1 to 10 bytes of 7 bits each, the lowest first, the top bit set in
// all but the last (encoding/binary); a varint is one of 2x, or of -2x-1 for a
// negative x; a float is 8 bytes, little endian, IEEE 754. A list starts with
// the number of its items, a uvarint, and so does a string with its bytes. The
// format is
//
//	10+1 bytes  "DRIFTWATCH" and 0
//	1 byte      version, 3
//	string      Source
//	2 varints   From, To: Unix milliseconds
//	list        of features:
//	    string    name
//	    1 byte    kind: 1 numeric, 2 categorical, 4 boolean, 8 text
//	    1 byte    sum of 1: the empty string is missing, 2: numeric strings are
//	              numbers, 4: others were declared missing
//	    list      of those others, strings, if there are any
//	    list      of cuts: uvarints, each the difference of the bits of the cut
//	              and those of the one before, at first 0; of a float's bits all
//	              are inverted where it is negative, else the top one, so that
//	              their order is that of the numbers
//	    list      of bin ends: uvarints, each the difference to the one before
//	    2 floats  center, scale
//	    list      of the dictionary's strings
//	    list      of the rare strings
//	    uvarint   singletons
//	    uvarint   number of windows of the baseline; if it is not 0:
//	        uvarint   length of a window, milliseconds
//	        5 floats  phi; the 50, 90, 95 and 99 % quantile
//	list        of dimensions: each a list of strings
//	list        of segments: strings
//	list        of what was left out: a string, the name, and one, the reason
//	1 byte      the volume: 0 it is not known, 1 it is, 2 also by hour of the week;
//	            if it is not 0:
//	    2 varints   From, To: Unix milliseconds
//	    uvarint   rows
//	    168 uvarints  rows by hour of the week, if it is 2
//	uvarint     rows that the fields are of
//	1 byte      1 if there are more fields than follow, else 0
//	list        of fields in ascending order:
//	    string    name
//	    1 byte    sum of 1: constant, 2: open
//	    6 uvarints  rows with null, a number, a string, a boolean, an array or an
//	              object, an invalid value
//	            the counts of all rows and of each segment, as Layout.Append
//	            writes them
//	8 bytes     the first of the SHA-256 of all before
//
// Version 1 has no number of windows, and is read as if it were 0; versions 1
// and 2 have neither volume nor fields, which are then not known. The length of
// any list is checked against the bytes that are left before room is made.
func (r *Reference) UnmarshalBinary(data []byte) error {
	body, ok := bytes.CutPrefix(data, []byte(ReferenceMagic))
	if !ok || len(body) < 1+checksumSize {
		return fmt.Errorf("decode profile: this is no driftwatch profile, or it is cut short")
	}
	version := body[0]
	if version == 0 || version > referenceVersion {
		return fmt.Errorf("decode profile: its version is %d, this driftwatch reads up to version %d: build the profile again, or with that version", version, referenceVersion)
	}
	end := len(data) - checksumSize
	if sum := sha256.Sum256(data[:end]); !bytes.Equal(sum[:checksumSize], data[end:]) {
		return fmt.Errorf("decode profile: the checksum does not match: the file is damaged, copy or build it again")
	}
	in := &reader{b: body[1 : len(body)-checksumSize]}
	read := in.reference(version)
	if len(in.b) > 0 {
		in.fail("%d bytes follow the end", len(in.b))
	}
	if in.err != nil {
		return fmt.Errorf("decode profile: %w", in.err)
	}
	*r = *read
	return nil
}

func (r *reader) reference(version byte) *Reference {
	ref := &Reference{Source: r.string(), From: r.varint(), To: r.varint()}
	if !r.features(ref, version) {
		return nil
	}
	for range r.count() {
		ref.Dimensions = append(ref.Dimensions, r.strings())
	}
	ref.Segments = r.strings()
	for range r.count() {
		ref.LeftOut = append(ref.LeftOut, LeftOut{r.string(), r.string()})
	}
	if version >= 3 {
		ref.Volume = r.volume()
		r.fields(ref)
	}
	features := len(ref.Layout.Features)
	cells := ref.Layout.Offsets[features]
	if sets := 1 + len(ref.Segments); cells > maxReferenceCells/sets {
		r.fail("%d segments of %d cells are more than the %d that can be read", sets, cells, maxReferenceCells)
	}
	for range 1 + len(ref.Segments) {
		if r.err != nil {
			return nil
		}
		c := ref.Layout.NewCounts()
		if ref.Layout.read(r, c) != features && r.err == nil {
			r.fail("the counts of a segment lack a feature")
		}
		ref.Counts = append(ref.Counts, c)
	}
	return ref
}

// features reads the layout, and what each feature has beside its edges.
func (r *reader) features(ref *Reference, version byte) bool {
	var features []*Edges
	names, any := map[string]bool{}, false
	for range r.count() {
		e := r.edges()
		singletons, own := r.uvarint(), Baseline{}
		if version >= 2 {
			own = r.baseline()
		}
		if r.err != nil {
			return false
		}
		if names[e.Name] {
			r.fail("feature %q is there twice", e.Name)
		}
		names[e.Name] = true
		features = append(features, e)
		ref.Singletons = append(ref.Singletons, singletons)
		ref.Baselines = append(ref.Baselines, own)
		any = any || own != Baseline{}
	}
	if !any {
		ref.Baselines = nil
	}
	ref.Layout = NewLayout(features)
	return true
}

func (b Baseline) append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(b.Windows))
	if b.Windows == 0 {
		return dst
	}
	dst = appendFloat(binary.AppendUvarint(dst, uint64(b.Window)), b.Phi)
	for _, q := range b.Quantiles {
		dst = appendFloat(dst, q)
	}
	return dst
}

func (r *reader) baseline() (b Baseline) {
	windows := r.uvarint()
	if windows == 0 {
		return b
	}
	window := r.uvarint()
	b = Baseline{Window: int64(window), Windows: int(windows), Phi: r.float()}
	if windows > math.MaxInt32 || window > math.MaxInt64 {
		r.fail("a baseline of %d windows of %d ms is none", windows, window)
	}
	wrong := !(b.Phi >= 0) || math.IsInf(b.Phi, 0)
	for i := range b.Quantiles {
		b.Quantiles[i] = r.float()
		wrong = wrong || !(b.Quantiles[i] >= 0) || math.IsInf(b.Quantiles[i], 0)
	}
	if wrong {
		r.fail("a baseline is not finite and positive")
	}
	return b
}
