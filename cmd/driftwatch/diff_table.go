package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"driftwatch/stats"
)

// printDiff is for a person: one line a feature, then which bins moved.
func printDiff(w io.Writer, d *diff) error {
	for _, side := range []struct {
		what string
		diffSide
	}{{"reference", d.reference}, {"current", d.current}} {
		fmt.Fprintf(w, "%-9s  %s: %d rows%s\n", side.what, side.name, side.Counts[0].Rows, timeSpan(side.Reference))
	}
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "FEATURE\tKIND\tPSI, NOISE TO\tSURE\tKS\tMISSING\tMEDIAN OR TOP\tREFERENCE\tCURRENT")
	for i := range d.features {
		f := &d.features[i]
		reference, current := f.histograms()
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", printable(f.name), f.kind,
			withNoise(f.stat("psi"), f.stat("psi_noise")), short(max(0, f.stat("psi_lo"))), short(f.stat("ks")),
			change(percent(ratioOf(f.reference.Missing(), f.reference.Rows())), percent(ratioOf(f.current.Missing(), f.current.Rows()))),
			f.middle(), reference, current)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for i := range d.features {
		if err := printMoved(w, &d.features[i]); err != nil {
			return err
		}
	}
	if left := d.reference.LeftOut; len(left) > 0 {
		names := make([]string, len(left))
		for i, l := range left {
			names[i] = l.Name
		}
		fmt.Fprintf(w, "\nnot compared, since the reference leaves them out: %s\n", strings.Join(allPrintable(names), ", "))
	}
	for _, only := range []struct {
		in    string
		names []string
	}{{d.current.name, d.onlyCurrent}, {d.reference.name, d.onlyReference}} {
		if len(only.names) > 0 {
			fmt.Fprintf(w, "\nonly in %s: %s\n", only.in, strings.Join(allPrintable(only.names), ", "))
		}
	}
	return nil
}

// printMoved lists the bins that make up most of what surely moved.
func printMoved(w io.Writer, f *featureDiff) error {
	if !(f.stat("psi_lo") > 0) {
		return nil
	}
	const shown = 4
	bins := f.compared.Bins()
	slices.SortStableFunc(bins, func(a, b stats.Bin) int { return cmp.Compare(b.PSI, a.PSI) })
	fmt.Fprintf(w, "\n%s\n", printable(f.name))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, b := range bins[:min(shown, len(bins))] {
		fmt.Fprintf(t, "  %s\t%s\tPSI %s\n", printable(b.Label), change(percent(b.Reference), percent(b.Current)), short(b.PSI))
	}
	return t.Flush()
}

// middle is what stands for a feature in one number: the median, or the most
// frequent category of the reference.
func (f *featureDiff) middle() string {
	e := f.reference.Edges
	switch {
	case e.Kind == stats.Numeric:
		return change(number(f.reference.Quantile(0.5)), number(f.current.Quantile(0.5)))
	case e.Kind&(stats.Categorical|stats.Boolean) != 0 && len(e.Values) > 0:
		top := 0
		for i := range e.Values {
			if f.reference.Cells[stats.NoValues+i] > f.reference.Cells[stats.NoValues+top] {
				top = i
			}
		}
		share := func(p stats.Profile) string { return percent(ratioOf(p.Cells[stats.NoValues+top], p.Values())) }
		return printable(e.Values[top]) + " " + change(share(f.reference), share(f.current))
	}
	return ""
}

func change(before, after string) string {
	switch {
	case before == after:
		return before
	case before == "":
		return after
	case after == "":
		return before + " → none"
	}
	return before + " → " + after
}

// withNoise is a number beside what it can be by chance.
func withNoise(x, noise float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return short(x) + ", " + short(noise)
}

// short has three decimals at the most: what is behind them is noise.
func short(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return strconv.FormatFloat(math.Round(1000*x)/1000, 'g', 4, 64)
}

// histogramBars is how many bars a histogram in a line has.
const histogramBars = 8

// histograms draw both sides on the same scale: of numbers over the range that
// holds nearly all of both, of categories by their frequency in the reference.
func (f *featureDiff) histograms() (reference, current string) {
	a, b := f.bars(f.reference), f.bars(f.current)
	top := 0.0
	for _, x := range slices.Concat(a, b) {
		top = max(top, x)
	}
	return bars(a, top), bars(b, top)
}

func (f *featureDiff) bars(p stats.Profile) (shares []float64) {
	e := f.reference.Edges
	if p.Values() == 0 {
		return nil
	}
	if e.Kind != stats.Numeric {
		for i := range e.Values[:min(histogramBars, len(e.Values))] {
			shares = append(shares, ratioOf(p.Cells[stats.NoValues+i], p.Values()))
		}
		return shares
	}
	low := least(f.reference.Quantile(0.01), f.current.Quantile(0.01))
	high := -least(-f.reference.Quantile(0.99), -f.current.Quantile(0.99))
	if !(low < high) || math.IsInf(high-low, 0) {
		return nil
	}
	before := 0.0
	for i := range histogramBars {
		upTo := 1.0
		if i < histogramBars-1 {
			upTo = p.CDF(low + (high-low)*float64(i+1)/histogramBars)
		}
		shares = append(shares, upTo-before)
		before = upTo
	}
	return shares
}

// least is the smaller number, or the one that is one.
func least(a, b float64) float64 {
	if math.IsNaN(a) || b < a {
		return b
	}
	return a
}

func bars(shares []float64, top float64) string {
	levels := []rune(" ▁▂▃▄▅▆▇█")
	var b strings.Builder
	for _, x := range shares {
		level := 0
		if x > 0 && top > 0 {
			level = 1 + int(math.Round(x/top*float64(len(levels)-2)))
		}
		b.WriteRune(levels[level])
	}
	return b.String()
}
