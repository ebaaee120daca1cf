package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
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
alone. --from and --to are event times, --to not included.

It ends by saying on stderr what it went through: windows, alerts, what was
rejected, and which rules could not be decided. It exits with 2 if the records
end before the reference is learned, since then nothing was compared.`,
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
	b := &backtests{cfg: cfg, emit: emitter(cmd.OutOrStdout(), f.json), stderr: cmd.ErrOrStderr(), log: newLog(cmd)}
	if b.from, b.to, err = parseRange(f.from, f.to); err != nil {
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
	source := func(m monitor.Config) (monitor.Source, error) { return monitor.OpenLines(inputs[m.Name]) }
	if len(inputs) > 0 {
		// The files tell which monitors are meant.
		chosen = slices.DeleteFunc(slices.Clone(chosen), func(m monitor.Config) bool { return inputs[m.Name] == "" })
	} else {
		client, err := kafka.NewClient(cfg.Kafka, b.log)
		if err != nil {
			return err
		}
		defer client.Close()
		source = func(m monitor.Config) (monitor.Source, error) { return client.Source(m.Topic, kafka.Options{}), nil }
	}
	began := time.Now()
	for _, m := range chosen {
		if err := b.run(cmd.Context(), m, source); err != nil {
			return err
		}
	}
	printRate(b.stderr, b.records, time.Since(began))
	if b.learning {
		return errTold
	}
	return nil
}

// backtests tests one monitor after the other.
type backtests struct {
	cfg      *Config
	from, to int64
	emit     func(monitor.Alert) error
	stderr   io.Writer
	log      *slog.Logger

	records  uint64
	learning bool // the records of one ended before its reference was learned
}

func (b *backtests) run(ctx context.Context, m monitor.Config, source func(monitor.Config) (monitor.Source, error)) error {
	d, err := b.cfg.deps(m, b.log)
	if err != nil {
		return err
	}
	collectSooner(d)
	if d.Source, err = source(m); err != nil {
		return err
	}
	if file, ok := d.Source.(io.Closer); ok {
		defer file.Close()
	}
	fired := 0
	result, err := monitor.Backtest(ctx, d, monitor.BacktestOptions{From: b.from, To: b.to, Emit: func(a monitor.Alert) error {
		if a.State == string(rules.Firing) {
			fired++
		}
		return b.emit(a)
	}})
	if err != nil {
		return b.cfg.startProblem(m.Name, err)
	}
	printResult(b.stderr, m, result, fired)
	b.learning = b.learning || result.Learning
	b.records += result.Records
	if n := result.Totals.RejectedSum(); n > 0 && result.Totals.Rows == 0 {
		return fmt.Errorf("monitor %q: none of %d records could be counted; rejected: %s", m.Name, n, result.Totals.Reasons())
	}
	return nil
}

// printResult says what was gone through, so that "no alert" can be told from
// "nothing was judged".
func printResult(w io.Writer, m monitor.Config, r monitor.BacktestResult, fired int) {
	t := r.Totals
	counted := counts(t.Rows, "record") + " counted"
	if t.Late > 0 {
		counted += fmt.Sprintf(" (%d of them late, in no window)", t.Late)
	}
	if n := t.RejectedSum(); n > 0 {
		counted += fmt.Sprintf(", %d rejected: %s", n, t.Reasons())
	}
	fmt.Fprintf(w, "%s: %s closed, %s fired; %s\n", m.Name, counts(r.Windows, "window"), counts(uint64(fired), "alert"), counted)
	if n := t.Rejected["malformed"]; n > 0 && n >= t.Rows {
		fmt.Fprintf(w, "%s: most records are malformed; one of them looks like %s\n", m.Name, r.LooksLike)
	}
	if r.Learning {
		fmt.Fprintf(w, "%s: nothing was compared: the records end before the reference is learned, which takes %s of event time; give more of them, or another reference\n", m.Name, m.Reference.Learn)
	}
	if n := len(r.ByClock); n > 0 {
		are, have := "are", "have"
		if n == 1 {
			are, have = "is", "has"
		}
		fmt.Fprintf(w, "%s: %s %s judged by the clock and %s no say in a backtest: %s\n", m.Name, counts(uint64(n), "rule"), are, have, strings.Join(r.ByClock, ", "))
	}
	for _, j := range r.Judged {
		switch {
		case j.Undecided == 0:
		case j.Undecided == j.Windows:
			fmt.Fprintf(w, "%s: rule %s was never decided: too few rows (min_samples, min_reference_samples), or a statistic that cannot be said\n", m.Name, j.Rule)
		default:
			fmt.Fprintf(w, "%s: rule %s was undecided in %d of %d windows with rows\n", m.Name, j.Rule, j.Undecided, j.Windows)
		}
	}
}

// counts is a number of things: "1 window", "2 windows".
func counts(n uint64, of string) string {
	if n != 1 {
		of += "s"
	}
	return fmt.Sprintf("%d %s", n, of)
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
