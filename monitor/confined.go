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
	// partRows are the fewest sampled rows of a part, and of all others, of which
	// something is said.
	partRows = 30
	// partByChance is how often, without a difference between them, one of the
	// parts of a dimension is taken to differ from the other rows. So that a part is
	// named wrongly, its rows must also make the rule's condition true and the
	// others' must not.
	partByChance = 1e-4
)

// rowPart is the rows of the window's sample with one value of a dimension.
type rowPart struct {
	dimension, value string
	pooled           bool // of several values, each with few rows
	of               int  // parts that the dimension has
	rows, others     []*sampledRow
}

// confined gives a sample of all rows its parts; feature -1 is the stream.
func (v *view) confined(s rules.Sample, feature int) rules.Sample {
	if s.Series.Segment != "" {
		return s
	}
	s.Parts = func() []rules.Part {
		var all []rules.Part
		for i := range v.split() {
			p := &v.parts[i]
			all = append(all, rules.Part{Dimension: p.dimension, Value: p.value, Differs: v.differs(p, feature)})
		}
		return all
	}
	s.Split = func(of rules.Part, inside bool) func(string) float64 {
		at := slices.IndexFunc(v.split(), func(p rowPart) bool { return p.dimension == of.Dimension && p.value == of.Value })
		rows := v.parts[at].rows
		if !inside {
			rows = v.parts[at].others
		}
		if len(rows) < partRows {
			return func(string) float64 { return math.NaN() }
		}
		if feature < 0 {
			return v.streamOf(rows)
		}
		return v.s.compared(0, feature, v.countsOf(rows), nil)
	}
	return s
}

// split makes the parts, once.
func (v *view) split() []rowPart {
	if v.parts != nil {
		return v.parts
	}
	v.parts = []rowPart{}
	rows := v.sampled().rows
	v.divide("_partition", rows, func(r *sampledRow) string { return strconv.Itoa(int(r.place.partition)) })
	for i, name := range v.s.plan.headers {
		v.divide("_header."+name, rows, func(r *sampledRow) string { return r.headers[i] })
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
		if len(by[name]) < partRows {
			pool.rows = append(pool.rows, by[name]...)
			continue
		}
		parts = append(parts, rowPart{dimension: dimension, value: name, rows: by[name]})
	}
	if len(pool.rows) > 0 {
		parts = append(parts, pool)
	}
	for i := range parts {
		parts[i].of = len(parts)
		for j := range parts {
			if i != j {
				parts[i].others = append(parts[i].others, parts[j].rows...)
			}
		}
	}
	v.parts = append(v.parts, parts...)
}

// differs says that what the series is about is not the same in the part as in
// the other rows, by more than chance. Where it is about the stream that is its
// schema or, for a rule over features, any of them.
func (v *view) differs(p *rowPart, feature int) bool {
	if p.pooled || len(p.rows) < partRows || len(p.others) < partRows {
		return false
	}
	in, out := v.countsOf(p.rows), v.countsOf(p.others)
	if v.tallyDiffers(p, in, out, feature) {
		return true
	}
	features := []int{feature}
	if feature < 0 {
		features = features[:0]
		for f := range v.s.ref.Layout.Features {
			features = append(features, f)
		}
		if v.schemaDiffers(p) {
			return true
		}
	}
	for _, f := range features {
		x, y := v.s.plan.layout.Profile(in, f), v.s.plan.layout.Profile(out, f)
		if v.s.ref.bases[0][f].Apart(x, y)*float64(p.of*len(features)) < partByChance {
			return true
		}
	}
	return false
}

// tallyDiffers says that something which is declared of the feature, or of the
// records, does not hold for more of the part's rows.
func (v *view) tallyDiffers(p *rowPart, in, out *stats.Counts, feature int) bool {
	of := ""
	if feature >= 0 {
		of = v.s.ref.Layout.Features[feature].Name
	}
	asked := v.s.ref.constraintsOf(of)
	for _, statistic := range asked {
		i := v.s.ref.tallies[tallied{statistic, of}]
		n, r := v.s.plan.layout.Profile(in, i).Cells[tallyNo], v.s.plan.layout.Profile(out, i).Cells[tallyNo]
		chance := stats.Excess(r, uint64(len(p.others)), n, uint64(len(p.rows)))
		if chance*float64(p.of*len(asked)) < partByChance {
			return true
		}
	}
	return false
}

// schemaDiffers says that a change of the part's schema is not in as many of the
// other rows.
func (v *view) schemaDiffers(p *rowPart) bool {
	if v.s.ref.schema == nil {
		return false
	}
	there := v.s.ref.shapes(shapesOf(p.rows))
	changes := slices.Concat(there.Added, there.Types, there.Nulls)
	for _, f := range changes {
		shows := v.s.ref.showing(f)
		n, r := count(p.rows, shows), count(p.others, shows)
		chance := stats.Excess(r, uint64(len(p.others)), n, uint64(len(p.rows)))
		if chance*float64(p.of*len(changes)) < partByChance {
			return true
		}
	}
	return false
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
			changes = v.s.ref.shapes(shapesOf(rows))
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
