package stats

import "math"

// categoryStatistics describe which values there are.
func categoryStatistics() []Statistic {
	return []Statistic{
		{
			Name: "top_share", Unit: "share", Range: "0..1", Kinds: Numeric | Categorical | Boolean, Compute: topShare,
			Doc: "share of the most frequent value among the values, of those that have a cell of their own; undefined where none has",
		},
		{
			Name: "new_rate", Unit: "share", Range: "0..1", Kinds: Categorical, Compute: newRate,
			Doc: "share of values that were not seen when the edges were built",
		},
		{
			Name: "new_rate_excess", Unit: "share", Range: "-1..1", Kinds: Categorical, NeedsReference: true, Compute: newRateExcess,
			Doc: "new_rate less the rate that the reference leads to expect: values it saw once / values (Good and Turing)",
		},
		{
			Name: "entropy", Unit: "nats", Range: "0..", Kinds: Categorical | Boolean, Compute: entropy,
			Doc: "Shannon entropy of the values, with all rare ones taken as one, and all unseen ones",
		},
	}
}

func topShare(c *Comparison) float64 {
	e := c.cur.Edges
	if c.values == 0 || e.Kind == Text {
		return math.NaN()
	}
	most, any := uint64(0), false
	for i, n := range c.cur.Cells[NoValues:] {
		if e.Kind == Numeric && e.singles[i] || e.Kind != Numeric && i < len(e.Values) {
			most, any = max(most, n), true
		}
	}
	if !e.noValue(Empty) {
		most, any = max(most, c.cur.Cells[Empty]), true
	}
	if !any {
		return math.NaN()
	}
	return ratio(most, c.values)
}

func newRate(c *Comparison) float64 {
	if c.values == 0 || c.cur.Edges.Kind != Categorical {
		return math.NaN()
	}
	return ratio(c.cur.Cells[c.cur.Edges.unseen()], c.values)
}

func newRateExcess(c *Comparison) float64 {
	if c.base.values == 0 {
		return math.NaN()
	}
	return newRate(c) - c.base.NewRate
}

// entropy is the sum of -p ln p over the cells with values.
func entropy(c *Comparison) float64 {
	e := c.cur.Edges
	if c.values == 0 || e.Kind&(Categorical|Boolean) == 0 {
		return math.NaN()
	}
	var total float64
	for cell, n := range c.cur.Cells {
		if n > 0 && !e.noValue(cell) {
			p := float64(n) / float64(c.values)
			total -= p * math.Log(p)
		}
	}
	return total + 0
}
