package stats_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"driftwatch/stats"

	"pgregory.net/rapid"
)

func TestTable(t *testing.T) {
	want := strings.Fields(`missing_rate absent_rate null_rate empty_rate type_error_rate invalid_rate unique_error_rate distinct
		psi psi_p psi_debiased psi_noise psi_lo psi_baseline js hellinger tvd chi2 chi2_p
		ks ks_error ks_p wasserstein wasserstein_norm tail_rate median_shift iqr_ratio
		mean std mean_shift std_ratio p01 p05 p50 p95 p99 p01_shift p05_shift p50_shift p95_shift p99_shift
		min max zero_rate negative_rate constant_changed
		top_share entropy cramer_v new_rate new_rate_excess lost_categories`)
	table := stats.Statistics()
	seen := map[string]bool{}
	for _, s := range table {
		if s.Doc == "" || s.Unit == "" || s.Range == "" || s.Kinds == 0 || seen[s.Name] {
			t.Errorf("row %+v is incomplete or there twice", s)
		}
		seen[s.Name] = true
	}
	for _, name := range want {
		if s, ok := stats.Lookup(name); !ok || s.Name != name {
			t.Errorf("no statistic %s", name)
		}
	}
	if len(table) != len(want) {
		t.Errorf("%d statistics, want %d", len(table), len(want))
	}
	var others []string
	for _, s := range stats.Table() {
		if s.Scope == stats.Feature {
			continue
		}
		others = append(others, s.Scope.String()+": "+s.Name)
		if s.Doc == "" || s.Unit == "" || s.Range == "" || s.Kinds == 0 || s.Compute != nil || (s.Scope == stats.Stream) != (s.Count != nil) {
			t.Errorf("row %+v is incomplete, or computed", s)
		}
	}
	if want := []string{"stream: rows", "stream: record_rate", "stream: rate_ratio", "stream: malformed_rate", "stream: rejected_rate", "stream: late_rate", "stream: duplicate_rate", "stream: schema_added", "stream: schema_lost", "stream: schema_type_changed", "stream: schema_null_changed", "stream: schema_constant", "stream: schema_share", "constraint: required_error_rate", "constraint: out_of_range_rate", "constraint: set_error_rate", "constraint: pattern_error_rate", "constraint: length_error_rate", "constraint: integer_error_rate", "constraint: monotonic_error_rate", "constraint: check_rate", "family: share", "family: count", "family: max", "over time: delta", "clock: lag", "clock: freshness", "clock: blind", "clock: partitions", "clock: lost", "clock: recreated", "clock: undecided"}; !slices.Equal(others, want) {
		t.Errorf("beside the statistics there are %q, want %q", others, want)
	}
	if s, _ := stats.Lookup("rows"); s.Scope != stats.Stream {
		t.Errorf("the scope of rows is %s", s.Scope)
	}
	if s, _ := stats.Lookup("max"); s.Scope != stats.Feature {
		t.Errorf("the scope of max is %s", s.Scope)
	}
	if _, ok := stats.Lookup("share"); ok {
		t.Error("share was found among what can be computed")
	}
	if n := testing.AllocsPerRun(10, func() { stats.Lookup("lost_categories") }); n > 0 {
		t.Errorf("Lookup: %g allocations", n)
	}
	if _, ok := stats.Lookup("psy"); ok {
		t.Error("psy was found")
	}
}

// undefined returns the names of the statistics of a kind that are NaN.
func undefined(t *testing.T, c *stats.Comparison, kind stats.Kind) string {
	t.Helper()
	var names []string
	for _, s := range stats.Statistics() {
		v := s.Compute(c)
		if math.IsInf(v, 0) {
			t.Errorf("%s is %g", s.Name, v)
		}
		if s.Kinds&kind != 0 && math.IsNaN(v) {
			names = append(names, s.Name)
		}
	}
	return strings.Join(names, " ")
}

// TestUndefined pins where statistics are NaN: nowhere else.
func TestUndefined(t *testing.T) {
	e := stats.NewNumeric("x", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 200)
	fives := stats.NewNumeric("x", []float64{5, 5, 5}, 200)
	profile := func(values ...float64) stats.Profile { return numericProfile(e, values, 0) }
	const (
		rates      = "missing_rate absent_rate null_rate empty_rate type_error_rate invalid_rate unique_error_rate distinct"
		psi        = "psi psi_p psi_debiased psi_noise psi_lo psi_baseline"
		distances  = "js hellinger tvd chi2 chi2_p"
		comparing  = psi + " " + distances + " ks ks_error ks_p wasserstein wasserstein_norm tail_rate median_shift iqr_ratio"
		categories = psi + " " + distances
		percent    = "p01 p05 p50 p95 p99"
		shifts     = "p01_shift p05_shift p50_shift p95_shift p99_shift"
		values     = "median_shift iqr_ratio mean std mean_shift std_ratio " + percent + " " + shifts + " min max zero_rate negative_rate constant_changed top_share"
		noRef      = comparing + " mean_shift std_ratio " + shifts + " constant_changed"
	)
	// The baseline is the reference's alone.
	noRows := strings.Replace(comparing, " psi_baseline", "", 1) + strings.TrimPrefix(values, "median_shift iqr_ratio")
	category := stats.NewCategorical("c", map[string]uint64{"a": 9, "b": 1}, 5)
	full := categoricalProfile(category, map[string]uint64{"a": 30, "b": 3}, 0)
	text := stats.NewText("t")
	words := stats.Profile{Edges: text, Cells: []uint64{1, 0, 1, 0, 0, 0, 5}}
	for _, k := range []struct {
		name     string
		ref, cur stats.Profile
		want     string
	}{
		{"all there", profile(1, 2, 3, 4), profile(2, 3, 4), ""},
		{"no reference", stats.Profile{}, profile(1, 2), noRef},
		{"reference without rows", profile(), profile(1, 2), noRef},
		{"no rows now", profile(1, 2, 3), profile(), rates + " " + noRows},
		{"nothing now", profile(1, 2, 3), stats.Profile{}, rates + " " + noRows},
		{"nulls only now", profile(1, 2, 3), numericProfile(e, nil, 9), "unique_error_rate ks ks_error ks_p wasserstein wasserstein_norm tail_rate " + values},
		{"one row", profile(1, 2, 3), profile(2), "std std_ratio"},
		{"constant, the same", numericProfile(fives, []float64{5, 5, 5}, 0), numericProfile(fives, []float64{5, 5}, 0), "wasserstein_norm median_shift iqr_ratio std_ratio " + shifts},
		{"constant, then another", numericProfile(fives, []float64{5, 5, 5}, 0), numericProfile(fives, []float64{6, 6}, 0), "wasserstein_norm median_shift iqr_ratio mean_shift std_ratio " + shifts},
		{"other edges", numericProfile(fives, []float64{5, 5, 5}, 0), profile(1, 2), noRef},
		{"categories", full, full, ""},
		{"categories without reference", stats.Profile{}, full, categories + " cramer_v new_rate_excess lost_categories"},
		{"text", words, words, ""},
	} {
		base := stats.NewBase(k.ref, false)
		if k.ref.Rows() > 0 {
			base.Baseline = stats.Baseline{Windows: 9}
		}
		c := base.Compare(k.cur)
		c.Samples = func() stats.ValueSamples {
			s := stats.NewKeySample(16)
			for i := range k.cur.Values() {
				s.Add(i)
			}
			return stats.ValueSamples{Unique: s, Values: s}
		}
		kind := stats.Numeric
		if k.cur.Edges != nil {
			kind = k.cur.Edges.Kind
		}
		if got := undefined(t, c, kind); got != k.want {
			t.Errorf("%s: undefined are %q, want %q", k.name, got, k.want)
		}
	}
	c := stats.NewBase(words, false).Compare(words)
	if v := compute(t, c, "psi"); !math.IsNaN(v) || len(c.Bins()) != 0 {
		t.Errorf("psi of a text is %g on bins %v", v, c.Bins())
	}
}

func TestQuality(t *testing.T) {
	e := stats.NewText("t")
	e.EmptyMissing = true
	p := stats.Profile{Edges: e, Cells: []uint64{1, 2, 4, 8, 16, 32, 37}}
	c := stats.NewBase(stats.Profile{}, false).Compare(p)
	for name, want := range map[string]float64{
		"missing_rate": 0.39, "absent_rate": 0.01, "null_rate": 0.02,
		"empty_rate": 0.04, "type_error_rate": 0.08, "invalid_rate": 0.16,
	} {
		near(t, name, compute(t, c, name), want, 1e-15, 0)
	}
	if p.Missing() != 39 || p.Values() != 37 {
		t.Errorf("missing %d, values %d", p.Missing(), p.Values())
	}
	e.EmptyMissing = false
	if p.Missing() != 35 || p.Values() != 41 {
		t.Errorf("empty is a value: missing %d, values %d", p.Missing(), p.Values())
	}
}

// TestEmptyString is a value among categories and none among numbers.
func TestEmptyString(t *testing.T) {
	category := stats.NewCategorical("c", map[string]uint64{"a": 1}, 5)
	number := stats.NewNumeric("n", []float64{1}, 200)
	declared := stats.NewCategorical("c", map[string]uint64{"a": 1}, 5)
	declared.EmptyMissing = true
	for _, k := range []struct {
		e    *stats.Edges
		want string
	}{{category, "(empty)"}, {number, "(missing)"}, {declared, "(missing)"}} {
		cells := make([]uint64, k.e.Width())
		cells[stats.Empty], cells[stats.NoValues] = 40, 60
		p := stats.Profile{Edges: k.e, Cells: cells}
		var found bool
		for _, b := range stats.NewBase(p, false).Compare(p).Bins() {
			found = found || b.Label == k.want && b.Reference == 0.4
		}
		if !found {
			t.Errorf("%s, %t: no bin %s", k.e.Kind, k.e.EmptyMissing, k.want)
		}
	}
}

// TestInvariants holds for any counts: bins cover all rows once, their terms
// add up, values are in range, equal counts have no distance, and what the two
// sides play does not matter to what is symmetric.
func TestInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := anyLayout(t)
		a, b := anyCounts(t, "a", l), anyCounts(t, "b", l)
		own := rapid.Bool().Draw(t, "own")
		for i, e := range l.Features[:3] {
			ref, cur := l.Profile(a, i), l.Profile(b, i)
			base := stats.NewBase(ref, own)
			c := base.Compare(cur)
			row := func(c *stats.Comparison, name string) float64 {
				s, _ := stats.Lookup(name)
				return s.Compute(c)
			}
			if ref.Rows() == 0 || cur.Rows() == 0 {
				if !math.IsNaN(row(c, "psi")) || len(c.Bins()) > 0 {
					t.Fatalf("%s: psi %g without rows", e.Name, row(c, "psi"))
				}
				continue
			}
			var p, q, psi float64
			for _, bin := range c.Bins() {
				p, q, psi = p+bin.Reference, q+bin.Current, psi+bin.PSI
			}
			if math.Abs(p-1) > 1e-12 || math.Abs(q-1) > 1e-12 || math.Abs(psi-c.PSI()) > 1e-12 {
				t.Fatalf("%s: bins add up to %g, %g and PSI %g of %g", e.Name, p, q, psi, c.PSI())
			}
			// The deciles, as many values that hold a tenth, and missing ones.
			if n := len(c.Bins()); e.Kind == stats.Numeric && n > 20 {
				t.Fatalf("%s: %d bins", e.Name, n)
			}
			for _, s := range stats.Statistics() {
				v := s.Compute(c)
				if s.Kinds&e.Kind != 0 && (math.IsInf(v, 0) || strings.HasPrefix(s.Range, "0..") && v < 0 || s.Range == "0..1" && v > 1) {
					t.Fatalf("%s: %s = %g, range %s", e.Name, s.Name, v, s.Range)
				}
			}
			same := base.Compare(ref)
			for _, name := range []string{"psi", "ks", "js", "hellinger", "tvd", "chi2"} {
				if v := row(same, name); v > 1e-12 {
					t.Fatalf("%s: %s of equal counts is %g", e.Name, name, v)
				}
			}
			if e.Kind == stats.Numeric && !own {
				back := stats.NewBase(cur, false).Compare(ref)
				for _, name := range []string{"psi", "ks", "ks_error", "js", "hellinger", "tvd", "chi2"} {
					x, y := row(c, name), row(back, name)
					if math.Abs(x-y) > 1e-9 {
						t.Fatalf("%s is not symmetric: %g and %g", name, x, y)
					}
				}
			}
			// A reused comparison gives the same as a new one.
			reused := same
			reused.Reset(base, cur)
			for _, s := range stats.Statistics() {
				if x, y := s.Compute(reused), s.Compute(c); math.Float64bits(x) != math.Float64bits(y) {
					t.Fatalf("%s: %s is %g reused, %g new", e.Name, s.Name, x, y)
				}
			}
		}
	})
}

// The bounds are what the range says.
func TestBounds(t *testing.T) {
	for _, c := range []struct {
		name        string
		least, most float64
	}{{"rows", 0, math.Inf(1)}, {"missing_rate", 0, 1}, {"new_rate_excess", -1, 1}, {"psi_lo", math.Inf(-1), math.Inf(1)}} {
		st, _ := stats.Lookup(c.name)
		if least, most := st.Bounds(); least != c.least || most != c.most {
			t.Errorf("%s is from %g to %g", c.name, least, most)
		}
	}
	for _, st := range stats.Table() {
		least, most := st.Bounds()
		text := strings.TrimSuffix(fmt.Sprintf("%g..%g", least, most), "+Inf")
		if text == "-Inf.." {
			text = "any"
		}
		if text != st.Range {
			t.Errorf("%s: the range %s reads as %s", st.Name, st.Range, text)
		}
	}
}
