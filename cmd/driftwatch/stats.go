package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"driftwatch/stats"
)

func newStatsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "stats",
		Short:   "List the statistics that rules can name",
		Example: "  driftwatch stats",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON {
				return printStatsJSON(cmd.OutOrStdout())
			}
			return printStats(cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printStats(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tSCOPE\tKINDS\tUNIT\tRANGE\tMEANING")
	for _, s := range stats.Table() {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", s.Name, s.Scope, s.Kinds, s.Unit, s.Range, s.Doc)
	}
	return t.Flush()
}

func printStatsJSON(w io.Writer) error {
	type row struct {
		Name           string `json:"name"`
		Scope          string `json:"scope"`
		Kinds          string `json:"kinds"`
		Unit           string `json:"unit"`
		Range          string `json:"range"`
		NeedsReference bool   `json:"needs_reference"`
		Doc            string `json:"doc"`
	}
	var rows []row
	for _, s := range stats.Table() {
		rows = append(rows, row{s.Name, s.Scope.String(), s.Kinds.String(), s.Unit, s.Range, s.NeedsReference, s.Doc})
	}
	return printJSON(w, map[string]any{"statistics": rows})
}

// printJSON prints an indented object for a machine that a person may read.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
