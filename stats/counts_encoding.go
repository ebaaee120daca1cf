package stats

import (
	"encoding/binary"
	"fmt"
	"math"
)

const countsVersion = 1

// What follows the cells of a feature.
const (
	hasMoments  = 1
	hasExtremes = 2
)

// Append appends the encoding of c, which is compact where cells are small or
// zero, and describes itself: it can be decoded under another layout. It is
//
//	version 1 (a byte), Rows, number of features, and for each feature
//	    the ID of its edges (8 bytes), number of cells,
//	    cells: a count n > 0 as n, a run of r zeros as 0 and r
//	    a byte of flags: 1 moments follow, 2 extremes follow
//	    moments: Left, sum of z (low and high 64 bits, zigzag), sum of z*z (likewise, unsigned)
//	    extremes: Min, Max (8 bytes each, little endian)
//
// where numbers are uvarints unless said otherwise.
func (l *Layout) Append(dst []byte, c *Counts) []byte {
	dst = append(dst, countsVersion)
	dst = binary.AppendUvarint(dst, c.Rows)
	dst = binary.AppendUvarint(dst, uint64(len(l.Features)))
	for i, id := range l.ids {
		dst = append(dst, id[:]...)
		dst = appendCells(dst, c.Cells[l.Offsets[i]:l.Offsets[i+1]])
		m, x := &c.Moments[i], &c.Extremes[i]
		flags := len(dst)
		dst = append(dst, 0)
		if *m != (Moments{}) {
			dst[flags] |= hasMoments
			dst = m.append(dst)
		}
		if x.Seen {
			dst[flags] |= hasExtremes
			dst = appendFloat(appendFloat(dst, x.Min), x.Max)
		}
	}
	return dst
}

func appendCells(dst []byte, cells []uint64) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(cells)))
	for i := 0; i < len(cells); {
		dst = binary.AppendUvarint(dst, cells[i])
		from := i
		for i < len(cells) && cells[i] == 0 {
			i++
		}
		if i > from {
			dst = binary.AppendUvarint(dst, uint64(i-from))
		} else {
			i++
		}
	}
	return dst
}

func (m *Moments) append(dst []byte) []byte {
	sign := uint64(int64(m.sumHigh) >> 63)
	dst = binary.AppendUvarint(dst, m.Left)
	dst = binary.AppendUvarint(dst, (m.sumLow<<1)^sign)
	dst = binary.AppendUvarint(dst, (m.sumHigh<<1|m.sumLow>>63)^sign)
	dst = binary.AppendUvarint(dst, m.squareLow)
	return binary.AppendUvarint(dst, m.squareHigh)
}

// Decode replaces what c, which has layout l, counts by what Append encoded,
// under l or another layout. Features are matched by the ID of their edges:
// those unknown to l are skipped, those that b does not have count nothing.
// On error c is unchanged.
func (l *Layout) Decode(c *Counts, b []byte) error {
	check := reader{b: b}
	l.read(&check, nil)
	if len(check.b) > 0 {
		check.fail("%d bytes follow the end", len(check.b))
	}
	if check.err != nil {
		return fmt.Errorf("decode counts: %w", check.err)
	}
	c.Reset()
	l.read(&reader{b: b}, c)
	return nil
}

// read reads counts into c, or only checks them where c is nil, and returns the
// number of features that l knows.
func (l *Layout) read(r *reader, c *Counts) (known int) {
	if v := r.byte(); r.err == nil && v != countsVersion {
		r.fail("version %d is unknown, want %d: these are no counts, or a newer driftwatch wrote them", v, countsVersion)
	}
	rows := r.uvarint()
	if c != nil {
		c.Rows = rows
	}
	seen := make([]bool, len(l.Features))
	for range r.count() {
		var id [8]byte
		copy(id[:], r.bytes(8))
		i, ok := l.index[id]
		if !ok || r.err != nil {
			r.feature(nil, nil, nil)
			continue
		}
		width := l.Offsets[i+1] - l.Offsets[i]
		if got, _ := binary.Uvarint(r.b); got != uint64(width) {
			r.fail("feature %q has %d cells, want %d", l.Features[i].Name, got, width)
		}
		if seen[i] {
			r.fail("feature %q is there twice", l.Features[i].Name)
		}
		seen[i] = true
		known++
		if c == nil {
			r.feature(nil, nil, nil)
		} else {
			r.feature(c.Cells[l.Offsets[i]:l.Offsets[i+1]], &c.Moments[i], &c.Extremes[i])
		}
	}
	return known
}

func (r *reader) feature(cells []uint64, m *Moments, x *Extremes) {
	r.cells(cells)
	flags := r.byte()
	if flags&^(hasMoments|hasExtremes) != 0 {
		r.fail("a feature has unknown flags %#x", flags)
	}
	if flags&hasMoments != 0 {
		read := r.moments()
		if m != nil {
			*m = read
		}
	}
	if flags&hasExtremes != 0 {
		read := Extremes{Min: r.float(), Max: r.float(), Seen: true}
		if !(read.Min <= read.Max) || math.IsInf(read.Min, 0) || math.IsInf(read.Max, 0) {
			r.fail("the extremes of a feature are not finite and in order")
		}
		if x != nil {
			*x = read
		}
	}
}

// cells reads the cells of a feature, into the cells given if there are any.
func (r *reader) cells(cells []uint64) {
	width := r.uvarint()
	for i := uint64(0); i < width && r.err == nil; {
		n := r.uvarint()
		if n == 0 {
			run := r.uvarint()
			if run == 0 || run > width-i {
				r.fail("a run of %d zeros where %d cells are left", run, width-i)
			}
			i += run
			continue
		}
		if cells != nil {
			cells[i] = n
		}
		i++
	}
}

func (r *reader) moments() Moments {
	var m Moments
	m.Left = r.uvarint()
	low, high := r.uvarint(), r.uvarint()
	sign := -(low & 1)
	m.sumLow, m.sumHigh = (low>>1|high<<63)^sign, (high>>1)^sign
	m.squareLow, m.squareHigh = r.uvarint(), r.uvarint()
	return m
}
