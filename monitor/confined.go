package monitor

import (
	"maps"
	"math"
	"slices"
	"strconv"

	"driftwatch/rules"
	"driftwatch/stats"
)

// What an alert is confined to, if to anything, is found among the sampled rows
// of its window, by the partition they lie in and by the declared headers. See
// rules.Part.

const (
	// partRows are the fewest sampled rows of a part, of all others and of a pane of
	// which something is said that a rule has found of the window.
	partRows = 30
	// partByChance is how often, without a difference between them, one of the
	// parts of a dimension is taken to differ from the other rows. So that a part is
	// named wrongly, its rows must also make the rule's condition true and the
	// others' must not.
	partByChance = 1e-4
	// otherByChance is the same of each of the other parts: among all others one
	// that has the fault as well is few rows.
	otherByChance = 1e-3
)

// rowPart is the rows of the window's sample with one value of a dimension.
type rowPart struct {
	dimension, value string
	pooled           bool // of several values, each with few rows or hidden
	rows, others     []*sampledRow
}

// confined gives a sample of all rows its parts; feature -1 is the stream.
func (v *view) confined(s rules.Sample, feature int) rules.Sample {
	if s.Series.Segment != "" {
		return s
	}
	s.Parts = func() []rules.Part {
		var all []rules.Part
		for _, p := range v.split() {
			all = append(all, rules.Part{Dimension: p.dimension, Value: p.value})
		}
		return all
	}
	s.Split = func(of rules.Part, inside bool) func(string) float64 {
		p := v.part(of)
		rows := p.rows
		if !inside {
			rows = p.others
		}
		switch {
		case len(rows) < partRows:
			return func(string) float64 { return math.NaN() }
		case feature < 0:
			return v.streamOf(rows)
		}
		return v.s.compared(0, feature, v.countsOf(rows), nil)
	}
	s.Differs = func(of rules.Part) bool { return v.differs(v.part(of), feature) }
	return s
}

func (v *view) part(of rules.Part) *rowPart {
	return &v.parts[slices.IndexFunc(v.split(), func(p rowPart) bool { return p.dimension == of.Dimension && p.value == of.Value })]
}

// split makes the parts, once.
func (v *view) split() []rowPart {
	if v.parts != nil {
		return v.parts
	}
	v.parts = []rowPart{}
	rows := v.sampled().rows
	v.divide(partitionName, rows, func(r *sampledRow) string { return strconv.Itoa(int(r.place.partition)) })
	for i, name := range v.s.plan.headers {
		v.divide(headerPrefix+name, rows, toldHeaders(rows, i))
	}
	return v.parts
}

// divide adds the parts of one dimension, if there are several and every row has
// been looked at.
func (v *view) divide(dimension string, rows []*sampledRow, value func(*sampledRow) string) {
	by := map[string][]*sampledRow{}
	for _, r := range rows {
		by[value(r)] = append(by[value(r)], r)
	}
	if len(by) < 2 || by[""] != nil {
		return
	}
	var parts []rowPart
	pool := rowPart{dimension: dimension, value: "(few rows)", pooled: true}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		if len(by[name]) < partRows || isHidden(name) {
			pool.rows = append(pool.rows, by[name]...)
			continue
		}
		parts = append(parts, rowPart{dimension: dimension, value: name, rows: by[name]})
	}
	if len(pool.rows) > 0 {
		parts = append(parts, pool)
	}
	for i := range parts {
		for j := range parts {
			if i != j {
				parts[i].others = append(parts[i].others, parts[j].rows...)
			}
		}
	}
	v.parts = append(v.parts, parts...)
}

// differs says that what the series is about, the stream's being its schema, is
// not the same in the part as in the other rows, nor as in any part of them.
func (v *view) differs(p *rowPart, feature int) bool {
	if p.pooled || len(p.rows) < partRows || len(p.others) < partRows {
		return false
	}
	parts := slices.DeleteFunc(slices.Clone(v.parts), func(o rowPart) bool { return o.dimension != p.dimension })
	apart := func(x, y []*sampledRow) float64 { return min(v.shapesApart(x, y), v.talliesApart(x, y, "")) }
	if feature >= 0 {
		apart = func(x, y []*sampledRow) float64 {
			own := v.s.ref.bases[0][feature].Apart(v.profileOf(x, feature), v.profileOf(y, feature))
			return min(own, v.talliesApart(x, y, v.s.ref.Layout.Features[feature].Name))
		}
	}
	return apart(p.rows, p.others)*float64(len(parts)) < partByChance && !slices.ContainsFunc(parts, func(o rowPart) bool {
		return o.value != p.value && len(o.rows) >= partRows && apart(p.rows, o.rows) >= otherByChance
	})
}

// talliesApart is the probability, without a difference, that what is declared of a
// feature, "" being the checks, does not hold for so many of the rows, for that for
// which it is least.
func (v *view) talliesApart(rows, others []*sampledRow, feature string) float64 {
	least := 1.0
	asked := v.s.ref.constraintsOf(feature)
	for _, statistic := range asked {
		i := v.s.ref.tallies[tallied{statistic, feature}]
		fails := func(r *sampledRow) bool { return r.cells[i] == v.s.plan.counted[i].offset+tallyNo }
		least = min(least, stats.Excess(count(others, fails), uint64(len(others)), count(rows, fails), uint64(len(rows))))
	}
	return min(1, least*float64(1+len(asked)))
}

// aFew of 1,000 rows are none: a type that fewer of the reference's values have is
// no type of a field either.
const aFew = 1

// shapesApart is the probability, without a difference, that the change of schema
// of rows for which it is least is in so many of them. A change that is in others
// at all, though in too few to be one there, says nothing.
func (v *view) shapesApart(rows, others []*sampledRow) float64 {
	least := 1.0
	if v.s.ref.schema == nil {
		return least
	}
	there := v.s.ref.shapes(shapesOf(rows), partRows)
	changes := slices.Concat(there.Added, there.Types, there.Nulls)
	for _, f := range changes {
		shows := v.s.ref.showing(f)
		n, r := count(rows, shows), count(others, shows)
		if 1000*r <= aFew*uint64(len(others)) {
			least = min(least, stats.Excess(r, uint64(len(others)), n, uint64(len(rows))))
		}
	}
	return min(1, least*float64(len(changes)))
}

// profileOf counts one feature of rows, but for moments and extremes.
func (v *view) profileOf(rows []*sampledRow, feature int) stats.Profile {
	f := &v.s.plan.features[feature]
	p := stats.Profile{Edges: f.edges, Cells: make([]uint64, f.edges.Width())}
	for _, r := range rows {
		if cell := r.cells[feature]; cell != uncounted {
			p.Cells[cell-f.offset]++
		}
	}
	return p
}

// countsOf counts rows as they were counted, but for moments and extremes.
func (v *view) countsOf(rows []*sampledRow) *stats.Counts {
	c := v.s.plan.layout.NewCounts()
	c.Rows = uint64(len(rows))
	for _, r := range rows {
		for _, cell := range r.cells {
			if cell != uncounted {
				c.Cells[cell]++
			}
		}
	}
	return c
}

// streamOf gives the statistics of the stream that can be said of some of its
// rows: the checks, and those of the schema.
func (v *view) streamOf(rows []*sampledRow) func(string) float64 {
	var changes *stats.SchemaChanges
	traffic := &stats.Traffic{Schema: func() *stats.SchemaChanges {
		if changes == nil && v.s.ref.schema != nil {
			changes = v.s.ref.shapes(shapesOf(rows), partRows)
			changes.Constant = []stats.FieldChange{} // what all values are is confined to no part
		}
		return changes
	}}
	counts := v.countsOf(rows)
	return func(name string) float64 {
		switch x, asked := v.s.ref.asked(counts, name, ""); {
		case asked:
			return x
		case isSchema(name):
			return traffic.Stat(name)
		}
		return math.NaN()
	}
}

func shapesOf(rows []*sampledRow) map[string]int {
	shapes := map[string]int{}
	for _, r := range rows {
		shapes[r.shape]++
	}
	return shapes
}

// showing tells the rows that have a field as it is now: of the type that has
// changed or, of a new one, of any.
func (r *reference) showing(f stats.FieldChange) func(*sampledRow) bool {
	known := map[string]bool{}
	return func(row *sampledRow) bool {
		is, seen := known[row.shape]
		if !seen {
			fields, _, _ := rowFields(row.shape)
			is = slices.ContainsFunc(r.schema.Fields(fields), func(of stats.RowField) bool {
				return of.Name == f.Name && (of.Type == f.Is || f.Was == f.Is)
			})
			known[row.shape] = is
		}
		return is
	}
}

func count(rows []*sampledRow, is func(*sampledRow) bool) (n uint64) {
	for _, r := range rows {
		if is(r) {
			n++
		}
	}
	return n
}
