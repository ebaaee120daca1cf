package monitor

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"

	"driftwatch/stats"
)

// rowSampleVersion is the first byte of a stored sample.
const rowSampleVersion = 1

var errRowSample = errors.New("a stored sample of rows is damaged")

// A sample's stored form is
//
//	1 byte      version, 1
//	8 bytes     limit, big-endian
//	list        of features and constraints: the 8 bytes of the id of the edges
//	list        of headers: strings, the names
//	list        of the shapes and the headers' values, strings
//	list        of rows, by place:
//	    2 uvarints   partition, offset
//	    uvarints     of each feature the cell, counted from 1; 0: uncounted
//	    uvarints     of each header the value's place in the list of strings, then
//	                 that of the shape; both counted from 1; 0: not looked at
//
// where a list starts with the number of its items, an unsigned varint, and a
// string with that of its bytes. The limit is all a sample of no rows has.

func (s *rowSample) append(dst []byte, p *plan) []byte {
	dst = binary.BigEndian.AppendUint64(append(dst, rowSampleVersion), s.limit)
	dst = binary.AppendUvarint(dst, uint64(len(p.counted)))
	for i := range p.counted {
		dst = append(dst, p.counted[i].id[:]...)
	}
	dst = binary.AppendUvarint(dst, uint64(len(p.headers)))
	for _, name := range p.headers {
		dst = appendText(dst, name)
	}
	texts := textTable{}
	var rows []byte
	for _, r := range s.rows {
		rows = binary.AppendUvarint(rows, uint64(uint32(r.place.partition)))
		rows = binary.AppendUvarint(rows, uint64(r.place.offset))
		for i, cell := range r.cells {
			if cell == uncounted {
				rows = append(rows, 0)
				continue
			}
			rows = binary.AppendUvarint(rows, uint64(cell-p.counted[i].offset)+1)
		}
		for _, value := range r.headers {
			rows = binary.AppendUvarint(rows, texts.number(value))
		}
		rows = binary.AppendUvarint(rows, texts.number(r.shape))
	}
	dst = binary.AppendUvarint(dst, uint64(len(texts.all)))
	for _, text := range texts.all {
		dst = appendText(dst, text)
	}
	return append(binary.AppendUvarint(dst, uint64(len(s.rows))), rows...)
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// textTable numbers texts from 1 on in the order they are first asked for.
type textTable struct {
	all     []string
	numbers map[string]uint64
}

func (t *textTable) number(s string) uint64 {
	if s == "" {
		return 0
	}
	if t.numbers == nil {
		t.numbers = map[string]uint64{}
	}
	if t.numbers[s] == 0 {
		t.all = append(t.all, s)
		t.numbers[s] = uint64(len(t.all))
	}
	return t.numbers[s]
}

// decode reads a stored sample into s, which samples nothing. What it has of
// features and headers that are no longer watched is left out, and what it lacks
// of others is not known.
func (s *rowSample) decode(p *plan, b []byte) error {
	r := sampleReader{b: b}
	if r.byte() != rowSampleVersion || len(r.b) < 8 {
		return errRowSample
	}
	limit := binary.BigEndian.Uint64(r.b)
	r.b = r.b[8:]
	features := make([]int, r.count())
	for i := range features {
		features[i] = p.countedBy(r.bytes(8))
	}
	headers := make([]int, r.count())
	for i := range headers {
		headers[i] = slices.Index(p.headers, string(r.bytes(r.uvarint())))
	}
	texts := make([]string, 1, 1+r.count())
	for range cap(texts) - 1 {
		texts = append(texts, string(r.bytes(r.uvarint())))
	}
	for range r.count() {
		row := &sampledRow{cells: slices.Repeat([]uint32{uncounted}, len(p.counted)), headers: make([]string, len(p.headers))}
		row.place = placeOf(int32(uint32(r.uvarint())), int64(r.uvarint()))
		for _, f := range features {
			if cell := r.uvarint(); cell > 0 && f >= 0 {
				if cell > uint64(p.counted[f].width) {
					return errRowSample
				}
				row.cells[f] = p.counted[f].offset + uint32(cell-1)
			}
		}
		for _, h := range headers {
			if value := r.text(texts); h >= 0 {
				row.headers[h] = value
			}
		}
		row.shape = r.text(texts)
		if _, ok := eachField(row.shape, func(string, byte) {}); !ok && row.shape != "" {
			return errRowSample
		}
		if r.failed {
			return errRowSample
		}
		s.add(row)
	}
	if r.failed || len(r.b) > 0 {
		return errRowSample
	}
	s.lower(limit)
	return nil
}

// countedBy is the cell of the feature or constraint whose edges have an id, -1 if
// none has.
func (p *plan) countedBy(id []byte) int {
	return slices.IndexFunc(p.counted, func(c countedCell) bool { return string(c.id[:]) == string(id) })
}

// edgesID is the id of edges as bytes.
func edgesID(e *stats.Edges) (id [8]byte) {
	if n, err := hex.Decode(id[:], []byte(e.ID())); err != nil || n != len(id) {
		panic("monitor: the id of a feature's edges is not 16 hexadecimal digits")
	}
	return id
}

// sampleReader takes values off stored bytes. After the first fault it gives
// zeros.
type sampleReader struct {
	b      []byte
	failed bool
}

func (r *sampleReader) bytes(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.b, r.failed = nil, true
		return nil
	}
	head := r.b[:n]
	r.b = r.b[n:]
	return head
}

func (r *sampleReader) byte() byte {
	if b := r.bytes(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (r *sampleReader) uvarint() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.b, r.failed = nil, true
		return 0
	}
	r.b = r.b[size:]
	return n
}

// count is a number of items of at least a byte each.
func (r *sampleReader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.b, r.failed = nil, true
		return 0
	}
	return int(n)
}

func (r *sampleReader) text(texts []string) string {
	n := r.uvarint()
	if n >= uint64(len(texts)) {
		r.b, r.failed = nil, true
		return ""
	}
	return texts[n]
}
