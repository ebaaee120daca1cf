package monitor

import (
	"encoding/binary"
	"errors"
)

// sketch is what a pane keeps of some of its records, all rows together: samples
// by a fixed hash, which merge exactly and in any order. They cannot be
// subtracted, so a window merges those of its panes anew; and they are kept as
// long as a window needs them, not as history.
type sketch struct {
	rows rowSample
	keys keySamples
}

// newSketch sketches nothing.
func newSketch(p *plan) *sketch {
	return &sketch{rows: newRowSample(sampledRows(p.times)), keys: p.newKeySamples()}
}

// merge adds o, which is not changed.
func (s *sketch) merge(o *sketch) {
	s.rows.merge(&o.rows)
	s.keys.merge(&o.keys)
}

// reset makes s sketch nothing and keeps its memory.
func (s *sketch) reset() {
	s.rows.reset()
	s.keys.reset()
}

// settle says that nothing will be added.
func (s *sketch) settle() {
	s.rows.hide()
	s.keys.settle()
}

// A sketch's stored form is the sample of rows, then those of keys, each with its
// length before it, an unsigned varint.

func (s *sketch) append(dst []byte, p *plan) []byte {
	s.rows.hide()
	for _, part := range [][]byte{s.rows.append(nil, p), s.keys.append(nil)} {
		dst = append(binary.AppendUvarint(dst, uint64(len(part))), part...)
	}
	return dst
}

var errSketch = errors.New("a stored sketch is damaged")

func decodeSketch(p *plan, b []byte) (*sketch, error) {
	s := newSketch(p)
	for _, decode := range []func([]byte) error{func(b []byte) error { return s.rows.decode(p, b) }, s.keys.decode} {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size) {
			return nil, errSketch
		}
		if err := decode(b[size : size+int(n)]); err != nil {
			return nil, err
		}
		b = b[size+int(n):]
	}
	return s, nil
}

// sketch merges those of the window's panes.
func (w *window) sketch(p *plan) *sketch {
	all := newSketch(p)
	all.rows.most = windowRows
	for _, m := range w.members {
		if m.sketch != nil {
			all.merge(m.sketch)
		}
	}
	return all
}
