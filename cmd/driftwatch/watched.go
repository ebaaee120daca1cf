package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"driftwatch/monitor"
	"driftwatch/stats"
)

// printWatched lists what a monitor watches and how, what rules see of it, and
// what it leaves out and why.
func printWatched(w io.Writer, m monitor.Config, ref *stats.Reference, found *sights) error {
	features, _, err := monitor.Watched(m, ref)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "  watched: %d features, overall and in %d segments\n", len(features), len(ref.Segments))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "  FEATURE\tKIND\tCOUNTED BY")
	for _, rule := range found.columns() {
		fmt.Fprintf(t, "\t%s SEES", rule)
	}
	fmt.Fprintln(t)
	for _, f := range features {
		e := featureEdges(ref, f.Name)
		fmt.Fprintf(t, "  %s\t%s\t%s", printable(f.Name), f.Kind, countedBy(e))
		for _, rule := range found.columns() {
			fmt.Fprintf(t, "\t%s", found.in(rule, f.Name))
		}
		fmt.Fprintln(t)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if note := found.note(); note != "" {
		fmt.Fprintln(w, "  "+note)
	}
	if len(ref.LeftOut) > 0 {
		fmt.Fprintln(t, "  LEFT OUT\tWHY")
	}
	for _, l := range ref.LeftOut {
		fmt.Fprintf(t, "  %s\t%s\n", printable(l.Name), l.Reason)
	}
	return t.Flush()
}

func featureEdges(ref *stats.Reference, name string) *stats.Edges {
	return ref.Layout.Features[featureIndex(ref, name)]
}

// countedBy says how finely the values of a feature are told apart.
func countedBy(e *stats.Edges) string {
	switch e.Kind {
	case stats.Numeric:
		return fmt.Sprintf("%d cells, %d bins", len(e.Cuts)+1, len(e.BinEnds)+1)
	case stats.Categorical:
		if len(e.Rare) > 0 {
			return fmt.Sprintf("%s, and %d rare", counts(uint64(len(e.Values)), "value"), len(e.Rare))
		}
		return counts(uint64(len(e.Values)), "value")
	case stats.Boolean:
		return "true and false"
	}
	return "missing and type"
}
