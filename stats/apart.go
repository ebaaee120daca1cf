package stats

// Apart is the probability, without a difference between them, that two samples
// of a feature's rows differ as much as they do in the bin where it is least
// probable: the bins of PSI, and each reason for which a row has no value. With
// 2 chances for each bin it is an upper bound (Bonferroni), at most 1. Rows are
// taken to be independent.
func (b *Base) Apart(x, y Profile) float64 {
	c := b.Compare(x)
	c.align()
	in := x.Edges.fill(nil, c.bins, x.Cells)
	out := x.Edges.fill(nil, c.bins, y.Cells)
	for cell := range NoValues {
		in, out = append(in, float64(x.Cells[cell])), append(out, float64(y.Cells[cell]))
	}
	least := 1.0
	for i := range in {
		here, there := uint64(in[i]), uint64(out[i])
		least = min(least, Excess(there, y.Rows(), here, x.Rows()), Excess(here, x.Rows(), there, y.Rows()))
	}
	return min(1, least*float64(2*len(in)))
}
