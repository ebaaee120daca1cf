package main

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"
)

func newAckCommand() *cobra.Command {
	var by string
	cmd := &cobra.Command{
		Use:   "ack INCIDENT",
		Short: "Take an incident on, so that it is not repeated",
		Long: `Acknowledges an incident: it calls nobody any more until it is over or becomes
worse. /api/v1/incidents lists the incidents and their ids. It needs a driftwatch
that runs.`,
		Example: "  driftwatch ack payments/2026-11-23T10:15:00Z",
		Args:    cobra.ExactArgs(1),
	}
	server := serverFlag(cmd)
	cmd.Flags().StringVar(&by, "by", whoami(), "who takes it on")
	cmd.Flags().Lookup("by").DefValue = "you"
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var answer struct{ Acknowledged string }
		body := map[string]string{"incident": args[0], "by": by}
		if err := server.ask(cmd.Context(), http.MethodPost, "/api/v1/acknowledgements", body, &answer); err != nil {
			return err
		}
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s is acknowledged by %s\n", answer.Acknowledged, by)
		return err
	}
	return cmd
}
