package stats_test

import (
	"fmt"

	"driftwatch/stats"
)

// The Examples of the statistics share these.

// show prints a statistic by name.
func show(c *stats.Comparison, name string) {
	s, _ := stats.Lookup(name)
	fmt.Printf("%s %.6g %s\n", name, s.Compute(c), s.Unit)
}

func against(ref, cur stats.Profile) *stats.Comparison {
	return stats.NewBase(ref, false).Compare(cur)
}

// numbersAgainst compares values with others, at the default resolution.
func numbersAgainst(ref, cur []float64) *stats.Comparison {
	e := stats.NewNumeric("amount", sorted(ref), 200)
	return against(numericProfile(e, ref, 0), numericProfile(e, cur, 0))
}

func cardEdges() *stats.Edges {
	return stats.NewCategorical("card", map[string]uint64{"debit": 500, "credit": 300, "gift": 200}, 100)
}

// card counts payments by card.
func card(debit, credit, gift uint64) stats.Profile {
	return categoricalProfile(cardEdges(), map[string]uint64{"debit": debit, "credit": credit, "gift": gift}, 0)
}
