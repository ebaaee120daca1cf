package monitor

import (
	"fmt"
	"slices"

	"driftwatch/stats"
)

// planConstraint is a constraint compiled for the records' path.
type planConstraint struct {
	constraint
	cells [3]uint32 // in a slab, of no, unknown and yes
	of    int       // index of the feature; -1: it is a check
	holds *predicate
	at    []int // of a check: its fields
}

func (p *plan) constraint(k constraint, offset int) (planConstraint, error) {
	c := planConstraint{constraint: k, of: -1}
	for _, a := range []answer{no, unknown, yes} {
		c.cells[a-no] = uint32(offset + a.cell())
	}
	if k.feature != "" {
		c.of = slices.IndexFunc(p.features, func(f planFeature) bool { return f.edges.Name == k.feature })
		if c.of < 0 {
			return c, fmt.Errorf("%s is declared for %q, which is not watched", k.statistic, k.feature)
		}
		return c, nil
	}
	var err error
	if c.holds, err = parsePredicate(k.declared); err != nil {
		return c, fmt.Errorf("the check %s cannot be read: %w", k.statistic, err)
	}
	for _, f := range c.holds.fields {
		c.at = append(c.at, p.field(f))
	}
	return c, nil
}

// answers judges the i-th record of the block, of whose features the cells are
// known; of a number only that it is one.
func (w *worker) answers(i int) {
	p, r := w.plan, &w.rows
	for k := range p.asked {
		c := &p.asked[k]
		var a answer
		switch {
		case c.holds != nil:
			a = c.holds.eval(w.row, c.at)
		case !c.monotonic:
			f := &p.features[c.of]
			a = c.judge(f.edges, int(r.cells[c.of][i]-f.offset), r.number(c.of, i), w.row[f.field])
		}
		r.cells[len(p.features)+k][i] = c.cells[a-no]
	}
}

// inOrder judges a record by the one before it in its partition.
func (w *worker) inOrder(l *lane, i int) {
	p, r := w.plan, &w.rows
	for k := range p.asked {
		c := &p.asked[k]
		if !c.monotonic {
			continue
		}
		f := &p.features[c.of]
		a := unknown
		if f.edges.Kind == stats.Numeric && r.cells[c.of][i] >= f.offset+stats.NoValues {
			x := r.numbers[c.of][i]
			if l.last == nil {
				l.last = map[string]float64{}
			}
			last, ok := l.last[f.edges.Name]
			a = answerOf(!ok || x >= last)
			l.last[f.edges.Name] = x
		}
		r.cells[len(p.features)+k][i] = c.cells[a-no]
	}
}

// width is the number of cells that a record is counted in: one of each feature
// and of each constraint.
func (p *plan) width() int { return len(p.features) + len(p.asked) }
