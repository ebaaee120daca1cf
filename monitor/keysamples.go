package monitor

import (
	"encoding/binary"
	"encoding/hex"
	"math"

	"github.com/cespare/xxhash/v2"

	"driftwatch/stats"
)

// Values that have no cell of their own are sampled by the hash of their text: the
// keys of the rows, the values of features that are declared unique or distinct, and
// what the dictionaries of the others do not hold. The same number, however it is
// written, is one key, and so is its text: 7, 7.0 and "7".
const (
	sampledKeys   = 4096 // the number of distinct ones is known to 1.6 %
	sampledUnseen = 1024 // to 3.1 %; there is one of each categorical feature
)

// sampledField is one field whose values are sampled.
type sampledField struct {
	id [8]byte // hash of what the values are; samples of the same id may be merged
	k  int     // 0: it is not sampled
}

func newSampledField(k int, what ...any) sampledField {
	f := sampledField{k: k}
	id, _ := hex.DecodeString(hashOf(append(what, k)))
	copy(f.id[:], id)
	return f
}

// sampleKeys makes p sample what c declares: the key in p.sampled[0], and feature i
// in p.sampled[i+1].
func (p *plan) sampleKeys(c Config) {
	p.sampled, p.keyAt = make([]sampledField, 1+len(p.features)), -1
	if c.Key != "" && !p.learning {
		p.keyAt = p.field(c.Key)
		p.sampled[0] = newSampledField(sampledKeys, "key", c.Key)
	}
	for i := range p.features {
		f := &p.features[i]
		e, declared := f.edges, c.feature(f.edges.Name)
		f.unique, f.sampleFrom = declared.Unique, math.MaxInt
		switch all := declared.Unique || declared.Distinct; {
		case e.Kind == stats.Boolean:
		case declared.Unique, all && e.Kind != stats.Categorical:
			f.sampleFrom = stats.Empty // it may be a value
			p.sampled[i+1] = newSampledField(sampledKeys, "all", e.Name, e.ID())
		case e.Kind == stats.Categorical:
			f.sampleFrom = stats.NoValues + len(e.Values)
			p.sampled[i+1] = newSampledField(sampledUnseen, "unseen", e.Name, e.ID())
		}
	}
}

// fieldHash is a value of a record that is to be sampled.
type fieldHash struct {
	field int32 // of plan.sampled
	hash  uint64
}

// hashKey hashes the key of a decoded record, if it has one.
func (w *worker) hashKey() {
	if text, ok := scalarText(w.row[w.plan.keyAt], &w.text); ok {
		w.rows.hashes = append(w.rows.hashes, fieldHash{0, xxhash.Sum64(text)})
	}
}

// hashValue hashes a feature's value, which is counted in a cell and is the number
// x if the feature is numeric.
func (w *worker) hashValue(f, cell int, x float64) {
	pf := &w.plan.features[f]
	if !pf.edges.HasValue(cell) {
		return
	}
	v := w.row[pf.field]
	if pf.edges.Kind == stats.Numeric { // which may be written as text
		v = Value{Type: Number, Num: x}
	}
	text, _ := scalarText(v, &w.text)
	w.rows.hashes = append(w.rows.hashes, fieldHash{int32(f + 1), xxhash.Sum64(text)})
}

// sample adds the values of a record that is counted to the sketch of its pane.
func (w *worker) sample(d *Delta, i int, at placement) {
	p, r := w.plan, &w.rows
	from := int32(0)
	if i > 0 {
		from = r.hashesTo[i-1]
	}
	hashes := r.hashes[from:r.hashesTo[i]]
	if p.keyAt < 0 && len(hashes) == 0 || at.late || at.start == Distant {
		return
	}
	keys := &d.sketch(d.pane(at.start, false, 1+len(p.segments.names)), p).keys
	keys.rows++
	for _, h := range hashes {
		keys.sample(int(h.field)).Add(h.hash)
	}
}

// keySamples are samples of the values of some fields.
type keySamples struct {
	fields  []sampledField     // the plan's
	samples []*stats.KeySample // by field; nil: of nothing
	rows    uint64             // that were looked at, with a key or without
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

// The stored form is the samples that are not empty, each as the id of its field,
// for the key the rows that were looked at, the length of the sample and the sample,
// numbers as unsigned varints. Those of fields that are no longer sampled are
// dropped when it is read.

func (s *keySamples) append(dst []byte) []byte {
	for i, f := range s.fields {
		rows := uint64(0)
		if i == 0 && f.k > 0 {
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
	byID := make(map[[8]byte]int, len(s.fields))
	for i, f := range s.fields {
		if f.k > 0 {
			byID[f.id] = i
		}
	}
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
		i, known := byID[id]
		if !known {
			continue
		}
		if err := s.sample(i).Decode(sample); err != nil {
			return err
		}
		if i == 0 {
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
		if s.fields[0].k == 0 || s.rows != rows {
			return nil
		}
		return s.sample(0)
	}
}

// valuesOf gives the samples of a feature's values. Whether they are of all of its
// rows, the statistics tell from the counts.
func (p *plan) valuesOf(of func() *sketch, feature int) func() stats.ValueSamples {
	return func() (v stats.ValueSamples) {
		if p.sampled[feature+1].k == 0 {
			return v
		}
		v.Values = of().keys.sample(feature + 1)
		if p.features[feature].unique {
			v.Unique = v.Values
		}
		return v
	}
}
