package monitor

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"driftwatch/stats"
)

// Survey is what the fields of a sample look like.
type Survey struct {
	Rows      uint64 // records that could be read
	Malformed uint64
	Fields    []SurveyedField // in the order of appearance
}

// SurveyedField is one field. Rates and values are those of the sample.
type SurveyedField struct {
	Name    string
	Kind    stats.Kind
	LeftOut string // why it is not worth watching; "" is worth it

	Present, Nulls uint64
	Numbers        uint64
	Strings        uint64
	Numerals       uint64 // strings that read as a number
	Integers       bool   // every number is written without '.' or exponent
	Least          float64
	Greatest       float64
	Distinct       int
	Values         []ValueCount // of at most textDistinct distinct ones, the most frequent first
	// Churn is the share of the values of the sample's last third that its
	// first two thirds do not have.
	Churn   float64
	Formats []string // names of the formats that every string has
	Trend   bool     // its numbers rise, or fall, throughout the sample
}

// ValueCount is a value as a category, and how often it was seen.
type ValueCount struct {
	Value string
	Rows  uint64
}

// SurveySample looks at the fields of the records with event times in [from, to)
// (NoTime: open).
func SurveySample(s *Sample, format Format, ts Timestamp, from, to int64) (Survey, error) {
	rows, err := s.Rows(format, ts, from, to)
	if err != nil {
		return Survey{}, err
	}
	in := newInference(Default())
	if err := in.read(format, rows); err != nil {
		return Survey{}, err
	}
	seen, err := lookCloser(in, format, rows)
	if err != nil {
		return Survey{}, err
	}
	out := Survey{Rows: in.schema.rows, Malformed: in.malformed}
	for _, c := range in.columns() {
		out.Fields = append(out.Fields, c.surveyed(in.schema.rows, seen[c.name]))
	}
	for _, f := range in.openObjects() {
		out.Fields = append(out.Fields, SurveyedField{Name: f, LeftOut: OpenObject})
	}
	return out, nil
}

// columns are those of fields, without the rare keys of open objects.
func (in *inference) columns() []*column {
	in.schema.takeTogether()
	var all []*column
	for _, p := range in.watchable {
		if !p.gone {
			all = append(all, p.column)
		}
	}
	return all
}

func (in *inference) openObjects() (patterns []string) {
	var ref stats.Reference
	in.schema.describe(&ref)
	for _, f := range ref.Fields {
		if f.Open {
			patterns = append(patterns, f.Pattern())
		}
	}
	return patterns
}

// MalformedIn is how many of the sample's records the format cannot read, and
// one of those.
func (s *Sample) MalformedIn(format Format) (malformed, all int, example []byte, err error) {
	d, err := format(nil)
	if err != nil {
		return 0, 0, nil, err
	}
	err = s.every()(func(r Row) error {
		record := r.Value
		all++
		if d.Decode(record, nil) != nil {
			malformed++
			example = record
		}
		return nil
	})
	return malformed, all, example, err
}

// closer is what the second look learns of a field.
type closer struct {
	thirds  map[string]*[3]uint64 // of values, as far as there are few
	formats []string              // not yet ruled out
	strings uint64
	numbers [sliceCount][]float64 // in the order of the log, in parts of equal length
}

// lookCloser reads the rows once more, in thirds of their number: those of a
// sample stand in the order of the log.
func lookCloser(in *inference, format Format, rows Rows) (map[string]*closer, error) {
	matchers := formats()
	seen := map[string]*closer{}
	for _, c := range in.columns() {
		seen[c.name] = &closer{thirds: map[string]*[3]uint64{}, formats: Formats()}
	}
	d, err := format(nil)
	if err != nil {
		return nil, err
	}
	var scratch []byte
	row := uint64(0)
	return seen, rows(func(r Row) error {
		record := r.Value
		if d.Decode(record, nil) != nil {
			return nil
		}
		place := min(sliceCount-1, sliceCount*row/max(1, in.schema.rows))
		third := 3 * place / sliceCount
		row++
		return d.Walk(record, func(path []byte, v Value) {
			c := seen[string(path)]
			if c == nil {
				return
			}
			if v.Type == Number {
				c.numbers[place] = append(c.numbers[place], v.Num)
			}
			text, ok := scalarText(v, &scratch)
			if !ok {
				return
			}
			if v.Type == String {
				c.strings++
				c.formats = slices.DeleteFunc(c.formats, func(name string) bool { return !matchers[name](v.Text) })
			}
			n := c.thirds[string(text)]
			if n == nil && len(c.thirds) <= textDistinct {
				n = new([3]uint64)
				c.thirds[string(text)] = n
			}
			if n != nil {
				n[third]++
			}
		})
	})
}

func (c *column) surveyed(rows uint64, seen *closer) SurveyedField {
	f := SurveyedField{
		Name: c.name, Present: c.rows, Nulls: c.types[Null], Numbers: c.types[Number], Strings: c.types[String], Numerals: c.numerals,
		Integers: c.types[Number] > 0 && c.whole == c.types[Number], Distinct: len(c.texts),
	}
	f.Kind, f.LeftOut = c.kind(rows)
	f.Least, f.Greatest = math.NaN(), math.NaN()
	if len(c.values) > 0 {
		f.Least, f.Greatest = slices.Min(c.values), slices.Max(c.values)
		if len(c.texts) > textDistinct {
			f.Distinct = c.distinctNumbers()
		}
	}
	if seen.strings > 0 {
		f.Formats = seen.formats
	}
	var medians []float64
	for _, xs := range seen.numbers {
		if len(xs) > 0 {
			slices.Sort(xs)
			medians = append(medians, xs[len(xs)/2])
		}
	}
	f.Trend = Trending(medians)
	if len(seen.thirds) > textDistinct {
		return f
	}
	var last, fresh uint64
	for value, n := range seen.thirds {
		f.Values = append(f.Values, ValueCount{value, n[0] + n[1] + n[2]})
		last += n[2]
		if n[0]+n[1] == 0 {
			fresh += n[2]
		}
	}
	slices.SortFunc(f.Values, func(a, b ValueCount) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Value, b.Value))
	})
	if last > 0 {
		f.Churn = float64(fresh) / float64(last)
	}
	return f
}

// BuildFromSample is BuildReference of a time range of which a sample says which
// features there are and where to cut them, and all rows are counted.
func BuildFromSample(cfg Config, format Format, sample, rows Rows, source string, from, to int64) (*stats.Reference, error) {
	in, ref, err := inferReference(cfg, format, sample, source)
	if err != nil {
		return nil, err
	}
	ref.Source, ref.From, ref.To = source, from, to
	hours := newHours()
	err = countReference(ref, cfg, format, func(yield func(Row) error) error {
		return rows(func(r Row) error {
			if r.Event != NoTime {
				hours.count(r.Event)
			}
			return yield(r)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("cannot count the reference from %s: %w", source, err)
	}
	ref.Volume = hours.volume()
	// The share of values seen once is that of the sample: of the rate of unseen
	// ones among so many rows it is the estimate, too high rather than too low.
	for i := range ref.Singletons {
		ref.Singletons[i] = uint64(float64(ref.Singletons[i]) * float64(ref.Counts[0].Rows) / float64(in.schema.rows))
	}
	return ref, nil
}
