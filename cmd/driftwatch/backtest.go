package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"driftwatch/monitor"
	"driftwatch/monitor/kafka"
	"driftwatch/monitor/notify"
	"driftwatch/rules"
)

type backtestFlags struct {
	config, from, to, monitor string
	inputs                    []string
	json                      bool
}

func newBacktestCommand() *cobra.Command {
	var f backtestFlags
	cmd := &cobra.Command{
		Use:   "backtest --config FILE",
		Short: "Say which alerts would have fired, and when",
		Long: `Backtest runs the same engine at full speed over what the topics retain, or over
files of JSON lines. No wall clock is read: the result depends on the records
alone. --from and --to are event times, --to not included.`,
		Example: `  driftwatch backtest --config driftwatch.yaml --from 2026-11-01T00:00:00Z
  driftwatch backtest --config driftwatch.yaml --input payments=day.jsonl --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return backtest(cmd, f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.config, "config", "", "the configuration file")
	flags.StringVar(&f.from, "from", "earliest", "the first event time: RFC 3339 or earliest")
	flags.StringVar(&f.to, "to", "latest", "the event time to stop before: RFC 3339 or latest")
	flags.StringArrayVar(&f.inputs, "input", nil, "read a monitor's records from a file, MONITOR=FILE; with one monitor FILE is enough")
	flags.StringVar(&f.monitor, "monitor", "", "test this monitor only")
	flags.BoolVar(&f.json, "json", false, "print each transition as one JSON object a line")
	_ = cmd.MarkFlagRequired("config") // fails only for a flag that is not there
	return cmd
}

func backtest(cmd *cobra.Command, f backtestFlags) error {
	cfg, err := loadRunnable(f.config)
	if err != nil {
		return err
	}
	var fired int
	emit := emitter(cmd.OutOrStdout(), f.json)
	o := monitor.BacktestOptions{Emit: func(a monitor.Alert) error {
		if a.State == string(rules.Firing) {
			fired++
		}
		return emit(a)
	}}
	if o.From, o.To, err = parseRange(f.from, f.to); err != nil {
		return err
	}
	chosen, err := cfg.choose(f.monitor)
	if err != nil {
		return err
	}
	inputs, err := parseInputs(f.inputs, chosen)
	if err != nil {
		return err
	}
	log := newLog(cmd)
	source := func(m monitor.Config) (monitor.Source, error) { return monitor.OpenLines(inputs[m.Name]) }
	if len(inputs) > 0 {
		// The files tell which monitors are meant.
		chosen = slices.DeleteFunc(slices.Clone(chosen), func(m monitor.Config) bool { return inputs[m.Name] == "" })
	} else {
		client, err := kafka.NewClient(cfg.Kafka, log)
		if err != nil {
			return err
		}
		defer client.Close()
		source = func(m monitor.Config) (monitor.Source, error) { return client.Source(m.Topic, kafka.Options{}), nil }
	}

	began := time.Now()
	var records uint64
	for _, m := range chosen {
		d, err := cfg.deps(m, log)
		if err != nil {
			return err
		}
		if d.Source, err = source(m); err != nil {
			return err
		}
		result, err := monitor.Backtest(cmd.Context(), d, o)
		if err != nil {
			return cfg.startProblem(m.Name, err)
		}
		printResult(cmd.ErrOrStderr(), m.Name, result, fired)
		fired = 0
		records += result.Records
		if n := result.Totals.RejectedSum(); n > 0 && result.Totals.Rows == 0 {
			return fmt.Errorf("monitor %q: none of %d records could be counted; rejected: %s", m.Name, n, result.Totals.Reasons())
		}
	}
	printRate(cmd.ErrOrStderr(), records, time.Since(began))
	return nil
}

// printResult tells no alert from nothing that was judged.
func printResult(w io.Writer, name string, r monitor.BacktestResult, fired int) {
	fmt.Fprintf(w, "%s: %d rows, %d windows, alerts that fired: %d", name, r.Totals.Rows, r.Windows, fired)
	if r.Totals.Late > 0 {
		fmt.Fprintf(w, " (%d late, in no window)", r.Totals.Late)
	}
	if why := r.Totals.Reasons(); why != "" {
		fmt.Fprintf(w, "; rejected: %s", why)
	}
	if r.Learning {
		fmt.Fprint(w, "; the input ended before the reference was learned, so nothing was compared")
	}
	fmt.Fprintln(w)
}

// printRate ends a command that reads records; scripts read this line.
func printRate(w io.Writer, records uint64, took time.Duration) {
	seconds := took.Seconds()
	fmt.Fprintf(w, "%d records in %.2f s (%.0f records/s)\n", records, seconds, float64(records)/seconds)
}

// emitter prints transitions, for machines or for people.
func emitter(w io.Writer, asJSON bool) func(monitor.Alert) error {
	return func(a monitor.Alert) error {
		if !asJSON {
			_, err := fmt.Fprintln(w, notify.TransitionLine(a))
			return err
		}
		line, err := a.Line()
		if err != nil {
			return err
		}
		_, err = w.Write(append(line, '\n'))
		return err
	}
}

// choose gives the monitor of that name, all of them for "".
func (c *Config) choose(name string) ([]monitor.Config, error) {
	if name == "" {
		return c.Monitors, nil
	}
	for _, m := range c.Monitors {
		if m.Name == name {
			return []monitor.Config{m}, nil
		}
	}
	return nil, fmt.Errorf("--monitor: %s", rules.Unknown("monitor", name, c.monitorNames()))
}

// parseInputs gives the file of each monitor that has one.
func parseInputs(given []string, monitors []monitor.Config) (map[string]string, error) {
	names := make([]string, len(monitors))
	for i, m := range monitors {
		names[i] = m.Name
	}
	files := map[string]string{}
	for _, s := range given {
		name, file, named := strings.Cut(s, "=")
		if !named {
			name, file = names[0], s
			if len(names) > 1 {
				return nil, fmt.Errorf("--input %s: there are several monitors; write MONITOR=FILE", s)
			}
		}
		switch {
		case !slices.Contains(names, name):
			return nil, fmt.Errorf("--input %s: %s", s, rules.Unknown("monitor", name, names))
		case file == "":
			return nil, fmt.Errorf("--input %s: there is no file behind the =", s)
		case files[name] != "":
			return nil, fmt.Errorf("--input %s: the monitor %s has a file already", s, name)
		}
		files[name] = file
	}
	return files, nil
}

// parseRange reads two event times, monitor.NoTime where open.
func parseRange(from, to string) (lo, hi int64, err error) {
	if lo, err = parseBound("--from", from, "earliest"); err != nil {
		return 0, 0, err
	}
	if hi, err = parseBound("--to", to, "latest"); err != nil {
		return 0, 0, err
	}
	if lo != monitor.NoTime && hi != monitor.NoTime && lo >= hi {
		return 0, 0, fmt.Errorf("--from %s is not before --to %s", from, to)
	}
	return lo, hi, nil
}

func parseBound(flag, s, open string) (int64, error) {
	if s == open {
		return monitor.NoTime, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return 0, fmt.Errorf("%s %q is not a time; write %s or a time such as 2026-11-01T00:00:00Z", flag, s, open)
	}
	return t.UnixMilli(), nil
}
