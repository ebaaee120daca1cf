package stats_test

import (
	"driftwatch/stats"

	"github.com/cespare/xxhash/v2"
)

func sampleOfTexts(values ...string) *stats.KeySample {
	s := stats.NewKeySample(4096)
	for _, v := range values {
		s.Add(xxhash.Sum64String(v))
	}
	return s
}

// Of 5 values 2 were there before: the second a1 and the third.
func Example_uniqueErrorRate() {
	e := stats.NewText("session")
	c := against(stats.Profile{}, stats.Profile{Edges: e, Cells: []uint64{stats.NoValues: 5}})
	c.Samples = func() stats.ValueSamples {
		return stats.ValueSamples{Unique: sampleOfTexts("a1", "a2", "a1", "a3", "a1")}
	}
	show(c, "unique_error_rate")
	// Output: unique_error_rate 0.4 share
}

// Debit and credit have cells of their own; of the rest two are distinct.
func Example_distinct() {
	values := map[string]uint64{"debit": 50, "credit": 30, "loyalty": 2, "voucher": 1}
	c := against(card(500, 300, 200), categoricalProfile(cardEdges(), values, 0))
	c.Samples = func() stats.ValueSamples {
		return stats.ValueSamples{Values: sampleOfTexts("loyalty", "voucher", "loyalty")}
	}
	show(c, "distinct")
	// Output: distinct 4 values
}
