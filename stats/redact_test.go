package stats_test

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"

	"driftwatch/stats"

	"pgregory.net/rapid"
)

func TestRedact(t *testing.T) {
	many := map[string]uint64{}
	for i := range 201 {
		many[fmt.Sprint("user-", i)] = 50
	}
	l := stats.NewLayout([]*stats.Edges{
		stats.NewCategorical("card", map[string]uint64{"debit": 600, "credit": 390, "black": 19, "gift": 20}, 3),
		stats.NewCategorical("user", many, 300),
		stats.NewNumeric("amount", []float64{1.2345, 1.2345, 1.2346, 5.6789, 98765.4321}, 200),
	})
	all, small, big := l.NewCounts(), l.NewCounts(), l.NewCounts()
	all.Rows, small.Rows, big.Rows = 1000, 19, 981
	for i, n := range []uint64{600, 390, 20, 19, 3} { // debit, credit, gift; rare; unseen
		all.Cells[l.Offsets[0]+stats.NoValues+i] = n
		big.Cells[l.Offsets[0]+stats.NoValues+i] = n
	}
	for _, v := range []float64{1.2345, 5.6789, 98765.4321} {
		for range 30 {
			observe(l, all, 2, v)
		}
	}
	observe(l, big, 2, 98765.4321)
	r := &stats.Reference{
		Source: "x", Layout: l, Singletons: make([]uint64, 3), Dimensions: [][]string{{"city"}},
		Segments: []string{"city=Berlin", "city=Nowhere"}, Counts: []*stats.Counts{all, big, small},
	}
	before := r.Hash()
	got := r.Redact()
	if r.Hash() != before {
		t.Error("Redact has changed what it was called on")
	}
	if !slices.Equal(got.Segments, []string{"city=Berlin"}) || len(got.Counts) != 2 || got.Counts[1].Rows != 981 {
		t.Errorf("segments %q", got.Segments)
	}
	card := got.Layout.Features[0]
	if !slices.Equal(card.Values, []string{"debit", "credit", "gift"}) || card.Rare != nil {
		t.Errorf("card has values %q, rare %q", card.Values, card.Rare)
	}
	if user := got.Layout.Features[1]; len(user.Values)+len(user.Rare) > 0 {
		t.Errorf("user has values %q", user.Values)
	}
	amount := got.Layout.Features[2]
	if !slices.Contains(amount.Cuts, 1.23) || !slices.Contains(amount.Cuts, 98800) || slices.Contains(amount.Cuts, 1.2345) {
		t.Errorf("amount has cuts %v", amount.Cuts)
	}
	if x := got.Counts[0].Extremes[2]; x.Min != 1.23 || x.Max != 98800 {
		t.Errorf("amount is from %g to %g", x.Min, x.Max)
	}
	// A segment with one value would show it.
	if x := got.Counts[1].Extremes[2]; x.Seen || !math.IsNaN(got.Layout.Profile(got.Counts[1], 2).Mean()) {
		t.Errorf("one value is shown: %+v", x)
	}
	// Nothing is left of the values of a sensitive feature but how many there are.
	secret := r.Redact("card", "amount")
	for _, f := range []int{0, 2} {
		was, is := r.Layout.Profile(r.Counts[0], f), secret.Layout.Profile(secret.Counts[0], f)
		if is.Values() != was.Values() || is.Rows() != was.Rows() {
			t.Errorf("%s has %d values, had %d", is.Edges.Name, is.Values(), was.Values())
		}
	}
	if card, amount := secret.Layout.Features[0], secret.Layout.Features[2]; len(card.Values)+len(card.Rare)+len(amount.Cuts) > 0 || secret.Counts[0].Extremes[2].Seen ||
		!math.IsNaN(secret.Layout.Profile(secret.Counts[0], 2).Mean()) {
		t.Errorf("sensitive features are shown as %+v, %+v", card, amount)
	}
	encoded, err := got.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"black", "user-7", "Nowhere", string(floatBytes(1.2345))} {
		if bytes.Contains(encoded, []byte(secret)) {
			t.Errorf("%q is still in it", secret)
		}
	}
}

func floatBytes(x float64) []byte {
	b := make([]byte, 8)
	for i := range b {
		b[i] = byte(math.Float64bits(x) >> (8 * i))
	}
	return b
}

// TestRedactKeepsCounts holds for any reference: it can be written and read, no
// row is lost, and all numbers have 3 digits, or are next to one that has.
func TestRedactKeepsCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyReference(t)
		var sensitive []string
		if rapid.Bool().Draw(t, "sensitive") {
			sensitive = []string{r.Layout.Features[0].Name}
		}
		got := r.Redact(sensitive...)
		encoded, err := got.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var again stats.Reference
		if err := again.UnmarshalBinary(encoded); err != nil {
			t.Fatal(err)
		}
		for i := range r.Layout.Features {
			for at, c := range got.Counts {
				old := r.Counts[at]
				if len(got.Counts) < len(r.Counts) && at > 0 {
					continue
				}
				p, q := r.Layout.Profile(old, i), got.Layout.Profile(c, i)
				if p.Rows() != q.Rows() || p.Values() != q.Values() || p.Missing() != q.Missing() {
					t.Fatalf("%s: %d rows became %d", p.Edges.Name, p.Rows(), q.Rows())
				}
			}
		}
		for _, c := range got.Layout.Features[0].Cuts {
			next := math.Nextafter(c, math.Inf(1))
			if !short(c) && !short(next) {
				t.Fatalf("a cut is %g", c)
			}
		}
	})
}

// short reports whether x is written with 3 digits, or too far from 1 for
// rounding.
func short(x float64) bool {
	y, err := strconv.ParseFloat(strconv.FormatFloat(x, 'e', 2, 64), 64)
	return err != nil || math.Abs(x-y) <= 1e-14*math.Abs(x) || math.Abs(x) > 1e290 || math.Abs(x) < 1e-290
}
