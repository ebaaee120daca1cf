package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
	"driftwatch/monitor/kafka"
	"driftwatch/stats"
)

type profileFlags struct {
	config, monitor, from, to string
	inputs                    []string
	timestamp, key, output    string
	segments                  []string
}

func newProfileCommand() *cobra.Command {
	var f profileFlags
	cmd := &cobra.Command{
		Use:   "profile -o FILE.profile",
		Short: "Build a reference from a topic or from files",
		Long: `Profile summarises records into a reference that windows are compared with:
from a monitor's topic, or from files of JSON lines. With --config and --monitor
the monitor says which fields to watch; without, every field that is worth it.
--from and --to are event times of a topic, --to not included.`,
		Example: `  driftwatch profile --config driftwatch.yaml --monitor payments --from 2026-11-01T00:00:00Z --to 2026-11-08T00:00:00Z -o payments.profile
  driftwatch profile --input week.jsonl --timestamp event_time --segments country -o payments.profile`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return profile(cmd, f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.config, "config", "", "the configuration file")
	flags.StringVar(&f.monitor, "monitor", "", "the monitor whose records these are; needless if there is one")
	flags.StringVar(&f.from, "from", "earliest", "the first event time: RFC 3339 or earliest")
	flags.StringVar(&f.to, "to", "latest", "the event time to stop before: RFC 3339 or latest")
	flags.StringArrayVar(&f.inputs, "input", nil, "read this file of JSON lines instead of the topic; may be given again")
	flags.StringVar(&f.timestamp, "timestamp", "", "without --config: the field of the event time")
	flags.StringVar(&f.key, "key", "", "without --config: the field that identifies a record, which is not watched")
	flags.StringSliceVar(&f.segments, "segments", nil, "without --config: fields to segment by, a,b")
	flags.StringVarP(&f.output, "output", "o", "", "the file to write")
	_ = cmd.MarkFlagRequired("output") // fails only for a flag that is not there
	cmd.MarkFlagsMutuallyExclusive("input", "from")
	cmd.MarkFlagsMutuallyExclusive("input", "to")
	cmd.MarkFlagsMutuallyExclusive("config", "timestamp")
	cmd.MarkFlagsMutuallyExclusive("config", "key")
	cmd.MarkFlagsMutuallyExclusive("config", "segments")
	cmd.MarkFlagsOneRequired("config", "input")
	cmd.AddCommand(newProfileShowCommand())
	return cmd
}

func profile(cmd *cobra.Command, f profileFlags) error {
	from, to, err := parseRange(f.from, f.to)
	if err != nil {
		return err
	}
	cfg, m, err := f.monitorConfig()
	if err != nil {
		return err
	}
	format, err := decode.ByName(m.Format)
	if err != nil {
		return err
	}
	began := time.Now()
	ref, err := f.build(cmd, cfg, m, format, from, to)
	if err != nil {
		return err
	}
	content, err := ref.MarshalBinary()
	if err != nil {
		return fmt.Errorf("cannot encode the profile: %w", err)
	}
	if err := writeFile(f.output, content); err != nil {
		return err
	}
	printRate(cmd.ErrOrStderr(), ref.Counts[0].Rows, time.Since(began))
	return printSummary(cmd.OutOrStdout(), f.output, ref)
}

// monitorConfig is the monitor that the flags describe; the configuration is
// nil where none was named.
func (f profileFlags) monitorConfig() (*Config, monitor.Config, error) {
	if f.config == "" {
		m := inputConfig()
		m.Timestamp.Field, m.Key = f.timestamp, f.key
		for _, s := range f.segments {
			m.Segments = append(m.Segments, []string{s})
		}
		return nil, m, nil
	}
	cfg, err := loadConfig(f.config)
	if err != nil {
		return nil, monitor.Config{}, err
	}
	chosen, err := cfg.choose(f.monitor)
	if err != nil {
		return nil, monitor.Config{}, err
	}
	if len(chosen) > 1 {
		return nil, monitor.Config{}, fmt.Errorf("%s has %d monitors; name one with --monitor", f.config, len(chosen))
	}
	return cfg, chosen[0], nil
}

// inputConfig is that of files that no configuration speaks of.
func inputConfig() monitor.Config {
	m := monitor.Default()
	m.Name = "input"
	return m
}

func (f profileFlags) build(cmd *cobra.Command, cfg *Config, m monitor.Config, format monitor.Format, from, to int64) (*stats.Reference, error) {
	if len(f.inputs) > 0 {
		return monitor.BuildReference(m, format, monitor.FileRows(f.inputs), strings.Join(f.inputs, ", "))
	}
	client, err := kafka.NewClient(cfg.Kafka, newLog(cmd))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	rows, err := monitor.ReadRange(cmd.Context(), m, format, client.Source(m.Topic, kafka.Options{}), from, to)
	if err != nil {
		return nil, cfg.startProblem(m.Name, err)
	}
	return monitor.BuildReference(m, format, rows, "topic "+m.Topic)
}
