package main

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"driftwatch/monitor"
)

func newMarkCommand() *cobra.Command {
	var m monitor.Marker
	var at string
	cmd := &cobra.Command{
		Use:   "mark TEXT",
		Short: "Note a deploy or another change",
		Long: `Notes what was changed and when. Incidents that start within two hours after it
show it. It needs a driftwatch that runs.`,
		Example: `  driftwatch mark "payments 1.42"
  driftwatch mark --monitor payments --time 2026-11-23T10:00:00Z "tariffs of 2027"`,
		Args: cobra.ExactArgs(1),
	}
	server := serverFlag(cmd)
	cmd.Flags().StringVar(&m.Monitor, "monitor", "", "in the incidents of this monitor; default of all")
	cmd.Flags().StringVar(&m.Author, "author", whoami(), "who changed it")
	cmd.Flags().StringVar(&at, "time", "", "when, RFC 3339; default now")
	cmd.Flags().Lookup("author").DefValue = "you"
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var err error
		m.Text = args[0]
		if m.Time, err = timeFlag("time", at); err != nil {
			return err
		}
		var answer struct{ Marker monitor.Marker }
		if err := server.ask(cmd.Context(), http.MethodPost, "/api/v1/markers", m, &answer); err != nil {
			return err
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "marked at %s: %s\n", answer.Marker.Time.UTC().Format("2006-01-02 15:04 UTC"), answer.Marker.Text)
		return err
	}
	return cmd
}
