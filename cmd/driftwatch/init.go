package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"driftwatch/monitor"
	"driftwatch/monitor/decode"
	"driftwatch/monitor/kafka"
	"driftwatch/rules"
	"driftwatch/stats"
)

type initFlags struct {
	brokers          []string
	topic, input     string
	last             string
	timestamp, under string
	force            bool
}

func newInitCommand() *cobra.Command {
	var f initFlags
	cmd := &cobra.Command{
		Use:   "init --brokers HOST:PORT --topic TOPIC",
		Short: "Make a first configuration from what a topic holds",
		Long: `Init looks at a sample of all that a topic retains, and finds out where the time
stands, which fields are worth watching, how, and what is usual in them. It writes
a profile and a configuration with rules, each line of it with its reason, and
then tries the rules on the newest records, which the profile does not contain: it
says which messages they would have sent.

Nothing is written to the topic. Files that are there are kept unless --force is
given.`,
		Example: `  driftwatch init --brokers localhost:9092 --topic payments
  driftwatch init --input payments.jsonl -o payments`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return initialize(cmd, f) },
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.brokers, "brokers", nil, "brokers of the cluster, host:port, separated by commas")
	flags.StringVar(&f.topic, "topic", "", "the topic to watch; with --input its name in the configuration")
	flags.StringVar(&f.input, "input", "", "look at this file of JSON lines instead of the topic")
	flags.StringVar(&f.last, "last", "24h", "how much of the newest event time to try the rules on; a third of all at most")
	flags.StringVar(&f.timestamp, "timestamp", "", "the field of the event time, where init would choose another")
	flags.StringVarP(&f.under, "output", "o", ".", "the folder to write into")
	flags.BoolVar(&f.force, "force", false, "write over files that are there")
	cmd.MarkFlagsOneRequired("brokers", "input")
	cmd.MarkFlagsMutuallyExclusive("brokers", "input")
	return cmd
}

func initialize(cmd *cobra.Command, f initFlags) error {
	s, err := newStarter(cmd, f)
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.look(cmd.Context()); err != nil {
		return err
	}
	if err := s.build(cmd.Context()); err != nil {
		return err
	}
	if err := s.write(); err != nil {
		return err
	}
	return s.try(cmd.Context())
}

// starter makes a configuration out of what a topic holds, step by step.
type starter struct {
	flags  initFlags
	last   time.Duration
	out    io.Writer
	stderr io.Writer
	source monitor.Source
	format monitor.Format
	close  func()
	from   string // where the records come from, for people

	sample  *monitor.Sample
	draft   *draft
	config  monitor.Config   // of the draft
	profile *stats.Reference // of the time before the part that is held out
	usual   *usual           // what the rules would have seen in it
	silence time.Duration    // the longest time without a record in it
}

func newStarter(cmd *cobra.Command, f initFlags) (*starter, error) {
	var last rules.Duration
	if err := last.UnmarshalText([]byte(f.last)); err != nil || last == 0 {
		return nil, fmt.Errorf("--last %q is not a length of time; write one such as 24h", f.last)
	}
	s := &starter{flags: f, last: time.Duration(last), out: cmd.OutOrStdout(), stderr: cmd.ErrOrStderr(), close: func() {}}
	if f.input != "" {
		lines, err := monitor.OpenLines(f.input)
		if err != nil {
			return nil, err
		}
		s.source, s.from = lines, f.input
		s.close = func() { _ = lines.Close() }
		if s.flags.topic == "" {
			s.flags.topic = topicOf(f.input)
		}
	}
	switch {
	case s.flags.topic == "":
		return nil, fmt.Errorf("name the topic with --topic")
	case !topicName.MatchString(s.flags.topic):
		return nil, fmt.Errorf("--topic %q is no name of a topic: Kafka's are of letters, digits, '.', '_' and '-', at most 249 of them", s.flags.topic)
	}
	if err := s.vacant(); err != nil {
		return nil, err
	}
	var err error
	if s.format, err = decode.ByName(monitor.Default().Format); err != nil {
		return nil, err
	}
	if f.input == "" {
		cfg := kafka.Defaults()
		cfg.Brokers = f.brokers
		client, err := kafka.NewClient(cfg, newLog(cmd))
		if err != nil {
			return nil, err
		}
		s.source, s.close, s.from = client.Source(f.topic, kafka.Options{}), client.Close, "topic "+f.topic
	}
	return s, nil
}

// topicName is what Kafka takes.
var topicName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,249}$`)

// topicOf is a topic's name for a file.
func topicOf(file string) string {
	base := filepath.Base(file)
	name := regexp.MustCompile(`[^A-Za-z0-9._-]+`).ReplaceAllString(strings.TrimSuffix(base, filepath.Ext(base)), "-")
	return strings.Trim(name, "-.")
}

func (s *starter) configFile() string  { return filepath.Join(s.flags.under, "driftwatch.yaml") }
func (s *starter) profileName() string { return s.flags.topic + ".profile" }
func (s *starter) profileFile() string { return filepath.Join(s.flags.under, s.profileName()) }

// vacant says which file is in the way.
func (s *starter) vacant() error {
	for _, file := range []string{s.configFile(), s.profileFile()} {
		if _, err := os.Stat(file); err == nil && !s.flags.force {
			return fmt.Errorf("%s is there already, and init would write over it; give another folder with -o, or --force", file)
		}
	}
	return nil
}

// build makes the profile and learns what is usual, each with one reading of all
// records before the part that is held out.
func (s *starter) build(ctx context.Context) error {
	d := s.draft
	m, err := d.config()
	if err != nil {
		return err
	}
	s.config = m
	sample, err := s.sample.Rows(s.format, m.Timestamp, d.from, d.split)
	if err != nil {
		return err
	}
	rows, err := monitor.ReadRange(ctx, m, s.format, s.source, d.from, d.split)
	if err != nil {
		return err
	}
	silences := newSilences(d.from, d.split)
	rows = silences.over(rows)
	source := fmt.Sprintf("%s from %s to %s", s.from, stamp(d.from), stamp(d.split))
	s.profile, err = monitor.BuildFromSample(m, s.format, sample, progress(s.stderr, "counting the reference", rows), source, d.from, d.split)
	if err != nil {
		return err
	}
	if err := s.enough(); err != nil {
		return err
	}
	s.silence = silences.longest()
	s.sample = nil // it is large, and has served
	s.usual, err = s.watch(ctx)
	return err
}

// write writes both files. The profile comes first: a configuration without its
// profile is of no use.
func (s *starter) write() error {
	content, err := s.profile.MarshalBinary()
	if err != nil {
		return fmt.Errorf("cannot encode the profile: %w", err)
	}
	if err := os.MkdirAll(s.flags.under, 0o755); err != nil {
		return fmt.Errorf("cannot make the folder: %w", err)
	}
	if err := writeFile(s.profileFile(), content); err != nil {
		return err
	}
	return writeFile(s.configFile(), []byte(s.draft.yaml(starterRules(s.draft, s.silence, s.usual))))
}

// stamp is a time in Unix milliseconds as flags take it.
func stamp(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }
