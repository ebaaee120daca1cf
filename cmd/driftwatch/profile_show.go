package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"driftwatch/stats"
)

func newProfileShowCommand() *cobra.Command {
	var asJSON, redact bool
	var sensitive []string
	cmd := &cobra.Command{
		Use:   "show FILE.profile",
		Short: "Print what a profile holds",
		Long: `Show prints what a profile holds; --json exports all of it, for other programs.

A profile contains values of the data: categories, cut points, least and greatest
values, names of segments. With --redact what few rows have is left out and
numbers are rounded to three digits. A profile does not know which features are
declared sensitive: name them, and nothing is shown of their values.`,
		Example: `  driftwatch profile show payments.profile
  driftwatch profile show --json --redact --sensitive salary payments.profile`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := readProfile(args[0])
			if err != nil {
				return err
			}
			for _, name := range sensitive {
				if !slices.ContainsFunc(ref.Layout.Features, func(e *stats.Edges) bool { return e.Name == name }) {
					return fmt.Errorf("cannot leave out the values of %q: %s has no such feature; see driftwatch profile show", name, args[0])
				}
			}
			if redact || len(sensitive) > 0 {
				ref = ref.Redact(sensitive...)
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), exportReference(ref))
			}
			return printReference(cmd.OutOrStdout(), ref)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print everything as JSON")
	cmd.Flags().BoolVar(&redact, "redact", false, "leave out what could single somebody out")
	cmd.Flags().StringSliceVar(&sensitive, "sensitive", nil, "features to show no values of, a,b; implies --redact")
	return cmd
}

// printSummary says what a new profile holds, in short.
func printSummary(w io.Writer, file string, ref *stats.Reference) error {
	fmt.Fprintf(w, "%s: %d rows%s, %d features, %d segments\n",
		file, ref.Counts[0].Rows, timeSpan(ref), len(ref.Layout.Features), len(ref.Segments))
	return printLeftOut(w, ref)
}

func printReference(w io.Writer, ref *stats.Reference) error {
	fmt.Fprintf(w, "source    %s\nhash      %s\nrows      %d%s\n", ref.Source, ref.Hash(), ref.Counts[0].Rows, timeSpan(ref))
	fmt.Fprintf(w, "volume    %s\nfields    %s\n", volumeLine(ref), fieldsLine(ref))
	if len(ref.Segments) > 0 {
		fmt.Fprintf(w, "segments  %s\n", strings.Join(ref.Segments, "  "))
	}
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "FEATURE\tKIND\tVALUES\tMISSING\tMIN\tP05\tP50\tP95\tMAX\tTOP")
	for i, e := range ref.Layout.Features {
		p := ref.Layout.Profile(ref.Counts[0], i)
		stat := currentStatistics(p)
		missing := stat("missing_rate")
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", printable(e.Name), e.Kind, p.Values(), percent(missing),
			number(stat("min")), number(stat("p05")), number(stat("p50")), number(stat("p95")), number(stat("max")),
			topCategories(p))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return printLeftOut(w, ref)
}

// volumeLine says how many rows came in the time; that time, where it is not the
// reference's.
func volumeLine(ref *stats.Reference) string {
	v := ref.Volume
	if v == nil {
		return "not known"
	}
	line := fmt.Sprintf("%d rows", v.Rows)
	if v.From != ref.From || v.To != ref.To {
		line += spanOf(v.From, v.To)
	}
	line += ", " + number(1000*float64(v.Rows)/float64(v.To-v.From)) + " a second"
	if v.Hours != nil {
		line += ", also by hour of the week"
	}
	return line
}

// fieldsLine counts the fields and names the open ones.
func fieldsLine(ref *stats.Reference) string {
	if ref.FieldRows == 0 {
		return "not known"
	}
	line := strconv.Itoa(len(ref.Fields))
	if ref.FieldsCut {
		line = "more than " + line
	}
	var open []string
	for _, f := range ref.Fields {
		if f.Open {
			open = append(open, f.Pattern())
		}
	}
	if len(open) > 0 {
		line += "; ever new keys in " + strings.Join(allPrintable(open), ", ")
	}
	return line
}

func printLeftOut(w io.Writer, ref *stats.Reference) error {
	if len(ref.LeftOut) == 0 {
		return nil
	}
	fmt.Fprintln(w, "\nNot watched:")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, l := range ref.LeftOut {
		fmt.Fprintf(t, "  %s\t%s\n", printable(l.Name), l.Reason)
	}
	return t.Flush()
}

// currentStatistics looks at one profile by itself: what compares is NaN.
func currentStatistics(p stats.Profile) func(name string) float64 {
	return stats.NewBase(stats.Profile{}, false).Compare(p).Stat
}

// topCategories shows the three most frequent values and their shares.
func topCategories(p stats.Profile) string {
	if p.Edges.Kind&(stats.Categorical|stats.Boolean) == 0 || p.Values() == 0 {
		return ""
	}
	var top []string
	for i := range min(3, len(p.Edges.Values)) {
		cell := stats.NoValues + i
		share := float64(p.Cells[cell]) / float64(p.Values())
		top = append(top, printable(p.Edges.Values[i])+" "+percent(share))
	}
	return strings.Join(top, ", ")
}

// printable keeps what came from data from steering the terminal.
func printable(s string) string {
	quoted := strconv.Quote(s)
	if quoted == `"`+s+`"` {
		return s
	}
	return quoted
}

func allPrintable(names []string) []string {
	all := make([]string, len(names))
	for i, s := range names {
		all[i] = printable(s)
	}
	return all
}

func timeSpan(ref *stats.Reference) string {
	if ref.From == 0 && ref.To == 0 {
		return ""
	}
	return spanOf(ref.From, ref.To)
}

func spanOf(from, to int64) string {
	at := func(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }
	return " from " + at(from) + " to " + at(to)
}

func number(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
}

func percent(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return strconv.FormatFloat(100*x, 'g', 3, 64) + " %"
}
