package stats

import "math"

const (
	// minExpected is the number of rows, expected on the side that has fewer,
	// from which on a category has a bin of its own. The usual 5 (Cochran,
	// Biometrics 10, 1954) is right for the chi-squared law but makes so many
	// bins of a long tail that they drown what moved: of a Zipf of 5,000 values,
	// half of whose most frequent one becomes another, 92 % of windows of 500
	// rows are seen with 5, and 96 % with these.
	minExpected = 10
	// minFrequent categories have a bin even if fewer rows are expected, down to
	// one: 60 equally frequent ones would else be a single bin at 500 rows.
	minFrequent = 8
)

// categories makes a bin for each category of the dictionary that is frequent
// enough, and one for all others where either side has any. Whatever is rare or
// unseen is in the second: on its own it would either drown in the noise or alarm
// on every clean window.
func (c *Comparison) categories() {
	ref := c.base.ref.Cells
	enough := c.enough()
	refLeft, curLeft := c.base.values, c.values
	c.eachCategory(func(cell int, both float64) {
		if both >= enough {
			c.bins = append(c.bins, bin{cell, cell + 1})
			refLeft -= ref[cell]
			curLeft -= c.cur.Cells[cell]
		}
	})
	if refLeft > 0 || curLeft > 0 {
		c.bins = append(c.bins, bin{from: otherBin})
	}
}

// eachCategory calls do with the cell of each category of the dictionary, and of
// the empty string where that is a value, and its rows on both sides together.
func (c *Comparison) eachCategory(do func(cell int, both float64)) {
	ref, cur := c.base.ref.Cells, c.cur.Cells
	if !c.cur.Edges.noValue(Empty) {
		do(Empty, float64(ref[Empty])+float64(cur[Empty]))
	}
	for cell := NoValues; cell < c.cur.Edges.rare(); cell++ {
		do(cell, float64(ref[cell])+float64(cur[cell]))
	}
}

// enough returns how many rows of both sides together make a category frequent.
//
// It must not be chosen by the reference alone. A category that is in it 10 times
// by luck, of 1,000 rows, would be expected as often for ever, and in larger
// windows the luck of all of them adds up: where the reference's own counts
// decide, 95 to 100 % of clean windows of 3,000 rows and more of a long tail had
// psi_p < 0.01, against 1,000 reference rows.
// Without drift the rows of both sides together say nothing about how they are
// divided, so those decide.
func (c *Comparison) enough() float64 {
	n, m := float64(c.base.rows), float64(c.rows)
	one := (n + m) / min(n, m) // rows that make one expected on the smaller side
	var most [minFrequent]float64
	c.eachCategory(func(_ int, both float64) {
		for i := range most {
			if both > most[i] {
				both, most[i] = most[i], both
			}
		}
	})
	enough := max(min(minExpected*one, most[minFrequent-1]), one)
	return max(enough, c.base.chosen()*(n+m)/n)
}

// chosen returns how many reference rows a category needs to be in the
// dictionary for sure. Where that holds only the most frequent ones, the last of
// them are in it by luck: the count of the last one is passed by 3 standard
// deviations. Without it 3 to 5 % of clean windows of 100,000 rows have
// psi_p < 0.01, with a dictionary of 100 and 10,000 reference rows.
func (b *Base) chosen() float64 {
	e := b.ref.Edges
	if len(e.Rare) == 0 || len(e.Values) == 0 {
		return 0
	}
	last := float64(b.ref.Cells[NoValues+len(e.Values)-1])
	return last + 3*math.Sqrt(last)
}
