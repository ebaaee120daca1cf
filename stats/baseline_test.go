package stats_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"driftwatch/stats"

	"gonum.org/v1/gonum/stat"
)

// TestBaseline checks against what each window has against the others, compared
// one by one.
func TestBaseline(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 9))
	values := make([]float64, 3000)
	for i := range values {
		values[i] = r.NormFloat64()
	}
	e := stats.NewNumeric("x", sorted(values), 200)
	for _, k := range []struct {
		rho         float64
		least, most float64 // of phi
	}{{0, 0.93, 1.07}, {0.9, 3, 8}} {
		windows := autoregressive(r, e, 250, 400, k.rho)
		empty := stats.Profile{Edges: e, Cells: make([]uint64, e.Width())}
		b := stats.NewBaseline(300_000, append([]stats.Profile{empty}, windows...))
		if b.Window != 300_000 || b.Windows != 250 {
			t.Errorf("rho %g: %d windows of %d ms", k.rho, b.Windows, b.Window)
		}
		if b.Phi < k.least || b.Phi > k.most {
			t.Errorf("rho %g: phi is %g, want within [%g, %g]", k.rho, b.Phi, k.least, k.most)
		}
		var psis []float64
		for i, w := range windows {
			rest := sumOfWindows(slices.Concat(windows[:i], windows[i+1:]))
			psis = append(psis, stats.NewBase(rest, false).Compare(w).PSI())
		}
		slices.Sort(psis)
		for i, q := range []float64{0.5, 0.9, 0.95, 0.99} {
			at := q * 249
			low := psis[int(at)]
			want := low + (psis[int(at)+1]-low)*(at-math.Floor(at))
			near(t, fmt.Sprintf("rho %g: quantile %g", k.rho, q), b.Quantiles[i], want, 1e-9, 0)
		}
		// The noise of independent rows is the baseline where they are.
		if noise := stat.Mean(psis, nil) / b.Phi; math.Abs(noise*400/9-1) > 0.06 {
			t.Errorf("rho %g: mean psi / phi is %g, want about 9/400", k.rho, noise)
		}
	}
}

func TestNoBaseline(t *testing.T) {
	flag, text := stats.NewBoolean("b"), stats.NewText("t")
	none := stats.Baseline{}
	for name, windows := range map[string][]stats.Profile{
		"no windows":         nil,
		"one window":         {profile2(flag, 5, 5)},
		"one window of rows": {profile2(flag, 5, 5), profile2(flag, 0, 0)},
		"text":               {{Edges: text, Cells: []uint64{0, 0, 0, 0, 0, 0, 5}}, {Edges: text, Cells: []uint64{0, 0, 0, 0, 0, 0, 9}}},
	} {
		if got := stats.NewBaseline(1, windows); got != none {
			t.Errorf("%s: %+v", name, got)
		}
	}
	same := []stats.Profile{profile2(flag, 50, 0), profile2(flag, 70, 0), profile2(flag, 9, 0)}
	if got := stats.NewBaseline(1, same); got != (stats.Baseline{Window: 1, Windows: 3}) {
		t.Errorf("a constant has the baseline %+v", got)
	}
}
