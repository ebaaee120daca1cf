package monitor

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/cespare/xxhash/v2"

	"driftwatch/stats"
)

// Values that have no cell of their own are sampled by their hash: the keys of the
// rows, the values of features that are declared unique or distinct, and what the
// dictionaries of the others do not hold. The same number, however it is written, is
// one value; among keys and categories, so is its shortest text: 7, 7.0 and "7".
const (
	sampledKeys   = 4096 // the number of distinct ones is known to 1.6 %
	sampledUnseen = 1024 // to 3.1 %; there is one of each categorical feature
)

// sampledField is one field whose values are sampled.
type sampledField struct {
	id      [8]byte // hash of what the values are; samples of the same id may be merged
	k       int
	field   int    // of the decoded row
	key     bool   // it is the rows' key, else
	feature int    // it is this one, and
	from    uint32 // values in the cells from this one on are sampled, as indexes into a slab
	unique  bool   // as declared
}

func newSampledField(field, k int, what ...any) sampledField {
	f := sampledField{field: field, k: k}
	id := sha256.Sum256(fmt.Appendf(nil, "%d %q", k, what))
	copy(f.id[:], id[:])
	return f
}

// sampledFields are the key, which is the first, and those of the features that c
// declares so, or that have a dictionary.
func (p *plan) sampledFields(c Config) (all []sampledField) {
	if c.Key != "" && !p.learning {
		f := newSampledField(p.field(c.Key), sampledKeys, "key", c.Key)
		f.key = true
		all = append(all, f)
	}
	for i, pf := range p.features {
		e, declared := pf.edges, c.feature(pf.edges.Name)
		var f sampledField
		switch {
		case e.Kind == stats.Boolean:
			continue
		case declared.Unique, declared.Distinct && e.Kind != stats.Categorical:
			f = newSampledField(pf.field, sampledKeys, "all", e.Name, e.ID())
			f.from = pf.offset + stats.Empty // it may be a value
		case e.Kind == stats.Categorical:
			f = newSampledField(pf.field, sampledUnseen, "unseen", e.Name, e.ID())
			f.from = pf.offset + uint32(stats.NoValues+len(e.Values))
		default:
			continue
		}
		f.feature, f.unique = i, declared.Unique
		all = append(all, f)
	}
	return all
}

// fieldHash is a value of a record that is to be sampled.
type fieldHash struct {
	field int32 // of plan.sampled
	hash  uint64
}

// hash adds the hash of the value that decoded record i has in a sampled field, if
// it has one.
func (w *worker) hash(field, i int) {
	p, r := w.plan, &w.rows
	f := &p.sampled[field]
	v := w.row[f.field]
	if !f.key {
		pf := &p.features[f.feature]
		if !pf.edges.HasValue(int(r.cells[f.feature][i] - pf.offset)) {
			return
		}
		if pf.edges.Kind == stats.Numeric { // 0 and -0 are the same
			w.text = binary.LittleEndian.AppendUint64(w.text[:0], math.Float64bits(r.numbers[f.feature][i]+0))
			r.hashes = append(r.hashes, fieldHash{int32(field), xxhash.Sum64(w.text)})
			return
		}
	}
	if text, ok := scalarText(v, &w.text); ok {
		r.hashes = append(r.hashes, fieldHash{int32(field), xxhash.Sum64(text)})
	}
}

// sampleKeys adds the values of record i, which is counted, to the sketch of its pane.
func (w *worker) sampleKeys(d *Delta, i int, at placement) {
	p, r := w.plan, &w.rows
	from := int32(0)
	if i > 0 {
		from = r.hashesTo[i-1]
	}
	hashes := r.hashes[from:r.hashesTo[i]]
	if len(hashes) == 0 && !p.sampled[0].key || at.late || at.start == Distant {
		return
	}
	keys := &d.sketch(at.start).keys
	keys.rows++
	for _, h := range hashes {
		keys.sample(int(h.field)).Add(h.hash)
	}
}

// keySamples are samples of the values of some fields.
type keySamples struct {
	fields  []sampledField     // the plan's
	samples []*stats.KeySample // by field; nil: of nothing
	rows    uint64             // where the first field is the key: that were looked at, with a key or without
}

func (p *plan) newKeySamples() keySamples {
	return keySamples{fields: p.sampled, samples: make([]*stats.KeySample, len(p.sampled))}
}

// sample is that of a field, made when first needed.
func (s *keySamples) sample(field int) *stats.KeySample {
	if s.samples[field] == nil {
		s.samples[field] = stats.NewKeySample(s.fields[field].k)
	}
	return s.samples[field]
}

func (s *keySamples) merge(o *keySamples) {
	s.rows += o.rows
	for i, of := range o.samples {
		if of != nil {
			s.sample(i).Merge(of)
		}
	}
}

func (s *keySamples) reset() {
	s.rows = 0
	for _, of := range s.samples {
		if of != nil {
			of.Reset()
		}
	}
}

// settle gives back the memory that is only for adding.
func (s *keySamples) settle() {
	for _, of := range s.samples {
		if of != nil {
			of.Settle()
		}
	}
}

// The stored form is the samples that are not empty, each as the id of its field,
// for the key the rows that were looked at, else 0, the length of the sample and the
// sample, numbers as unsigned varints. When it is read, those of fields that are no
// longer sampled are dropped.

func (s *keySamples) append(dst []byte) []byte {
	for i, f := range s.fields {
		rows := uint64(0)
		if f.key {
			rows = s.rows
		}
		if rows == 0 && (s.samples[i] == nil || s.samples[i].Rows() == 0) {
			continue
		}
		sample := s.sample(i).Append(nil)
		dst = append(dst, f.id[:]...)
		dst = binary.AppendUvarint(dst, rows)
		dst = append(binary.AppendUvarint(dst, uint64(len(sample))), sample...)
	}
	return dst
}

func (s *keySamples) decode(b []byte) error {
	for len(b) > 0 {
		var id [8]byte
		b = b[copy(id[:], b):]
		rows, size := binary.Uvarint(b)
		if size <= 0 {
			return errSketch
		}
		b = b[size:]
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size) {
			return errSketch
		}
		sample := b[size : size+int(n)]
		b = b[size+int(n):]
		i := slices.IndexFunc(s.fields, func(f sampledField) bool { return f.id == id })
		if i < 0 {
			continue
		}
		if err := s.sample(i).Decode(sample); err != nil {
			return err
		}
		if s.fields[i].key {
			s.rows = rows
		}
	}
	return nil
}

// keysOf gives the sample of the keys of so many rows; nil where it is not of all
// of them, as after a change of the key.
func keysOf(of func() *sketch, rows uint64) func() *stats.KeySample {
	return func() *stats.KeySample {
		s := &of().keys
		if len(s.fields) == 0 || !s.fields[0].key || s.rows != rows {
			return nil
		}
		return s.sample(0)
	}
}

// valuesOf gives the samples of a feature's values. Whether they are of all of its
// rows, the statistics tell from the counts.
func (p *plan) valuesOf(of func() *sketch, feature int) func() stats.ValueSamples {
	i := slices.IndexFunc(p.sampled, func(f sampledField) bool { return !f.key && f.feature == feature })
	if i < 0 {
		return func() stats.ValueSamples { return stats.ValueSamples{} }
	}
	return func() stats.ValueSamples {
		v := stats.ValueSamples{Values: of().keys.sample(i)}
		if p.sampled[i].unique {
			v.Unique = v.Values
		}
		return v
	}
}
