package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"driftwatch/monitor"
	"driftwatch/rules"
)

func newSilenceCommand() *cobra.Command {
	var s monitor.Silence
	var start, end string
	var length rules.Duration
	cmd := &cobra.Command{
		Use:   "silence",
		Short: "Hold alerts back from people for a while",
		Long: `Holds alerts back from people, and keeps counting and judging. What still fires
when the silence ends is told then. It needs a driftwatch that runs.

The patterns are those of a rule's features: * and ? stand for any characters, !
in front excludes. In --segment all rows together are "-".`,
		Example: `  driftwatch silence --monitor payments --rule feature-drift --feature 'amount*' --for 2h --reason "backfill of October"
  driftwatch silence list
  driftwatch silence end 3`,
		Args: cobra.NoArgs,
	}
	server := serverFlag(cmd)
	flags := cmd.Flags()
	flags.StringVar(&s.Monitor, "monitor", "", "of this monitor; default all")
	flags.StringSliceVar(&s.Rules, "rule", nil, "of these rules; default all")
	flags.StringSliceVar(&s.Segments, "segment", nil, "in these segments; default all")
	flags.StringSliceVar(&s.Features, "feature", nil, "about these features; default all")
	flags.TextVar(&length, "for", rules.Duration(0), "how long, such as 30m, 2h or 1d")
	flags.StringVar(&start, "start", "", "from when, RFC 3339; default now")
	flags.StringVar(&end, "end", "", "until when, RFC 3339, instead of --for")
	flags.StringVar(&s.Author, "author", whoami(), "who silences it")
	flags.StringVar(&s.Reason, "reason", "", "why, for whoever looks for the alert")
	flags.Lookup("author").DefValue = "you"
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var err error
		if s.Start, err = timeFlag("start", start); err != nil {
			return err
		}
		if s.End, err = timeFlag("end", end); err != nil {
			return err
		}
		if length != 0 && end != "" {
			return fmt.Errorf("give --for or --end, not both")
		}
		if length != 0 {
			from := s.Start
			if start == "" {
				from.Time = time.Now()
			}
			s.End.Time = from.Add(time.Duration(length))
		}
		var answer struct {
			Silence monitor.Silence
			Holds   int
		}
		if err := server.ask(cmd.Context(), http.MethodPost, "/api/v1/silences", s, &answer); err != nil {
			return err
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "silence %s until %s; it holds back %d of the alerts that fire now\n",
			answer.Silence.ID, answer.Silence.End.UTC().Format("2006-01-02 15:04 UTC"), answer.Holds)
		return err
	}
	cmd.AddCommand(newSilenceListCommand(server), newSilenceEndCommand(server))
	return cmd
}

func newSilenceListCommand(server *client) *cobra.Command {
	var all, asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the silences that are not over", Example: "  driftwatch silence list --all", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var answer struct {
				Silences []monitor.Silence `json:"silences"`
			}
			path := "/api/v1/silences"
			if all {
				path += "?all=1"
			}
			if err := server.ask(cmd.Context(), http.MethodGet, path, nil, &answer); err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(answer)
			}
			return printSilences(cmd.OutOrStdout(), answer.Silences)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "those that ended in the last 7 days, too")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the answer of the API")
	return cmd
}

func printSilences(out io.Writer, list []monitor.Silence) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(out, "there is no silence")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tFROM\tUNTIL\tOF\tBY\tWHY")
	for _, s := range list {
		var of []string
		for _, m := range []struct {
			name   string
			values []string
		}{{"monitor", strings.Fields(s.Monitor)}, {"rule", s.Rules}, {"segment", s.Segments}, {"feature", s.Features}} {
			if len(m.values) > 0 {
				of = append(of, m.name+" "+strings.Join(m.values, ","))
			}
		}
		const layout = "2006-01-02 15:04 UTC"
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", s.ID, s.Start.UTC().Format(layout), s.End.UTC().Format(layout), strings.Join(of, "; "), s.Author, s.Reason)
	}
	return w.Flush()
}

func newSilenceEndCommand(server *client) *cobra.Command {
	return &cobra.Command{
		Use: "end ID", Short: "End a silence now", Example: "  driftwatch silence end 3", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var answer struct{ Ended string }
			if err := server.ask(cmd.Context(), http.MethodDelete, "/api/v1/silences/"+url.PathEscape(args[0]), nil, &answer); err != nil {
				return err
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "silence %s ended\n", answer.Ended)
			return err
		},
	}
}

// timeFlag reads a time that may be left out.
func timeFlag(name, value string) (monitor.Time, error) {
	if value == "" {
		return monitor.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return monitor.Time{}, fmt.Errorf("--%s %s is not a time; write it as 2026-11-23T10:00:00Z", name, value)
	}
	return monitor.Time{Time: t}, nil
}
