package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"driftwatch/monitor"
	"driftwatch/stats"
)

// printWatched lists what a monitor watches, what it leaves out, and why.
func printWatched(w io.Writer, m monitor.Config, ref *stats.Reference) error {
	features, _, err := monitor.Watched(m, ref)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "  watched: %d features, overall and in %d segments\n", len(features), len(ref.Segments))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range features {
		fmt.Fprintf(t, "    %s\t%s\n", printable(f.Name), f.Kind)
	}
	if len(ref.LeftOut) > 0 {
		fmt.Fprintln(t, "  left out:")
	}
	for _, l := range ref.LeftOut {
		fmt.Fprintf(t, "    %s\t%s\n", printable(l.Name), l.Reason)
	}
	return t.Flush()
}

// memoryBound estimates the bytes of a monitor's counts, which are nearly all
// it holds: a cell is 8 bytes, in each segment, for the reference, the window
// with its extremes, and the panes that can be open at once. What is sampled is kept
// by pane, in the window and in those that are open.
func memoryBound(m monitor.Config, ref *stats.Reference) int64 {
	ahead := max(m.Window.MaxAhead, 2*m.Window.Size)
	open := int64((m.Window.Size+m.Window.Lateness+ahead)/m.Window.Every) + 2
	cells := int64(ref.Layout.Offsets[len(ref.Layout.Features)])
	const window, prepared = 1, 2 // the reference is held as it was read and as it is compared
	counts := 8 * cells * int64(len(ref.Counts)) * (open + window + prepared)
	keys, err := monitor.SampledKeys(m, ref)
	if err != nil { // the reference cannot be used, which is said elsewhere
		return counts
	}
	return counts + int64(keys)*(40*open+16*int64(m.Window.Size/m.Window.Every))
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
