package stats

// Grown tells the cells of the bin that has grown most: which of those with a
// larger share of the rows than in the reference has the largest term of the PSI.
// It is nil where none has.
func (c *Comparison) Grown() func(cell int) bool {
	c.align()
	most, at := 0.0, -1
	for i := range c.bins {
		if c.curShare[i] > c.refShare[i] && c.psiTerm(i) > most {
			most, at = c.psiTerm(i), i
		}
	}
	if at < 0 {
		return nil
	}
	edges := c.cur.Edges
	switch b := c.bins[at]; b.from {
	case noValueBin:
		return edges.noValue
	case otherBin:
		return func(cell int) bool {
			for _, b := range c.bins {
				if b.from >= 0 && b.from <= cell && cell < b.to {
					return false
				}
			}
			return !edges.noValue(cell)
		}
	default:
		return func(cell int) bool { return b.from <= cell && cell < b.to }
	}
}
