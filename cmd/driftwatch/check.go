package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"driftwatch/monitor"
	"driftwatch/monitor/kafka"
	"driftwatch/rules"
)

func newCheckCommand() *cobra.Command {
	var file string
	var online, state bool
	cmd := &cobra.Command{
		Use:   "check --config FILE",
		Short: "Find every problem of a configuration before it runs",
		Long: `Check reads a configuration and everything it names, and prints every problem as
file:line:column: path: message. Without problems it prints what is watched and
how, what is left out and why, the memory it takes, and of each rule

  the smallest change it sees: of psi_lo the shift of a mean, in the reference's
  standard deviations, and the share of rows that leave the most frequent value,
  which 9 of 10 windows show at the reference's rate of rows

  how long it takes to fire after a fault that shows in one pane of the window
  (every + every + lateness + for), at worst, after one that must fill the window
  (size + every + lateness + for), and after the last record of all (and
  idle_timeout)

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
	found := &sights{}
	if ref := cfg.references[m.Name]; ref == nil {
		fmt.Fprintf(w, "  the reference is built from the topic; what is watched, and what rules see, is known then\n")
	} else {
		d, err := cfg.deps(m, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		found = cfg.sights(m, ref)
		fmt.Fprintf(w, "  reference %s: %d rows%s%s\n", m.Reference.Profile, ref.Counts[0].Rows, timeSpan(ref), found.rate())
		memory := monitor.MemoryOf(d)
		fmt.Fprintf(w, "  memory of its counts: at most %s, and %s while it catches up\n", mebibytes(memory.Live), mebibytes(memory.Behind))
		if err := printWatched(w, m, ref, found); err != nil {
			return err
		}
	}
	return printRules(w, cfg, m, found)
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// printRules says what each rule sees, and how long it takes at most to fire.
func printRules(w io.Writer, cfg *Config, m monitor.Config, found *sights) error {
	clock := cfg.byClock(m)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  RULE\tWHEN\tSEVERITY\tSEES\tFIRES WITHIN\tAT WORST\tIF ALL STOPS")
	for _, r := range cfg.Rules {
		if r.Monitor != m.Name {
			continue
		}
		delays := m.Window.Delays(r)
		within, whole, stopped := rules.Duration(delays.Pane).String(), rules.Duration(delays.Window).String(), rules.Duration(delays.Stopped).String()
		if slices.Contains(clock, r.Name) {
			within, whole, stopped = "at once, by the clock", "-", "-"
			if r.For > 0 {
				within = r.For.String() + ", by the clock"
			}
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Name, r.When, cmp.Or(r.Severity, "warn"), found.of(r.Name), within, whole, stopped)
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
