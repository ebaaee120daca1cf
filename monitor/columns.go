package monitor

import "driftwatch/stats"

// columns are decoded rows, column by column, as they are counted: so few cells are in
// use at a time, however many features and segments there are.
type columns struct {
	cells   [][]uint32  // of each feature, then of each constraint, as indexes into a slab
	numbers [][]float64 // of each numeric feature, NaN: there is none; nil: it is not numeric
	segment [][]int32   // of each set
	pane    []int32     // which of some panes a row is counted in; nowhere
}

// nowhere is the pane of a row that is not counted.
const nowhere = -1

func newColumns(p *plan) columns {
	c := columns{cells: make([][]uint32, p.width()), numbers: make([][]float64, p.width()), segment: make([][]int32, len(p.dims))}
	for f := range p.features {
		if p.features[f].edges.Kind == stats.Numeric {
			c.numbers[f] = []float64{}
		}
	}
	return c
}

// number is a row's value of a feature, NaN where that is none.
func (c *columns) number(feature, row int) float64 {
	if c.numbers[feature] == nil {
		return noNumber
	}
	return c.numbers[feature][row]
}

// begin makes room for n rows, none of which is counted yet. Their contents are
// undefined.
func (c *columns) begin(n int) {
	for i := range c.cells {
		c.cells[i] = stagger(c.cells[i], n, i)
		if c.numbers[i] != nil {
			c.numbers[i] = stagger(c.numbers[i], n, i)
		}
	}
	for i := range c.segment {
		c.segment[i] = resize(c.segment[i], n)
	}
	c.pane = resize(c.pane, n)
	for i := range c.pane {
		c.pane[i] = nowhere
	}
}

// append adds the rows [from, to) of o.
func (c *columns) append(o *columns, from, to int) {
	for i := range c.cells {
		c.cells[i] = staggered(c.cells[i], o.cells[i][from:to], i)
		if c.numbers[i] != nil {
			c.numbers[i] = staggered(c.numbers[i], o.numbers[i][from:to], i)
		}
	}
	for i := range c.segment {
		c.segment[i] = append(c.segment[i], o.segment[i][from:to]...)
	}
	c.pane = append(c.pane, o.pane[from:to]...)
}

// staggered is append for such a column.
func staggered[T any](s, more []T, column int) []T {
	if n := len(s) + len(more); cap(s) < n {
		s = append(stagger([]T(nil), n, column)[:0], s...)
	}
	return append(s, more...)
}

// stagger is resize for one of several columns that are written row by row. Were they to
// begin at the same place of a page, which large ones do, their rows would drive each
// other out of a core's cache.
func stagger[T any](s []T, n, column int) []T {
	if cap(s) < n {
		from := column % 61 * 16
		return make([]T, from+n, from+n+n/4)[from:]
	}
	return s[:n]
}

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}

// counter counts columns.
type counter struct {
	layout *stats.Layout
	order  []int32 // the rows of the groups
	ends   []int32 // of the parts of order, by pane and segment
	groups []stats.Group
}

// places is how many panes and segments are told apart at a time: scattered old records
// may be in thousands of panes.
const places = 1 << 16

// count counts the rows of c, which are in so many panes, in what in gives for a pane and
// a segment: in one of each set, or, where there are no sets, in segment 0.
func (k *counter) count(c *columns, panes, segments int, in func(pane int, segment int32) *stats.Counts) {
	step := max(1, places/segments)
	for set := range max(1, len(c.segment)) {
		var segment []int32
		if len(c.segment) > 0 {
			segment = c.segment[set]
		}
		for first := 0; first < panes; first += step {
			k.group(c.pane, segment, first, min(step, panes-first), segments, in)
			for i, cells := range c.cells {
				k.layout.Observe(i, k.groups, cells, c.numbers[i])
			}
		}
	}
}

// group sorts rows by their pane, of so many from the first on, and segment.
func (k *counter) group(pane, segment []int32, first, panes, segments int, in func(pane int, segment int32) *stats.Counts) {
	place := func(row int) int { // panes*segments and more: it is not in these panes
		at := int(uint32(pane[row]-int32(first))) * segments
		if segment != nil {
			at += int(segment[row])
		}
		return at
	}
	all := panes * segments
	k.ends = resize(k.ends, all+1)
	clear(k.ends)
	for row := range pane {
		if at := place(row); at < all {
			k.ends[at+1]++
		}
	}
	for i := range k.ends[1:] {
		k.ends[i+1] += k.ends[i]
	}
	k.order = resize(k.order, int(k.ends[all]))
	for row := range pane {
		if at := place(row); at < all {
			k.order[k.ends[at]] = int32(row)
			k.ends[at]++
		}
	}
	clear(k.groups)
	k.groups = k.groups[:0]
	from := int32(0)
	for i, to := range k.ends[:all] {
		if from < to {
			counts := in(first+i/segments, int32(i%segments))
			counts.Rows += uint64(to - from)
			k.groups = append(k.groups, stats.Group{In: counts, Rows: k.order[from:to]})
		}
		from = to
	}
}
