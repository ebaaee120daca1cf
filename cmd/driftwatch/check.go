package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"driftwatch/monitor"
	"driftwatch/monitor/kafka"
)

func newCheckCommand() *cobra.Command {
	var file string
	var online, state bool
	cmd := &cobra.Command{
		Use:   "check --config FILE",
		Short: "Find every problem of a configuration before it runs",
		Long: `Check reads a configuration and everything it names, and prints every problem as
file:line:column: path: message. Without problems it prints what is watched,
what is left out and why, and how long each rule takes to fire at worst.

It exits with 1 if there is a problem; warnings are none.`,
		Example: "  driftwatch check --config driftwatch.yaml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := loadService(file)
			out := cmd.OutOrStdout()
			if wrong := problems(nil); errors.As(err, &wrong) {
				fmt.Fprintln(out, wrong)
				return errNo
			}
			if err != nil {
				return err
			}
			if err := printCheck(out, file, cfg); err != nil {
				return err
			}
			if state {
				if err := checkState(cmd, cfg); err != nil {
					return err
				}
			}
			if online {
				return checkOnline(cmd, cfg)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "the configuration file")
	cmd.Flags().BoolVar(&online, "online", false, "also ask the broker for the topics")
	cmd.Flags().BoolVar(&state, "state", false, "also say what becomes of the state, if this configuration is run on it")
	_ = cmd.MarkFlagRequired("config") // fails only for a flag that is not there
	return cmd
}

func printCheck(w io.Writer, file string, cfg *Config) error {
	warnings := cfg.problems()
	for _, p := range warnings {
		fmt.Fprintf(w, "warning: %s\n", p)
	}
	switch len(warnings) {
	case 0:
		fmt.Fprintf(w, "%s: no problems\n", file)
	case 1:
		fmt.Fprintf(w, "%s: no problems, 1 warning\n", file)
	default:
		fmt.Fprintf(w, "%s: no problems, %d warnings\n", file, len(warnings))
	}
	for _, m := range cfg.Monitors {
		if err := printMonitor(w, cfg, m); err != nil {
			return err
		}
	}
	return nil
}

func printMonitor(w io.Writer, cfg *Config, m monitor.Config) error {
	fmt.Fprintf(w, "\nmonitor %s: topic %s, windows of %s every %s\n", m.Name, m.Topic, m.Window.Size, m.Window.Every)
	ref := cfg.references[m.Name]
	if ref == nil {
		fmt.Fprintf(w, "  the reference is built from the topic; what is watched is known then\n")
	} else {
		fmt.Fprintf(w, "  reference %s: %d rows%s\n", m.Reference.Profile, ref.Counts[0].Rows, timeSpan(ref))
		fmt.Fprintf(w, "  memory about %s\n", mebibytes(memoryBound(m, ref)))
		if err := printWatched(w, m, ref); err != nil {
			return err
		}
	}
	return printDelays(w, cfg, m)
}

// printDelays gives the longest time from the first bad record to firing, if
// every record is bad from then on; for a producer that stops the idle timeout
// is added, since only the clock shows it.
func printDelays(w io.Writer, cfg *Config, m monitor.Config) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  RULE\tWHEN\tSEVERITY\tFIRES WITHIN\tIF THE PRODUCER STOPS")
	for _, r := range cfg.Rules {
		if r.Monitor != m.Name {
			continue
		}
		severity := r.Severity
		if severity == "" {
			severity = "warn"
		}
		delay := m.Window.Size + m.Window.Every + m.Window.Lateness + r.For
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\n", r.Name, r.When, severity, delay, delay+m.Window.IdleTimeout)
	}
	return t.Flush()
}

// checkOnline asks the broker for every topic.
func checkOnline(cmd *cobra.Command, cfg *Config) error {
	client, err := kafka.NewClient(cfg.Kafka, newLog(cmd))
	if err != nil {
		return err
	}
	defer client.Close()
	var found problems
	for _, m := range cfg.Monitors {
		if err := client.Check(cmd.Context(), m.Topic); err != nil {
			var wrong problems
			if err = cfg.startProblem(m.Name, err); !errors.As(err, &wrong) {
				return err
			}
			found = append(found, wrong...)
		}
	}
	if len(found) > 0 {
		fmt.Fprintln(cmd.OutOrStdout(), found.sorted())
		return errNo
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "\nthe broker has every topic\n")
	return err
}
