package monitor

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"driftwatch/stats"
)

// plan is a configuration and a reference compiled for the records' path: which
// fields to decode, and how their values become cells. While learning there is
// no reference and the plan has no features. It is immutable.
type plan struct {
	fields   []string      // what the decoder projects
	counted  []countedCell // those of a record
	layout   *stats.Layout // of the reference's features, then the tallies
	features []planFeature
	asked    []planConstraint
	ordered  bool // some constraint goes by the order of the log
	segments *segmentSets
	dims     [][]int // by set: the fields of its dimensions
	time     func(Value) (int64, bool)
	timeAt   int // field of the event time; -1: the record's own
	times    times
	size     paneSize
	maxBytes int
	learning bool
	outcome  int // index of the first cell of what became of the records
	sampled  []sampledField
	headers  []string // whose values are sampled
	schema   fieldNames
}

// countedCell is one of the cells that a record is counted in: that of a feature or
// of a constraint.
type countedCell struct {
	id     [8]byte // of the edges
	offset uint32
	width  int
}

type planFeature struct {
	derive   derive // nil: the value is that of the field
	field    int
	offset   uint32
	edges    *stats.Edges
	texts    map[string]bool  // sentinels as texts
	numbers  map[float64]bool // sentinels as numbers
	plain    bool             // whatever is a number is one of its values
	coerce   bool
	numerals bool // categorical: numbers are among the values
	booleans bool // categorical: booleans are among the values
}

func newPlan(c Config, retention int64, ref *stats.Reference) (*plan, error) {
	p := &plan{timeAt: -1, times: c.times(retention), maxBytes: int(c.MaxRecordBytes), learning: ref == nil, headers: c.Headers}
	if c.Timestamp.Field != "" {
		parse, err := c.Timestamp.parser()
		if err != nil {
			return nil, err
		}
		p.time, p.timeAt = parse, p.field(c.Timestamp.Field)
	}
	layout, constraints, err := c.layout(ref)
	if err != nil {
		return nil, err
	}
	p.layout = layout
	p.outcome = layout.Offsets[len(layout.Features)-1]
	if ref == nil {
		ref = &stats.Reference{Layout: stats.NewLayout(nil)}
	}
	for i, e := range ref.Layout.Features {
		p.features = append(p.features, p.planFeature(e, layout.Offsets[i]))
	}
	for i, k := range constraints {
		asked, err := p.constraint(k, layout.Offsets[len(p.features)+i])
		if err != nil {
			return nil, err
		}
		p.asked = append(p.asked, asked)
		p.ordered = p.ordered || asked.monotonic
	}
	for i := range p.width() {
		e := layout.Features[i]
		p.counted = append(p.counted, countedCell{edgesID(e), uint32(layout.Offsets[i]), e.Width()})
	}
	p.sampled = p.sampledFields(c)
	sets, err := newSegmentSets(ref.Dimensions, ref.Segments)
	if err != nil {
		return nil, fmt.Errorf("the reference's segments cannot be used: %w; build it anew", err)
	}
	p.segments = sets
	p.schema = namesOf(ref)
	for _, set := range sets.sets {
		var at []int
		for _, d := range set.dims {
			at = append(at, p.field(d.field))
		}
		p.dims = append(p.dims, at)
	}
	p.size = p.paneSize()
	return p, nil
}

// field is the index of a decoded field, added where it is new.
func (p *plan) field(name string) int {
	if i := slices.Index(p.fields, name); i >= 0 {
		return i
	}
	p.fields = append(p.fields, name)
	return len(p.fields) - 1
}

// planFeature finds where the values of a feature come from.
func (p *plan) planFeature(e *stats.Edges, offset int) planFeature {
	f := newPlanFeature(e)
	f.offset = uint32(offset)
	if !IsDerived(e.Name) {
		f.field = p.field(e.Name)
		return f
	}
	of := ""
	if f.derive, of = derivation(e.Name); of != "" {
		f.field = p.field(of)
	}
	return f
}

func newPlanFeature(e *stats.Edges) planFeature {
	f := planFeature{edges: e, coerce: e.Coerce, plain: e.Kind == stats.Numeric && len(e.Sentinels) == 0}
	for _, s := range e.Sentinels { // the empty string is counted as empty, whatever is declared
		if f.texts == nil {
			f.texts, f.numbers = map[string]bool{}, map[float64]bool{}
		}
		f.texts[s] = true
		if x, err := strconv.ParseFloat(s, 64); err == nil {
			f.numbers[x] = true
		}
	}
	for _, v := range slices.Concat(e.Values, e.Rare) {
		_, err := strconv.ParseFloat(v, 64)
		f.numerals = f.numerals || err == nil
		f.booleans = f.booleans || v == "true" || v == "false"
	}
	return f
}

// cell is where a value is counted, and its number, NaN where it is none. The cell of
// a number is the first of all values until that of a whole column is looked up.
// Whether a category may be written as a number or a boolean is what
// the reference shows: a field of words that turns into numbers is a type
// error, a field of codes is not.
func (f *planFeature) cell(v *Value, scratch *[]byte) (cell int, x float64) {
	switch v.Type {
	case Absent:
		return stats.Absent, noNumber
	case Null:
		return stats.Null, noNumber
	case Invalid:
		return stats.Invalid, noNumber
	case Nested:
		return stats.WrongType, noNumber
	case String:
		return f.textCell(v)
	case Number:
		if f.numbers != nil && f.numbers[v.Num] {
			return stats.Sentinel, noNumber
		}
		switch {
		case f.edges.Kind == stats.Numeric:
			return stats.NoValues, v.Num
		case f.edges.Kind == stats.Categorical && f.numerals:
			text, _ := scalarText(*v, scratch)
			return f.edges.Category(text), noNumber
		}
	case Bool:
		if f.edges.Kind == stats.Boolean || f.edges.Kind == stats.Categorical && f.booleans {
			text, _ := scalarText(*v, scratch)
			return f.edges.Category(text), noNumber
		}
	}
	return stats.WrongType, noNumber
}

func (f *planFeature) textCell(v *Value) (cell int, x float64) {
	if f.texts != nil && f.texts[string(v.Text)] {
		return stats.Sentinel, noNumber
	}
	switch f.edges.Kind {
	case stats.Categorical, stats.Text:
		return f.edges.Category(v.Text), noNumber
	case stats.Numeric:
		if len(v.Text) == 0 {
			return stats.Empty, noNumber
		}
		if f.coerce {
			if x, err := strconv.ParseFloat(string(v.Text), 64); err == nil && !math.IsInf(x, 0) && !math.IsNaN(x) {
				return stats.NoValues, x
			}
		}
	default:
		if len(v.Text) == 0 {
			return stats.Empty, noNumber
		}
	}
	return stats.WrongType, noNumber
}

var noNumber = math.NaN()
